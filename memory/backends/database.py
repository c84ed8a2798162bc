"""What a store asks of the database under it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from affectgraph.memory.case import Array
from affectgraph.tools.errors import MemoryStoreError


class Database(Protocol):
    """SQLite or PostgreSQL: the same tables, asked in the same words.

    Queries are written as SQLite has them, with `?` for each value. Threads take
    turns. Whatever fails is a `MemoryStoreError` that names the database.
    """

    @property
    def place(self) -> str | None:
        """Where it is, without any password; None for one kept in memory."""

    @property
    def size(self) -> int:
        """Bytes that it takes where it is kept, indexes included."""

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query finds."""

    def each(self, query: str, values: Sequence[Sequence[object]]) -> int:
        """Run a statement once for each row of values; returns how many it changed."""

    def writing(self) -> AbstractContextManager[None]:
        """One transaction, alone: all of it is on the disk in the end, or nothing."""

    def purge(self) -> None:
        """Erase the bytes of what was deleted, now or before.

        Raises:
            NotErasedError: If that cannot be done, as while others read them.
        """

    def packed(self, vector: Array) -> object:
        """A float32 vector [d] as a value of a query."""

    def unpacked(self, value: Any) -> Array:
        """The vector [d] in a row."""

    def damages(self) -> list[str]:
        """What it finds wrong with itself, line by line."""

    def damaged(self, what: str) -> MemoryStoreError:
        """What to raise where a row cannot be made sense of."""

    def close(self) -> None:
        """Let go of it."""
