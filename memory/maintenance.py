"""Verify and repair: is a memory sound, and what can be saved if it is not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from affectgraph.memory import recovery
from affectgraph.memory.backends.database import Database
from affectgraph.memory.backends.folder import DATABASE, Folder
from affectgraph.memory.backends.postgres.database import Postgres
from affectgraph.memory.backends.sqlite.database import Sqlite
from affectgraph.memory.backends.sqlite.schema import NewerSchemaError
from affectgraph.memory.case_store import Place, is_address
from affectgraph.memory.store import Store
from affectgraph.tools.errors import MemoryStoreError
from affectgraph.tools.io.arguments import checked_path
from affectgraph.tools.io.atomic_write import replace

_BEYOND_REPAIR = (NewerSchemaError, OSError, sqlite3.OperationalError)


def kept_in(place: Place) -> bool:
    """There is a memory in a folder; a database is there or says that it is not."""
    return is_address(place) or (checked_path("memory", place) / DATABASE).exists()


def verify(place: Place) -> list[str]:
    """What is wrong with the memory in a place, one line each; nothing if sound.

    Everything is read once: the pages of the database and the relations of its
    tables, every case, every vector, every saved index. Others may use it meanwhile.

    Raises:
        MemoryStoreError: If a folder holds no memory.
    """
    if is_address(place):
        database = Postgres(str(place))
        return _told(_problems(database, database.place))
    folder = checked_path("memory", place)
    path = _database(folder)
    return [*_told(_database_problems(path)), *_told(_index_problems(folder))]


def repair(place: Place) -> list[str]:
    """Save what can be read of a damaged memory; returns what was done, line by line.

    The damaged database is set aside, not deleted. No other process may be using the
    folder. A sound memory is left as it is.

    Raises:
        MemoryStoreError: If the trouble is none that a repair could end, such as a
            database of a later release or a folder that holds no memory.
    """
    if is_address(place):
        raise MemoryStoreError(
            "PostgreSQL keeps its own pages and indexes sound: should it ever report"
            " damage, restore the database from a backup"
        )
    folder = checked_path("memory", place)
    path = _database(folder)
    try:
        Folder(folder).close()
    except MemoryStoreError as error:
        if isinstance(error.__cause__, _BEYOND_REPAIR):
            raise
    done = []
    if _told(_database_problems(path)):
        done.append(_replace(path))
    stale = [*folder.glob("*.partial")]
    if done or _told(_index_problems(folder)):
        stale += folder.glob("index-*.faiss")
    for path in stale:
        path.unlink()
        done.append(f"removed {path.name}; searching rebuilds what is needed")
    return done


def _database(folder: Path) -> Path:
    path = folder / DATABASE
    if not path.exists():
        raise MemoryStoreError(f"there is no case memory in {folder}: name another")
    return path


def _told(problems: Iterator[str]) -> list[str]:
    told: list[str] = []
    try:
        told.extend(problems)
    except MemoryStoreError as error:
        told.append(str(error))
    return told


def _database_problems(path: Path) -> Iterator[str]:
    yield from _problems(Sqlite(path), str(path))


def _problems(database: Database, name: str) -> Iterator[str]:
    with closing(database):
        store = Store(database)
        yield from (f"{name}: {line}" for line in database.damages())
        after = ""
        while cases := store.find(after=after):
            after = cases[-1].id
        store.history()
        for space in store.spaces():
            state = store.state(space)
            count = 0
            for batch in store.vectors(space):
                count += len(batch.keys)
                if not np.isfinite(batch.vectors).all():
                    yield f"{name}: a vector of {space} is not finite"
            if state and count != state.vectors:
                yield f"{name}: {space} counts {state.vectors} vectors, holds {count}"


def _index_problems(folder: Path) -> Iterator[str]:
    with closing(Folder(folder)) as shelf:
        for space in shelf.store.spaces():
            path = shelf.index_path(space)
            if path and path.exists() and shelf.saved(space) is None:
                yield (
                    f"{path}: damaged, or the index of another database: "
                    f"`affectgraph memory repair --memory {folder}` clears it away"
                )


def _replace(path: Path) -> str:
    """Move what can be read into a new database, and set the old one aside."""
    repaired = path.with_name(f"{path.name}.repaired")
    repaired.unlink(missing_ok=True)
    with closing(Sqlite(repaired)) as database, recovery.opened(path) as damaged:
        store = Store(database)
        kept = sum(store.add([pair]) for pair in recovery.cases(damaged))
        store.note(recovery.history(damaged))
    aside = next(
        name
        for number in range(1, 1000)
        if not (name := path.with_name(f"damaged-{number}-{path.name}")).exists()
    )
    for tail in ("-wal", "-shm", ""):
        part = path.with_name(path.name + tail)
        if part.exists():
            part.rename(aside.with_name(aside.name + tail))
    replace(repaired, path)
    return (
        f"saved {kept} cases; the damaged database is now {aside}, where forget does "
        "not reach: delete it when nothing is missed"
    )
