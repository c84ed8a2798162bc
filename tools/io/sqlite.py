"""Open SQLite files safely, and erase deleted rows from them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from affectgraph.tools.errors import NotErasedError
from affectgraph.tools.io.reading import check_regular

_MAX_BUSY_TIMEOUT_MS = 5_000
_MAX_ROW_BYTES = 64 << 20


def connect_file(file: Path | str, **arguments: Any) -> sqlite3.Connection:
    """Open a database in a regular file, created if needed, with a cap on row size.

    Args:
        file: The file; `:memory:` for a database in memory.
        arguments: Further arguments of `sqlite3.connect`.

    Raises:
        OSError: If it is not a regular file.
        sqlite3.Error: If it cannot be opened.
    """
    check_regular(Path(file))
    connection: sqlite3.Connection = sqlite3.connect(file, **arguments)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_ROW_BYTES)
    return connection


def erase_deleted(connection: sqlite3.Connection, file: Path | None) -> None:
    """Rewrite a database and truncate its log: both hold copies of deleted rows.

    Args:
        connection: With `secure_delete` on and no open transaction.
        file: The database, for error messages.

    Raises:
        NotErasedError: If others use the database, or the disk has no room for it.
    """
    try:
        with _limited_busy_timeout(connection):
            connection.execute("VACUUM")
            query = "PRAGMA wal_checkpoint(TRUNCATE)"
            ((busy, *_),) = connection.execute(query).fetchall()
    except sqlite3.OperationalError as error:
        raise NotErasedError(
            f"{file}: what was deleted is not erased yet ({error}): check that nothing "
            "else uses it and that the disk has room, and run the same again"
        ) from error
    if busy:
        raise NotErasedError(
            f"{file}: another process reads it, and its log still holds what was "
            "deleted: close that process and run the same again"
        )


@contextmanager
def _limited_busy_timeout(connection: sqlite3.Connection) -> Iterator[None]:
    # A long read is intended: reporting it is better than waiting.
    ((timeout,),) = connection.execute("PRAGMA busy_timeout").fetchall()
    connection.execute(f"PRAGMA busy_timeout = {min(timeout, _MAX_BUSY_TIMEOUT_MS)}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {timeout}")
