"""SQLite as the database of cases, and its errors as one line with what to do."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from affectgraph.memory.backends.sqlite.schema import connect
from affectgraph.memory.case import Array
from affectgraph.memory.database import NewerSchemaError
from affectgraph.tools.errors import MemoryStoreError
from affectgraph.tools.io.atomic_write import make_folder
from affectgraph.tools.io.sqlite import erase_deleted


class SqliteDatabase:
    """A SQLite file that many processes may read and write.

    Do not use an open one after a fork.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Open the database at `path`, created if needed; None keeps it in memory."""
        self._path = path
        self._lock = threading.RLock()
        with translate_errors(path):
            if path is not None:
                make_folder(path.parent)
                self._refuse_emptied(path)
            self._connection = connect(":memory:" if path is None else str(path))

    def _refuse_emptied(self, path: Path) -> None:
        # SQLite takes an empty file for a new database.
        has_indexes = any(path.parent.glob("index-*.faiss"))
        if has_indexes and path.exists() and not path.stat().st_size:
            raise self.damage_error("it is empty, though there is an index of it")

    @property
    def place(self) -> str | None:
        """The folder of the file; None for a database in memory."""
        return str(self._path.parent) if self._path else None

    @property
    def size_bytes(self) -> int:
        """Bytes of all files in its folder."""
        files = self._path.parent.iterdir() if self._path else ()
        return sum(file.stat().st_size for file in files)

    def fetch_all(
        self, query: str, values: Sequence[object] = ()
    ) -> list[tuple[Any, ...]]:
        """Run a query and return its rows."""
        with translate_errors(self._path), self._lock:
            return self._connection.execute(query, values).fetchall()

    def execute_many(self, query: str, values: Sequence[Sequence[object]]) -> int:
        """Run a statement once per row of values; returns how many rows it changed."""
        with translate_errors(self._path), self._lock:
            return max(0, self._connection.executemany(query, values).rowcount)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """An exclusive transaction: all of it is on the disk at its end, or nothing."""
        with translate_errors(self._path), self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    def erase_deleted(self) -> None:
        """Erase the bytes of all rows deleted so far; see `io.sqlite.erase_deleted`.

        Raises:
            NotErasedError: If another process goes on reading it.
        """
        with translate_errors(self._path), self._lock:
            erase_deleted(self._connection, self._path)

    def encode_vector(self, vector: Array) -> object:
        """The vector [d] as little-endian float32 bytes."""
        return vector.astype("<f4").tobytes()

    def decode_vector(self, value: Any) -> Array:
        """The vector [d] in a row, read-only."""
        return np.frombuffer(value, dtype="<f4", count=len(value) // 4)

    def find_damage(self) -> list[str]:
        """Problems in pages, indexes and references, one line each."""
        problems = [str(line) for (line,) in self.fetch_all("PRAGMA integrity_check")]
        problems += [
            f"a row of {row[0]} refers to nothing"
            for row in self.fetch_all("PRAGMA foreign_key_check")
        ]
        return [line for line in problems if line != "ok"]

    def damage_error(self, problem: str) -> MemoryStoreError:
        """The error to raise for a row that makes no sense."""
        return MemoryStoreError(
            f"the case memory {self._path} {damage_advice(self._path, problem)}"
        )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


@contextmanager
def translate_errors(path: Path | None) -> Iterator[None]:
    """Turn an error of the database into one line with the path and what to do."""
    try:
        yield
    except (NewerSchemaError, sqlite3.Error, OSError, UnicodeDecodeError) as error:
        raise MemoryStoreError(
            f"the case memory {path} {_advice(path, error)}"
        ) from error


def _advice(path: Path | None, error: Exception) -> str:
    if isinstance(error, NewerSchemaError):
        return f"was written by a later release ({error}): update affectgraph"
    if isinstance(error, OSError):
        return f"cannot be used ({error.strerror}): choose another folder"
    is_operational = isinstance(error, sqlite3.OperationalError)
    if not is_operational or "Could not decode" in str(error):
        return damage_advice(path, str(error))
    if "locked" in str(error):
        return "is being written by another process: try again"
    return f"cannot be used ({error}): check that it is writable and the disk has room"


def damage_advice(path: Path | None, problem: str) -> str:
    """The problem with a damaged database, and what to do."""
    folder = path.parent if path else "FOLDER"
    return (
        f"is damaged ({problem}): "
        f"`affectgraph memory repair --memory {folder}` saves what it can"
    )
