"""A recorded run: everything that it was told from outside, in a file."""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import ValidationError

from affectgraph.graphs.external_calls import (
    Answer,
    ExternalCalls,
    ExternalRequest,
    ModelReply,
    ModelRequest,
    PerceptionRequest,
    PerceptionResult,
    RecallRequest,
    RecallResult,
    vector_sha256,
)
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.state import Budget, Context
from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.errors import RecordingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.atomic_write import atomic_savez, atomic_write, make_folder
from affectgraph.tools.io.reading import read_bytes
from affectgraph.tools.io.vectors import Vector, read_npz

_MAX_BYTES = 64 << 20


class RecordedCall(Frozen):
    """A question, its key, and its answer."""

    key: str
    question: PerceptionRequest | RecallRequest | ModelRequest
    answer: PerceptionResult | RecallResult | ModelReply


class RecordedSense(Frozen):
    """What the graph has to know about a sense; fields as in `PerceptionTool`."""

    name: str
    modality: str
    prefix: str
    needs: str
    looks_closer: bool


class RunRecord(Frozen):
    """What the file says.

    Attributes:
        format: Version of the layout.
        version: Of affectgraph, when it was recorded.
        clip: What was analysed; neither its pictures nor its sound are kept.
        still: Its picture was a single image.
        senses: Which senses there were.
        weights: SHA-256 of the weights of each sense, by name.
        reasoner: Name of the language model; None if there was none.
        reasoner_settings: Its settings.
        coverage: Asked of the prediction set.
        explain_in: Code of the language of the explanation.
        budget: When to stop.
        settings: As the verdict tells them.
        thread: Id of the run.
        notes: How the run was set up, as the verdict tells it.
        vectors: SHA-256 of each vector that the senses kept, by its key; the numbers
            are in the `.npz` beside the file, by that hash.
        told: What was asked and answered, in the order of the answers.
        verdict: What the run came to.
    """

    format: Literal[1] = 1
    version: str
    clip: ClipInfo
    still: bool
    senses: tuple[RecordedSense, ...]
    weights: dict[str, dict[str, str]]
    reasoner: str | None
    reasoner_settings: dict[str, Any]
    coverage: float
    explain_in: str = ENGLISH
    budget: Budget
    settings: dict[str, Any]
    thread: str
    notes: tuple[str, ...]
    vectors: dict[str, str]
    told: tuple[RecordedCall, ...]
    verdict: Verdict


@dataclass(frozen=True)
class RecordedRun:
    """A recorded run.

    Attributes:
        sheet: Everything but the vectors.
        vectors: The vectors that the senses kept, float32 [d], by key.
    """

    sheet: RunRecord
    vectors: Mapping[str, Vector]

    def save(self, folder: AnyPath) -> Path:
        """Write it into a folder, whole or not at all, and return its file.

        Raises:
            RecordingError: If the folder cannot hold it.
        """
        folder = checked_path("folder", folder)
        thread = hashlib.sha256(self.sheet.thread.encode()).hexdigest()
        file = folder / f"run-{self.sheet.clip.sha256[:16]}-{thread[:8]}.json"
        arrays: dict[str, Any] = {vector_sha256(v): v for v in self.vectors.values()}
        try:
            make_folder(folder)
            # The vectors are in place before the sheet that names them.
            with atomic_write(file) as sheet:
                text = self.sheet.model_dump_json(indent=1)
                sheet.write_text(text, encoding="utf-8")
                atomic_savez(file.with_suffix(".npz"), **arrays)
        except OSError as error:
            reason = error.strerror or error
            raise RecordingError(f"{folder}: cannot keep a run ({reason})") from error
        return file

    @classmethod
    def load(cls, path: AnyPath) -> "RecordedRun":
        """Read a run from its file, or from a folder that holds just one.

        Raises:
            RecordingError: If it is none, is damaged, or its vectors are missing.
        """
        file = _the_file(checked_path("run", path))
        try:
            sheet = RunRecord.model_validate_json(
                read_bytes(file, RecordingError, max_bytes=_MAX_BYTES)
            )
        except ValidationError as error:
            worst = error.errors()[0]
            place = ".".join(map(str, worst["loc"])) or "the file"
            raise RecordingError(
                f"{file}: not a recorded run of this format ({place}: {worst['msg']})"
            ) from error
        altered = [told.key for told in sheet.told if told.key != told.question.key]
        if altered:
            raise RecordingError(f"{file}: a question was altered ({altered[0][:12]})")
        return cls(sheet, _vectors(file.with_suffix(".npz"), sheet.vectors))


class Recorder(ExternalCalls):
    """Writes down what one run is told; asked twice, it gives the first answer.

    Args:
        folder: Where the run is written when it has ended; None for nowhere.
    """

    def __init__(self, folder: AnyPath | None = None) -> None:
        self.run: RecordedRun | None = None
        self.file: Path | None = None
        self._folder = checked_path("record", folder)
        self._told: dict[str, RecordedCall] = {}
        self._guard = threading.Lock()

    def answer(self, question: ExternalRequest, ask: Callable[[], Answer]) -> Answer:
        """Ask, and write the answer down."""
        key = question.key
        with self._guard:
            known = self._told.get(key)
        if known is not None:
            return cast(Answer, known.answer)
        answer = ask()
        told = RecordedCall.model_construct(key=key, question=question, answer=answer)
        with self._guard:
            self._told[key] = told
        return answer

    def close(self, context: Context, verdict: Verdict) -> None:
        """The run has ended: from here on `run` has it, and the folder its file.

        Raises:
            RecordingError: If the folder cannot hold it.
        """
        told = tuple(self._told.values())
        clip, reasoner = context.clip, context.reasoner
        vectors = {
            piece.embedding: clip.kept(piece.embedding)
            for piece in verdict.evidence
            if piece.embedding is not None
        }
        sheet = RunRecord(
            version=context.version,
            clip=clip.info,
            still=clip.still,
            senses=tuple(
                RecordedSense(
                    **{name: getattr(tool, name) for name in RecordedSense.model_fields}
                )
                for tool in context.tools
            ),
            weights=dict(context.weights),
            reasoner=reasoner.name if reasoner else None,
            reasoner_settings=reasoner.settings if reasoner else {},
            coverage=context.coverage,
            explain_in=context.explain_in,
            budget=context.budget,
            settings=dict(context.settings),
            thread=context.thread,
            notes=context.notes,
            vectors={key: vector_sha256(vector) for key, vector in vectors.items()},
            told=told,
            verdict=verdict,
        )
        self.run = RecordedRun(sheet, vectors)
        if self._folder is not None:
            self.file = self.run.save(self._folder)


def _the_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    files = sorted(path.glob("run-*.json"))
    if len(files) == 1:
        return files[0]
    names = ", ".join(file.name for file in files[:4]) or "none"
    raise RecordingError(f"{path}: name one recorded run; there: {names}")


def _vectors(file: Path, hashes: Mapping[str, str]) -> dict[str, Vector]:
    if not hashes:
        return {}
    members = read_npz(file, {*hashes.values()}, RecordingError)
    vectors = {key: members[name] for key, name in hashes.items()}
    wrong = [
        key for key, vector in vectors.items() if vector_sha256(vector) != hashes[key]
    ]
    if wrong:
        raise RecordingError(f"{file}: the vector {wrong[0]} was altered")
    return vectors
