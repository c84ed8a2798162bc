"""Recorded runs: all external calls of a run with their answers, in a file."""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from affectgraph.graphs.external_calls import (
    Answer,
    ExternalCalls,
    ExternalRequest,
    vector_sha256,
)
from affectgraph.graphs.replay.record import RecordedCall, RunRecord
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.state import Context
from affectgraph.tools.errors import RecordingError, first_problem
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.atomic_write import atomic_savez, atomic_write, make_folder
from affectgraph.tools.io.reading import read_bytes
from affectgraph.tools.io.vectors import Vector, read_npz

_MAX_BYTES = 64 << 20


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
        vectors = {
            piece.embedding: context.clip.kept(piece.embedding)
            for piece in verdict.evidence
            if piece.embedding is not None
        }
        record = RunRecord.of(context, self._calls.values(), vectors, verdict)
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
