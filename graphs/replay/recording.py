"""Recorded runs: all external calls of a run with their answers, in a file."""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import Field, ValidationError

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
    ReviewReply,
    ReviewRequest,
    UtterancesRequest,
    UtterancesResult,
    vector_sha256,
)
from affectgraph.graphs.reasoner.measurement import ReasonerMeasurement
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.state import Budget, Context
from affectgraph.tools.clip import ClipInfo, Turn
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.diarization.speakers import Speakers
from affectgraph.tools.errors import RecordingError, first_problem
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.atomic_write import atomic_savez, atomic_write, make_folder
from affectgraph.tools.io.reading import read_bytes
from affectgraph.tools.io.vectors import Vector, read_npz

_MAX_BYTES = 64 << 20


class RecordedCall(Frozen):
    """A request, its key, and its answer."""

    key: str
    question: (
        PerceptionRequest
        | RecallRequest
        | ModelRequest
        | ReviewRequest
        | UtterancesRequest
    )
    answer: (
        PerceptionResult | RecallResult | ModelReply | ReviewReply | UtterancesResult
    )


class RecordedSense(Frozen):
    """The properties of a sense that the graph uses; fields as in `PerceptionTool`."""

    name: str
    modality: str
    prefix: str
    needs: str
    looks_closer: bool


class RunRecord(Frozen):
    """Content of the file.

    Attributes:
        format: Version of the file format.
        version: Version of affectgraph that recorded the run.
        clip: Description of the clip; its images and sound are not stored.
        still: The video was a single image.
        senses: The senses of the run.
        weights: SHA-256 of the weights of each sense, by name.
        reasoner: Name of the language model; None without one.
        reasoner_settings: Settings of the language model.
        calls_tools: Whether the language model can be given tools.
        measurement: How much the language model counted; None if never measured.
        review: Whether a person was asked about the decision.
        turns: What was said before the clip, oldest first.
        coverage: Coverage of the prediction set.
        explain_in: Code of the language of the explanation.
        speakers: What the user said about the people who speak.
        budget: Limits of the run.
        settings: Settings of the run, as in the verdict.
        thread: Id of the run.
        notes: Remarks about how the run was set up, as in the verdict.
        vectors: SHA-256 of each vector that the senses kept, by its key; the numbers
            are in the `.npz` file beside this one, by that hash.
        calls: External calls in the order of their answers; `told` in the file.
        verdict: Verdict of the run.
    """

    format: Literal[1] = 1
    version: str
    clip: ClipInfo
    still: bool
    senses: tuple[RecordedSense, ...]
    weights: dict[str, dict[str, str]]
    reasoner: str | None
    reasoner_settings: dict[str, Any]
    calls_tools: bool = False
    measurement: ReasonerMeasurement | None = None
    review: bool = False
    turns: tuple[Turn, ...] | None = None
    coverage: float
    explain_in: str = ENGLISH
    speakers: Speakers = Field(default_factory=Speakers)
    budget: Budget
    settings: dict[str, Any]
    thread: str
    notes: tuple[str, ...]
    vectors: dict[str, str]
    calls: tuple[RecordedCall, ...] = Field(alias="told")
    verdict: Verdict


