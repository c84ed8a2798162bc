"""Verify and repair a case memory.

A repair reads every row by its key, without any index, so that a damaged index hides
nothing: Python's `sqlite3` offers no access to SQLite's own recovery extension.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from affectgraph.memory.backends.postgres.database import PostgresDatabase
from affectgraph.memory.backends.sqlite.case_store import DATABASE, SqliteCaseStore
from affectgraph.memory.backends.sqlite.database import SqliteDatabase
from affectgraph.memory.case import Array, Case, Correction, Space
from affectgraph.memory.case_tables import CaseTables
from affectgraph.memory.database import Database, NewerSchemaError
from affectgraph.memory.location import Place, is_postgres_url
from affectgraph.tools.errors import MemoryStoreError
from affectgraph.tools.io.arguments import checked_path
from affectgraph.tools.io.atomic_write import replace
from affectgraph.tools.io.sqlite import connect_file

_NOT_REPAIRABLE = (NewerSchemaError, OSError, sqlite3.OperationalError)


def verify(place: Place) -> list[str]:
    """Problems of a memory, one line each; an empty list if it is sound.

    Everything is read once: the pages of the database and the references between its
    tables, every case, every vector, every saved index. Others may use it meanwhile.

    Raises:
        MemoryStoreError: If a folder holds no memory.
    """
    if is_postgres_url(place):
        database = PostgresDatabase(str(place))
        return _collect(_check_database(database, database.place))
    folder = checked_path("memory", place)
    path = _database_file(folder)
    return _database_problems(path) + _index_problems(folder)


def repair(place: Place) -> list[str]:
    """Save what can be read of a damaged memory; returns what was done, line by line.

    The damaged database is set aside, not deleted. No other process may be using the
    folder. A sound memory stays as it is.

    Raises:
        MemoryStoreError: If no repair can help, as with a database from a later
            release or a folder that holds no memory.
    """
    if is_postgres_url(place):
        raise MemoryStoreError(
            "PostgreSQL checks its own pages and indexes: if it ever reports damage, "
            "restore the database from a backup"
        )
    folder = checked_path("memory", place)
    path = _database_file(folder)
    try:
        SqliteCaseStore(folder).close()
    except MemoryStoreError as error:
        if isinstance(error.__cause__, _NOT_REPAIRABLE):
            raise
    done = []
    if _database_problems(path):
        done.append(_rebuild_database(path))
    obsolete = [*folder.glob("*.partial")]
    if done or _index_problems(folder):
        obsolete += folder.glob("index-*.faiss")
    for file in obsolete:
        file.unlink()
        done.append(f"removed {file.name}; searching rebuilds what is needed")
    return done


def _database_file(folder: Path) -> Path:
    path = folder / DATABASE
    if not path.exists():
        raise MemoryStoreError(f"there is no case memory in {folder}: name another")
    return path


def _database_problems(path: Path) -> list[str]:
    try:
        database = SqliteDatabase(path)
    except MemoryStoreError as error:
        return [str(error)]
    return _collect(_check_database(database, str(path)))


def _index_problems(folder: Path) -> list[str]:
    return _collect(_check_indexes(folder))


def _collect(problems: Iterator[str]) -> list[str]:
    """All problems, up to the first that keeps the rest from being read."""
    lines: list[str] = []
    try:
        lines.extend(problems)
    except MemoryStoreError as error:
        lines.append(str(error))
    return lines


def _check_database(database: Database, name: str) -> Iterator[str]:
    with closing(database):
        tables = CaseTables(database)
        yield from (f"{name}: {line}" for line in database.find_damage())
        after = ""
        while cases := tables.find(after=after):
            after = cases[-1].id
        tables.history()
        for space in tables.vectors.spaces():
            yield from (f"{name}: {line}" for line in _check_space(tables, space))


def _check_space(tables: CaseTables, space: Space) -> Iterator[str]:
    state = tables.vectors.state(space)
    count = 0
    for batch in tables.vectors.batches(space):
        count += len(batch.keys)
        if not np.isfinite(batch.vectors).all():
            yield f"a vector of {space} is not finite"
    if state and count != state.vectors:
        yield f"{space} counts {state.vectors} vectors, holds {count}"


def _check_indexes(folder: Path) -> Iterator[str]:
    with closing(SqliteCaseStore(folder)) as store:
        for space in store.tables.vectors.spaces():
            path = store.index_path(space)
            if path and path.exists() and store.load_index(space) is None:
                yield (
                    f"{path}: damaged, or the index of another database: "
                    f"`affectgraph memory repair --memory {folder}` removes it"
                )


def _rebuild_database(path: Path) -> str:
    """Copy what can be read into a new database, and set the damaged one aside."""
    repaired = path.with_name(f"{path.name}.repaired")
    repaired.unlink(missing_ok=True)
    with (
        closing(SqliteDatabase(repaired)) as database,
        open_damaged(path) as damaged,
    ):
        tables = CaseTables(database)
        saved = sum(tables.add([pair]) for pair in read_cases(damaged))
        tables.add_corrections(read_corrections(damaged))
    backup = next(
        name
        for number in range(1, 1000)
        if not (name := path.with_name(f"damaged-{number}-{path.name}")).exists()
    )
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(backup.with_name(backup.name + suffix))
    replace(repaired, path)
    return (
        f"saved {saved} cases; the damaged database is now {backup}, where forget does "
        "not reach: delete it when nothing is missed"
    )


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
