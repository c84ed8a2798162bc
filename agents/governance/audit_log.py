"""The audit log: one line a verdict, each sealed to the line before it.

A line is a JSON object without any word of the clip. Its last field, `hash`, is the
SHA-256 of all of the line before that field, in which `previous` is the hash of the
line before. Whoever alters, removes, inserts or moves a line breaks the chain; whoever
writes all lines anew, or cuts the last ones off, is found by a hash noted elsewhere.
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
from affectgraph.tools.io.append import append, open_append
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.atomic_write import make_folder
from affectgraph.tools.io.reading import open_regular

_NOTHING = "0" * 64
_SEAL = b',"hash":"%s"}'
_SEALED = len(_SEAL % _NOTHING.encode())
_LONGEST = 1 << 20


class AuditEntry(Frozen):
    """What a line says about one verdict; never what was seen or said in the clip.

    Attributes:
        time: When it was given, UTC.
        clip: SHA-256 of the clip.
        purpose: For which it was asked.
        label: The label; None for an abstention.
        abstention: Why there is none.
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
        path: The file, begun with the first verdict.
    """

    def __init__(self, path: AnyPath) -> None:
        self._path = checked_path("audit", path)

    def append(self, verdict: Verdict) -> None:
        """Write a verdict down, safely on disk, or leave the file as it was.

        Raises:
            AuditError: If the file cannot be written, or its last line is not sound.
        """
        try:
            make_folder(self._path.parent)
            with FileLock(f"{self._path}.lock"), open_append(self._path) as file:
                append(file, _sealed(_entry(verdict, self._last_hash(file))))
        except OSError as error:
            reason = error.strerror or error
            raise AuditError(f"{self._path}: cannot be written ({reason})") from error

    def verify(self) -> Iterator[tuple[AuditEntry, str]]:
        """Every line and its hash, as long as the chain is sound.

        Raises:
            AuditError: At the first line that is not; or if there is no such file.
        """
        previous = _NOTHING
        try:
            with open_regular(self._path, AuditError, max_bytes=None) as file:
                lines = iter(lambda: file.readline(_LONGEST), b"")
                for number, line in enumerate(lines, 1):
                    entry, own = self._read(line, f"line {number}")
                    if entry.previous != previous:
                        raise AuditError(
                            f"{self._path}: line {number} does not follow the line "
                            "before it: one was removed, inserted or moved"
                        )
                    previous = own
                    yield entry, own
        except OSError as error:
            reason = error.strerror or error
            raise AuditError(f"{self._path}: cannot be read ({reason})") from error

    def _last_hash(self, file: BinaryIO) -> str:
        end = file.seek(0, os.SEEK_END)
        if end == 0:
            return _NOTHING
        file.seek(max(0, end - _LONGEST))
        last = file.read().splitlines(keepends=True)[-1]
        return self._read(last, "the last line")[1]

    def _read(self, line: bytes, place: str) -> tuple[AuditEntry, str]:
        if not line.endswith(b"\n"):
            raise AuditError(f"{self._path}: {place} is broken off")
        line = line[:-1]
        told, seal = line[:-_SEALED], line[-_SEALED:]
        own = hashlib.sha256(told).hexdigest()
        if seal != _SEAL % own.encode():
            raise AuditError(f"{self._path}: {place} was altered or is no entry")
        try:
            return AuditEntry.model_validate_json(told + b"}"), own
        except ValidationError as error:
            raise AuditError(f"{self._path}: {place} is no entry") from error


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


def _sealed(entry: AuditEntry) -> bytes:
    told = entry.model_dump_json().encode()[:-1]
    return told + _SEAL % hashlib.sha256(told).hexdigest().encode() + b"\n"
