"""What SQLite keeps of deleted rows, and how to have it keep nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from affectgraph.tools.errors import NotErasedError

_MOST_MILLISECONDS = 5_000


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
