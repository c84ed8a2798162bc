"""What came of each clip: a file of JSON lines, in any order, whole up to its end."""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from affectgraph.tools.errors import LedgerError, SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.append import append, open_append
from affectgraph.tools.io.atomic_write import make_folder
from affectgraph.tools.io.reading import MAX_LINE_BYTES, check_regular

# What every line begins with, so that one that was broken off is known.
_START = b'{"source": "'


class LedgerLine(Frozen):
    """What came of one clip.

    Attributes:
        source: The clip as it was named.
        key: Hash of the clip and the settings: equal questions have equal keys.
        clip: SHA-256 of the clip, or of the file where that is none; empty without one.
        seconds: Duration of the clip.
        cpu_seconds: What it cost; 0 where it is the same clip as another.
        error: What is wrong with it; empty if nothing.
        verdict: `Verdict.to_dict()`; None if there is an error.
    """

    source: str
    key: str
    clip: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    error: str = ""
    verdict: dict[str, Any] | None = None


class Ledger:
    """A file that lines are added to, by one run at a time.

    A line that a killed run left half-written is cut off when the next one begins.

    Attributes:
        repaired: Such a line was found.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Open the file, made if need be; None keeps the lines until `close`.

        Raises:
            LedgerError: If another run is at it, or it cannot be written.
            SettingError: If it holds anything but results.
        """
        self.repaired = False
        self._path = path or Path("the results")
        self._known: dict[bytes, bool] = {}
        self._verdicts: dict[bytes, int] = {}
        try:
            self._lock = self._locked(path)
            if path is not None:
                check_regular(path)
            self._file = (
                tempfile.TemporaryFile("a+b") if path is None else open_append(path)  # noqa: SIM115
            )
            self._read()
        except OSError as error:
            raise self._unwritable(error) from error

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        if self._lock is not None:
            self._lock.release()

    def __len__(self) -> int:
        return len(self._known)

    def has(self, key: str, source: str) -> bool:
        """There is a line about this clip under this name."""
        return _short(key, source) in self._known

    def failed(self, key: str, source: str) -> bool:
        """There is one, and it is an error."""
        return self._known.get(_short(key, source), False)

    def verdict(self, key: str) -> LedgerLine | None:
        """The first line with that key and a verdict, whatever its name."""
        place = self._verdicts.get(_short(key))
        if place is None:
            return None
        self._file.seek(place)
        return LedgerLine.model_validate_json(self._file.readline())

    def lines(self) -> Iterator[LedgerLine]:
        """Every line, in the order in which they were written."""
        self._file.seek(0)
        place = 0
        while line := self._file.readline():
            place = self._file.tell()
            yield LedgerLine.model_validate_json(line)
            self._file.seek(place)

    def add(self, line: LedgerLine) -> None:
        """Write a line, whole and on the disk when this returns, or not at all.

        Raises:
            LedgerError: If that cannot be done.
        """
        text = json.dumps(line.model_dump(mode="json"), ensure_ascii=False)
        try:
            place = append(self._file, text.encode() + b"\n")
        except OSError as error:
            raise self._unwritable(error) from error
        self._note(line, place)

    def _locked(self, path: Path | None) -> FileLock | None:
        if path is None:
            return None
        make_folder(path.parent)
        lock = FileLock(f"{path}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise LedgerError(f"{path}: another run is writing it") from error
        return lock

    def _read(self) -> None:
        self._file.seek(0)
        place = 0
        lines = iter(lambda: self._file.readline(MAX_LINE_BYTES), b"")
        for number, line in enumerate(lines, 1):
            # A file of somebody's, which may lack its last end of line, is left alone.
            cut = not line.endswith(b"\n") and len(line) < MAX_LINE_BYTES
            if cut and line.startswith(_START[: len(line)]):
                self._file.truncate(place)
                self.repaired = True
                return
            try:
                self._note(LedgerLine.model_validate_json(line), place)
            except ValidationError as error:
                raise SettingError(
                    f"{self._path}: line {number} is no result; name another file"
                ) from error
            place += len(line)

    def _note(self, line: LedgerLine, place: int) -> None:
        self._known[_short(line.key, line.source)] = line.verdict is None
        if line.verdict is not None:
            self._verdicts.setdefault(_short(line.key), place)

    def _unwritable(self, error: OSError) -> LedgerError:
        reason = error.strerror or error
        return LedgerError(f"{self._path}: cannot be written ({reason})")


def _short(*names: str) -> bytes:
    """Names in 16 bytes: there may be millions of them."""
    return hashlib.sha256("\n".join(names).encode()).digest()[:16]
