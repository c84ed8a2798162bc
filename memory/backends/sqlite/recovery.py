"""Read what is left of a damaged SQLite database: every row by its key.

No index is used, so a damaged one hides nothing. Python's `sqlite3` offers no access to
SQLite's own recovery extension.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from affectgraph.memory.case import Array, Case, Space
from affectgraph.memory.correction import Correction
from affectgraph.tools.io.sqlite import connect_file


@contextmanager
def open_damaged(path: Path) -> Iterator[sqlite3.Connection]:
    """Connect to a damaged database, which may be truncated."""
    connection = connect_file(path)
    try:
        with suppress(sqlite3.DatabaseError):
            # Otherwise SQLite reads nothing of a file that is shorter than it says.
            connection.execute("PRAGMA writable_schema = ON")
        yield connection
    finally:
        connection.close()


def read_cases(
    connection: sqlite3.Connection,
) -> Iterator[tuple[Case, dict[Space, Array]]]:
    """Every readable case, with its readable vectors."""
    vector_keys = defaultdict(list)
    for key, of_case in _read_rows(connection, "vectors", "key, of_case"):
        vector_keys[of_case].append(key)
    for key, body in _read_rows(connection, "cases", "key, body"):
        with suppress(ValidationError):
            case = Case.model_validate_json(body)
            yield case, dict(_read_vectors(connection, vector_keys[key]))


def read_corrections(connection: sqlite3.Connection) -> Iterator[Correction]:
    """Every readable correction, oldest first."""
    for (body,) in _read_rows(connection, "corrections", "body"):
        with suppress(ValidationError):
            yield Correction.model_validate_json(body)


def _read_rows(
    connection: sqlite3.Connection, table: str, columns: str
) -> Iterator[tuple[Any, ...]]:
    try:
        query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
        ((last,),) = connection.execute(query, (table,))
        keys = range(1, last + 1)
    except (sqlite3.DatabaseError, TypeError, ValueError):
        return
    for key in keys:
        with suppress(sqlite3.DatabaseError):
            query = f"SELECT {columns} FROM {table} WHERE key = ?"
            yield from connection.execute(query, (key,)).fetchall()


def _read_vectors(
    connection: sqlite3.Connection, keys: list[int]
) -> Iterator[tuple[Space, Array]]:
    query = (
        "SELECT modality, model, dimension, data FROM vectors"
        " JOIN spaces ON spaces.key = space WHERE vectors.key = ?"
    )
    for key in keys:
        with suppress(sqlite3.DatabaseError, ValidationError):
            for modality, model, dimension, data in connection.execute(query, (key,)):
                space = Space(modality=modality, model=model)
                vector = np.frombuffer(data, "<f4", len(data) // 4)
                complete = len(data) == 4 * dimension and np.isfinite(vector).all()
                if complete and vector.any():
                    yield space, vector
