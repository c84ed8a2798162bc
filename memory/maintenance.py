"""Verify and repair a case memory."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from affectgraph.memory.backends.postgres.database import PostgresDatabase
from affectgraph.memory.backends.sqlite import recovery
from affectgraph.memory.backends.sqlite.case_store import DATABASE, SqliteCaseStore
from affectgraph.memory.backends.sqlite.database import SqliteDatabase
from affectgraph.memory.case import Space
from affectgraph.memory.case_tables import CaseTables
from affectgraph.memory.database import Database, NewerSchemaError
from affectgraph.memory.location import Place, is_postgres_url
from affectgraph.tools.errors import MemoryStoreError
from affectgraph.tools.io.arguments import checked_path
from affectgraph.tools.io.atomic_write import replace

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
        recovery.open_damaged(path) as damaged,
    ):
        tables = CaseTables(database)
        saved = sum(tables.add([pair]) for pair in recovery.read_cases(damaged))
        tables.add_corrections(recovery.read_corrections(damaged))
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
