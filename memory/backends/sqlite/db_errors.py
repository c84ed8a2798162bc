"""Errors of SQLite as one line with the path and what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from affectgraph.memory.database import NewerSchemaError
from affectgraph.tools.errors import MemoryStoreError


@contextmanager
def translate_errors(path: Path | None) -> Iterator[None]:
    """Turn an error of the database into one line with the path and what to do.

    Raises:
        MemoryStoreError: For every error of SQLite and of the file system.
    """
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
