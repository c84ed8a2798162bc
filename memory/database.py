"""The interface that SQLite and PostgreSQL share."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any, Protocol

from affectgraph.memory.case import Array
from affectgraph.tools.errors import MemoryStoreError


class NewerSchemaError(Exception):
    """A later release of the package wrote the database."""


def pending_statements(
    migrations: Sequence[Sequence[str]], version: int
) -> Iterator[str]:
    """SQL statements that migrate a database from a schema version to the newest one.

    Raises:
        NewerSchemaError: If the version is newer than all migrations.
    """
    if version > len(migrations):
        raise NewerSchemaError(
            f"its schema version is {version}, known: {len(migrations)}"
        )
    return chain.from_iterable(migrations[version:])


class Database(Protocol):
    """SQLite or PostgreSQL with the same tables, queried with the same SQL.

    Queries use the syntax of SQLite, with `?` for each value. Threads take turns.
    Every failure is a `MemoryStoreError` that names the database.
    """

    @property
    def place(self) -> str | None:
        """Folder, or URL without the password; None for a database in memory."""

    @property
    def size_bytes(self) -> int:
        """Bytes that it takes on the disk, indexes included."""

    def fetch_all(
        self, query: str, values: Sequence[object] = ()
    ) -> list[tuple[Any, ...]]:
        """Run a query and return its rows."""

    def execute_many(self, query: str, values: Sequence[Sequence[object]]) -> int:
        """Run a statement once per row of values; returns how many rows it changed."""

    def transaction(self) -> AbstractContextManager[None]:
        """An exclusive transaction: all of it is on the disk at its end, or nothing."""

    def erase_deleted(self) -> None:
        """Erase the bytes of all rows deleted so far.

        Raises:
            NotErasedError: If that is not possible, as while others read them.
        """

    def encode_vector(self, vector: Array) -> object:
        """A float32 vector [d] as a value of a query."""

    def decode_vector(self, value: Any) -> Array:
        """The vector [d] in a row."""

    def find_damage(self) -> list[str]:
        """Problems that the database finds in its own files, one line each."""

    def damage_error(self, problem: str) -> MemoryStoreError:
        """The error to raise for a row that makes no sense."""

    def close(self) -> None:
        """Close the connection."""
