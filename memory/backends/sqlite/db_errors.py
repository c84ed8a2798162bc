"""What goes wrong with a database, told in one line with the path and what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from affectgraph.memory.backends.sqlite.schema import NewerSchemaError
from affectgraph.tools.errors import MemoryStoreError


@contextmanager
def explained(path: Path | None) -> Iterator[None]:
    """Turn whatever the database says into one line with the path and what to do."""
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
    if "Could not decode" in str(error):
        return damage(path, str(error))
    if not isinstance(error, sqlite3.OperationalError):
        return damage(path, str(error))
    if "locked" in str(error):
        return "is being written by another process: try again"
    return f"cannot be used ({error}): see that it may be written and has room"


def damage(path: Path | None, what: str) -> str:
    """What is wrong with a database that makes no sense, and what to do."""
    folder = path.parent if path else "FOLDER"
    return (
        f"is damaged ({what}): "
        f"`affectgraph memory repair --memory {folder}` saves what it can"
    )
