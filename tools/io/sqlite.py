"""What SQLite keeps of deleted rows, and how to have it keep nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from affectgraph.tools.errors import NotErasedError
from affectgraph.tools.io.reading import check_regular

_MOST_MILLISECONDS = 5_000
_MAX_ROW_BYTES = 64 << 20


def connect_file(file: Path | str, **how: Any) -> sqlite3.Connection:
    """Open a database in a regular file, made if need be; no row of it is huge.

    Args:
        file: Where it is; `:memory:` for nowhere.
        how: As for `sqlite3.connect`.

    Raises:
        OSError: If anything but a regular file is there.
        sqlite3.Error: If it cannot be opened.
    """
    check_regular(Path(file))
    connection: sqlite3.Connection = sqlite3.connect(file, **how)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_ROW_BYTES)
    return connection


def erase_deleted(connection: sqlite3.Connection, file: Path | None) -> None:
    """Write a database anew and empty its log: both hold copies of deleted rows.

    Args:
        connection: With `secure_delete` on and no transaction open.
        file: The database, to be named in an error.

    Raises:
        NotErasedError: If others use the database, or there is no room to write it.
    """
    try:
        with _short_patience(connection):
            connection.execute("VACUUM")
            query = "PRAGMA wal_checkpoint(TRUNCATE)"
            ((busy, *_),) = connection.execute(query).fetchall()
    except sqlite3.OperationalError as error:
        raise NotErasedError(
            f"{file}: what was deleted is not erased yet ({error}): see that nothing "
            "else uses it and that the disk has room, and run the same again"
        ) from error
    if busy:
        raise NotErasedError(
            f"{file}: another process reads it, and its log still holds what was "
            "deleted: close that process and run the same again"
        )


@contextmanager
def _short_patience(connection: sqlite3.Connection) -> Iterator[None]:
    # Whoever reads for long does so on purpose: better to say it than to wait.
    ((before,),) = connection.execute("PRAGMA busy_timeout").fetchall()
    connection.execute(f"PRAGMA busy_timeout = {min(before, _MOST_MILLISECONDS)}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {before}")