@dataclass(frozen=True)
class RecordedRun:
    """A recorded run.

    Attributes:
        record: Everything but the vectors.
        vectors: The vectors that the senses kept, float32 [d], by key.
    """

    record: RunRecord
    vectors: Mapping[str, Vector]

    def save(self, folder: AnyPath) -> Path:
        """Write the run into a folder atomically, and return its file.

        Raises:
            RecordingError: If the folder cannot be written.
        """
        folder = checked_path("folder", folder)
        thread = hashlib.sha256(self.record.thread.encode()).hexdigest()
        file = folder / f"run-{self.record.clip.sha256[:16]}-{thread[:8]}.json"
        arrays: dict[str, Any] = {vector_sha256(v): v for v in self.vectors.values()}
        try:
            make_folder(folder)
            # The vectors are in place before the record that names them.
            with atomic_write(file) as temporary:
                text = self.record.model_dump_json(indent=1, by_alias=True)
                temporary.write_text(text, encoding="utf-8")
                atomic_savez(file.with_suffix(".npz"), **arrays)
        except OSError as error:
            reason = error.strerror or error
            raise RecordingError(f"{folder}: cannot keep a run ({reason})") from error
        return file

    @classmethod
    def load(cls, path: AnyPath) -> "RecordedRun":
        """Read a run from its file, or from a folder with exactly one run.

        Raises:
            RecordingError: If the file is not a recorded run, is damaged, or its
                vectors are missing.
        """
        file = _find_file(checked_path("run", path))
        try:
            record = RunRecord.model_validate_json(
                read_bytes(file, RecordingError, max_bytes=_MAX_BYTES)
            )
        except ValidationError as error:
            problem = first_problem(error, "the file")
            raise RecordingError(
                f"{file}: not a recorded run of this format ({problem})"
            ) from error
        altered = [call.key for call in record.calls if call.key != call.question.key]
        if altered:
            raise RecordingError(f"{file}: a question was altered ({altered[0][:12]})")
        vectors = _read_vectors(file.with_suffix(".npz"), record.vectors)
        return cls(record, vectors)


class Recorder(ExternalCalls):
    """Records the external calls of one run; a repeated request gets the same answer.

    Attributes:
        run: The recorded run; None before the end of the run.
        file: Its file; None without a folder or before the end of the run.
    """

    def __init__(self, folder: AnyPath | None = None) -> None:
        """Start a recording.

        Args:
            folder: Folder in which the run is saved at its end; None not to save it.
        """
        self.run: RecordedRun | None = None
        self.file: Path | None = None
        self._folder = checked_path("record", folder)
        self._calls: dict[str, RecordedCall] = {}
        self._lock = threading.Lock()

    def answer(self, request: ExternalRequest, ask: Callable[[], Answer]) -> Answer:
        """Make the call and record its answer."""
        key = request.key
        with self._lock:
            recorded = self._calls.get(key)
        if recorded is not None:
            return cast(Answer, recorded.answer)
        answer = ask()
        call = RecordedCall.model_construct(key=key, question=request, answer=answer)
        with self._lock:
            self._calls[key] = call
        return answer

    def close(self, context: Context, verdict: Verdict) -> None:
        """End the recording: set `run`, and save it if there is a folder.

        Raises:
            RecordingError: If the folder cannot be written.
        """
        clip, reasoner = context.clip, context.reasoner
        vectors = {
            piece.embedding: clip.kept(piece.embedding)
            for piece in verdict.evidence
            if piece.embedding is not None
        }
        record = RunRecord(
            version=context.version,
            clip=clip.info,
            still=clip.still,
            senses=tuple(
                RecordedSense.model_validate(tool, from_attributes=True)
                for tool in context.tools
            ),
            weights=dict(context.weights),
            reasoner=reasoner.name if reasoner else None,
            reasoner_settings=reasoner.settings if reasoner else {},
            calls_tools=bool(reasoner and reasoner.calls_tools),
            measurement=context.measurement,
            review=context.review,
            turns=clip.turns,
            coverage=context.coverage,
            explain_in=context.explain_in,
            speakers=context.speakers,
            budget=context.budget,
            settings=dict(context.settings),
            thread=context.thread,
            notes=context.notes,
            vectors={key: vector_sha256(vector) for key, vector in vectors.items()},
            told=tuple(self._calls.values()),
            verdict=verdict,
        )
        self.run = RecordedRun(record, vectors)
        if self._folder is not None:
            self.file = self.run.save(self._folder)


def _find_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    files = sorted(path.glob("run-*.json"))
    if len(files) == 1:
        return files[0]
    names = ", ".join(file.name for file in files[:4]) or "none"
    raise RecordingError(f"{path}: name one recorded run; there: {names}")


def _read_vectors(file: Path, hashes: Mapping[str, str]) -> dict[str, Vector]:
    if not hashes:
        return {}
    members = read_npz(file, {*hashes.values()}, RecordingError)
    vectors = {key: members[name] for key, name in hashes.items()}
    for key, vector in vectors.items():
        if vector_sha256(vector) != hashes[key]:
            raise RecordingError(f"{file}: the vector {key} was altered")
    return vectors
