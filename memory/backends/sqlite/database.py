"""The case memory's database in a file: SQLite."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from affectgraph.memory.backends.sqlite.db_errors import damage, explained
from affectgraph.memory.backends.sqlite.schema import connect
from affectgraph.memory.case import Array
from affectgraph.tools.errors import MemoryStoreError
from affectgraph.tools.io.atomic_write import make_folder
from affectgraph.tools.io.sqlite import erase_deleted


class Sqlite:
    """A file that many processes may hold, reading and writing.

    Do not carry one across a fork.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Open the database at `path`, made if need be; None keeps it in memory.

        Raises:
            MemoryStoreError: If it is unreadable, corrupt, or of a later release.
        """
        self._path = path
        self._turn = threading.RLock()
        with explained(path):
            if path is not None:
                make_folder(path.parent)
                self._refuse_emptied(path)
            self._connection = connect(":memory:" if path is None else str(path))

    def _refuse_emptied(self, path: Path) -> None:
        # SQLite would take an empty file for a new database.
        indexes = any(path.parent.glob("index-*.faiss"))
        if indexes and path.exists() and not path.stat().st_size:
            raise self.damaged("it is empty, though there is an index of it")

    @property
    def place(self) -> str | None:
        """The folder that it is in."""
        return str(self._path.parent) if self._path else None

    @property
    def size(self) -> int:
        """Bytes of all files in its folder."""
        beside = self._path.parent.iterdir() if self._path else ()
        return sum(file.stat().st_size for file in beside)

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with explained(self._path), self._turn:
            return self._connection.execute(query, values).fetchall()

    def each(self, query: str, values: Sequence[Sequence[object]]) -> int:
        """Run a statement once for each row of values; returns how many it changed."""
        with explained(self._path), self._turn:
            return max(0, self._connection.executemany(query, values).rowcount)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction, alone: all of it is on the disk in the end, or nothing."""
        with explained(self._path), self._turn, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    def purge(self) -> None:
        """Erase what was deleted, now or before; see `erase_deleted`.

        Raises:
            NotErasedError: If another process goes on reading it.
        """
        with explained(self._path), self._turn:
            erase_deleted(self._connection, self._path)

    def packed(self, vector: Array) -> object:
        """Little-endian bytes."""
        return vector.astype("<f4").tobytes()

    def unpacked(self, value: Any) -> Array:
        """The vector [d] in a row, read-only."""
        return np.frombuffer(value, dtype="<f4", count=len(value) // 4)

    def damages(self) -> list[str]:
        """What SQLite finds wrong in pages, indexes and references, line by line."""
        pages = [str(line) for (line,) in self.rows("PRAGMA integrity_check")]
        loose = [
            f"a row of {row[0]} refers to nothing"
            for row in self.rows("PRAGMA foreign_key_check")
        ]
        return [*(line for line in pages if line != "ok"), *loose]

    def damaged(self, what: str) -> MemoryStoreError:
        """What to raise where a row cannot be made sense of."""
        return MemoryStoreError(
            f"the case memory {self._path} {damage(self._path, what)}"
        )

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
