"""The audit log: one line per verdict, chained by hashes.

A line is a JSON object without any words of the clip. Its last field, `hash`, is the
SHA-256 of the rest of the line, which contains the hash of the line before as
`previous`. Altering, removing, inserting or moving a line breaks the chain. To detect
that all lines were rewritten, or the last ones removed, note a hash elsewhere.
"""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from filelock import FileLock
from pydantic import ValidationError

from affectgraph.graphs.schema import Verdict
from affectgraph.tools.errors import AuditError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.atomic_write import (
    append,
    explain_write_errors,
    make_folder,
    open_append,
)
from affectgraph.tools.io.reading import open_regular

_FIRST_PREVIOUS = "0" * 64
_HASH_FIELD = b',"hash":"%s"}'
_HASH_FIELD_BYTES = len(_HASH_FIELD % _FIRST_PREVIOUS.encode())
_MAX_LINE_BYTES = 1 << 20


class AuditEntry(Frozen):
    """A line about one verdict; it has nothing of the content of the clip.

    Attributes:
        time: Of the verdict, UTC.
        clip: SHA-256 of the clip.
        purpose: Declared purpose of the agent.
        label: The label; None for an abstention.
        abstention: Reason of the abstention.
        version: Of affectgraph.
        reasoner: Name of the language model, or `none`.
        models: Model name to SHA-256 of its weights.
        previous: Hash of the line before.
    """

    time: datetime
    clip: str
    purpose: str
    label: str | None
    abstention: str
    version: str
    reasoner: str
    models: dict[str, str]
    previous: str


class AuditLog:
    """An audit log in a file; many processes may write it.

    Args:
        path: The file; created with the first verdict.
    """

    def __init__(self, path: AnyPath) -> None:
        self._path = checked_path("audit", path)

    def append(self, verdict: Verdict) -> None:
        """Append a verdict: on disk when this returns, or not written at all."""
        with explain_write_errors(self._path, AuditError):
            make_folder(self._path.parent)
            with FileLock(f"{self._path}.lock"), open_append(self._path) as file:
                append(file, _chained_line(_entry(verdict, self._last_hash(file))))

    def verify(self) -> Iterator[tuple[AuditEntry, str]]:
        """Yield every line and its hash while the chain holds."""
        previous = _FIRST_PREVIOUS
        try:
            with open_regular(self._path, AuditError, max_bytes=None) as file:
                lines = iter(lambda: file.readline(_MAX_LINE_BYTES), b"")
                for number, line in enumerate(lines, 1):
                    entry, digest = self._read(line, f"line {number}")
                    if entry.previous != previous:
                        raise AuditError(
                            f"{self._path}: line {number} does not follow the line "
                            "before it: one was removed, inserted or moved"
                        )
                    previous = digest
                    yield entry, digest
        except OSError as error:
            reason = error.strerror or error
            raise AuditError(f"{self._path}: cannot be read ({reason})") from error

    def _last_hash(self, file: BinaryIO) -> str:
        end = file.seek(0, os.SEEK_END)
        if end == 0:
            return _FIRST_PREVIOUS
        file.seek(max(0, end - _MAX_LINE_BYTES))
        last = file.read().splitlines(keepends=True)[-1]
        return self._read(last, "the last line")[1]

    def _read(self, line: bytes, name: str) -> tuple[AuditEntry, str]:
        if not line.endswith(b"\n"):
            raise AuditError(f"{self._path}: {name} is broken off")
        line = line[:-1]
        fields, hash_field = line[:-_HASH_FIELD_BYTES], line[-_HASH_FIELD_BYTES:]
        digest = hashlib.sha256(fields).hexdigest()
        if hash_field != _HASH_FIELD % digest.encode():
            raise AuditError(f"{self._path}: {name} was altered or is no entry")
        try:
            return AuditEntry.model_validate_json(fields + b"}"), digest
        except ValidationError as error:
            raise AuditError(f"{self._path}: {name} is no entry") from error


def _entry(verdict: Verdict, previous: str) -> AuditEntry:
    record = verdict.provenance
    return AuditEntry(
        time=datetime.now(UTC),
        clip=verdict.clip.sha256,
        purpose=record.settings.get("purpose", "not declared"),
        label=verdict.label,
        abstention=verdict.abstention_reason,
        version=record.version,
        reasoner=record.reasoner,
        models=record.models,
        previous=previous,
    )


def _chained_line(entry: AuditEntry) -> bytes:
    fields = entry.model_dump_json().encode()[:-1]
    digest = hashlib.sha256(fields).hexdigest()
    return fields + _HASH_FIELD % digest.encode() + b"\n"
