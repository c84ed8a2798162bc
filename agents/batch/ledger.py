"""Results of a batch: JSON lines, appended to and never half-written, and a table."""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import LedgerError, SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.extras import arrow_and_parquet
from affectgraph.tools.io.atomic_write import (
    append,
    atomic_write,
    explain_write_errors,
    make_folder,
    open_append,
)
from affectgraph.tools.io.reading import MAX_LINE_BYTES, check_regular

# Every line begins with this, so that a half-written one is recognised.
_LINE_START = b'{"source": "'

_GROUP_ROWS = 1_000
_TEXTS = ("label", "abstention_reason", "explanation", "explanation_source")
_NUMBERS = ("confidence", "valence", "arousal")
_LISTS = ("labels", "prediction_set")
# Fields of an utterance that take the place of the verdict's in a row of it.
_OF_UTTERANCE = ("label", *_NUMBERS, "prediction_set")


class LedgerLine(Frozen):
    """The result of one clip.

    Attributes:
        source: Name of the clip as listed.
        key: Hash of the clip and the settings: equal keys have equal results.
        clip: SHA-256 of the clip; of the file if it is no clip; empty without a file.
        seconds: Duration of the clip.
        cpu_seconds: Cost of its analysis; 0 if it is the same clip as another.
        error: What is wrong with it; empty if it has a verdict.
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
    """A file that one run at a time appends results to.

    A half-written last line, left by a killed run, is removed when the file is opened.

    Attributes:
        repaired: Such a line was removed.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Open or create the file; None stores the lines in a temporary file."""
        self.repaired = False
        self._path = path or Path("the results")
        self._failed: dict[bytes, bool] = {}
        self._verdict_offsets: dict[bytes, int] = {}
        try:
            self._lock = self._acquire_lock(path)
            if path is not None:
                check_regular(path)
            self._file = (
                tempfile.TemporaryFile("a+b") if path is None else open_append(path)  # noqa: SIM115
            )
            self._read()
        except OSError as error:
            raise self._write_error(error) from error

    def close(self) -> None:
        """Close and unlock the file."""
        self._file.close()
        if self._lock is not None:
            self._lock.release()

    def __len__(self) -> int:
        return len(self._failed)

    def has(self, key: str, source: str) -> bool:
        """Whether there is a line with this key and name."""
        return _short_hash(key, source) in self._failed

    def failed(self, key: str, source: str) -> bool:
        """Whether there is such a line, and it is an error."""
        return self._failed.get(_short_hash(key, source), False)

    def verdict(self, key: str) -> LedgerLine | None:
        """Return the first line with that key and a verdict, whatever its name."""
        offset = self._verdict_offsets.get(_short_hash(key))
        if offset is None:
            return None
        self._file.seek(offset)
        return LedgerLine.model_validate_json(self._file.readline())

    def lines(self) -> Iterator[LedgerLine]:
        """Yield every line, in the order in which they were written."""
        self._file.seek(0)
        while line := self._file.readline():
            offset = self._file.tell()
            yield LedgerLine.model_validate_json(line)
            self._file.seek(offset)

    def add(self, line: LedgerLine) -> None:
        """Append a line: on disk when this returns, or not written at all."""
        text = json.dumps(line.model_dump(mode="json"), ensure_ascii=False)
        try:
            offset = append(self._file, text.encode() + b"\n")
        except OSError as error:
            raise self._write_error(error) from error
        self._index(line, offset)

    def _acquire_lock(self, path: Path | None) -> FileLock | None:
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
        offset = 0
        lines = iter(lambda: self._file.readline(MAX_LINE_BYTES), b"")
        for number, line in enumerate(lines, 1):
            # A foreign file without a final newline must not be truncated.
            partial = not line.endswith(b"\n") and len(line) < MAX_LINE_BYTES
            if partial and line.startswith(_LINE_START[: len(line)]):
                self._file.truncate(offset)
                self.repaired = True
                return
            try:
                self._index(LedgerLine.model_validate_json(line), offset)
            except ValidationError as error:
                raise SettingError(
                    f"{self._path}: line {number} is no result; name another file"
                ) from error
            offset += len(line)

    def _index(self, line: LedgerLine, offset: int) -> None:
        self._failed[_short_hash(line.key, line.source)] = line.verdict is None
        if line.verdict is not None:
            self._verdict_offsets.setdefault(_short_hash(line.key), offset)

    def _write_error(self, error: OSError) -> LedgerError:
        reason = error.strerror or error
        return LedgerError(f"{self._path}: cannot be written ({reason})")


def _short_hash(*names: str) -> bytes:
    """Hash names to 16 bytes, since there may be millions of them."""
    return hashlib.sha256("\n".join(names).encode()).digest()[:16]


def write_table(
    path: Path, lines: Iterable[LedgerLine], *, by_utterance: bool = False
) -> None:
    """Write a table atomically, in place of an earlier one.

    Its columns are the fields of a line with `verdict` as JSON, the most useful fields
    of the verdict, and the probability of each basic emotion.

    Args:
        path: Of the Parquet file.
        lines: Results.
        by_utterance: A row an utterance, with `start`, `end` (seconds), `person` and
            `words`; a clip that was not cut has one row without them.
    """
    arrow, parquet = arrow_and_parquet()
    schema = _schema(arrow)
    rows = (row for line in lines for row in _rows(line, by_utterance))
    with (
        explain_write_errors(path, LedgerError),
        atomic_write(path) as partial,
        parquet.ParquetWriter(partial, schema, compression="zstd") as writer,
    ):
        while group := list(islice(rows, _GROUP_ROWS)):
            writer.write_table(arrow.Table.from_pylist(group, schema=schema))


def _rows(line: LedgerLine, by_utterance: bool) -> Iterator[dict[str, Any]]:
    verdict = line.verdict or {}
    row = {
        **line.model_dump(exclude={"verdict"}),
        **{name: verdict.get(name) for name in (*_TEXTS, *_NUMBERS, *_LISTS)},
        **verdict.get("distribution", {}),
        "verdict": json.dumps(verdict, ensure_ascii=False) if verdict else None,
    }
    utterances = verdict.get("utterances", ()) if by_utterance else ()
    for utterance in utterances:
        yield {
            **row,
            **{name: utterance[name] for name in _OF_UTTERANCE},
            **utterance["distribution"],
            **{name: utterance[name] for name in ("start", "end", "person")},
            "words": " ".join(word["text"] for word in utterance["words"]),
        }
    if not utterances:
        yield row


def _schema(arrow: Any) -> Any:
    text, number = arrow.string(), arrow.float64()
    columns = dict.fromkeys(("source", "key", "clip", "error"), text)
    columns |= dict.fromkeys(("seconds", "cpu_seconds"), number)
    columns |= dict.fromkeys(_TEXTS, text) | dict.fromkeys(_NUMBERS, number)
    columns |= dict.fromkeys(_LISTS, arrow.list_(text))
    columns |= dict.fromkeys(BASIC_EMOTIONS, number)
    columns |= dict.fromkeys(("start", "end"), number)
    columns |= dict.fromkeys(("person", "words"), text)
    return arrow.schema({**columns, "verdict": text})
