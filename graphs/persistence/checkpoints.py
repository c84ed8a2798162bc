"""Checkpoints in SQLite or PostgreSQL, holding only types that we know."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from affectgraph.graphs import schema
from affectgraph.graphs.augment import crowd, low
from affectgraph.graphs.augment import schema as augmented
from affectgraph.memory import case
from affectgraph.memory.backends.postgres.database import (
    CONNECT_TIMEOUT_S,
    connect,
    prepare_session,
)
from affectgraph.memory.backends.postgres.db_errors import (
    import_psycopg,
    redact_password,
    translate_errors,
)
from affectgraph.memory.backends.postgres.schema import ADVISORY_LOCK
from affectgraph.memory.location import Place, is_postgres_url
from affectgraph.tools import evidence
from affectgraph.tools.clip import clip
from affectgraph.tools.errors import MemoryStoreError, SettingError
from affectgraph.tools.io.arguments import checked_path
from affectgraph.tools.io.atomic_write import make_folder
from affectgraph.tools.io.sqlite import connect_file

_TRY_LOCK = f"SELECT pg_try_advisory_lock({ADVISORY_LOCK + 1})"
_SECONDS_BETWEEN_TRIES = 0.05


def open_saver(place: Place | None) -> BaseCheckpointSaver[Any]:
    """Checkpoints in a folder or a PostgreSQL database; only in memory without one.

    A saver may be used by several threads, and its place by several processes.

    Raises:
        MemoryStoreError: If the database cannot be used.
        SettingError: If the folder cannot hold a SQLite database, the address cannot
            be read, or PostgreSQL needs packages that are not installed.
    """
    if place is None:
        return InMemorySaver(serde=_serializer())
    if is_postgres_url(place):
        return _in_postgres(str(place))
    file = checked_path("runs", place) / "checkpoints.sqlite"
    try:
        make_folder(file.parent)
        connection = connect_file(file, check_same_thread=False, timeout=30)
        saver = SqliteSaver(connection, serde=_serializer())
        saver.setup()
        connection.execute("PRAGMA synchronous = FULL")
    except (OSError, sqlite3.Error, UnicodeDecodeError) as error:
        raise SettingError(
            f"{file}: checkpoints cannot be kept there ({error}); name another folder"
        ) from error
    return saver


@contextmanager
def explain_errors(folder: Path) -> Iterator[None]:
    """Turn what goes wrong with checkpoints in a folder into one line.

    Raises:
        MemoryStoreError: Says where, why and what to do.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise MemoryStoreError(
            f"{folder}: the run cannot be kept ({error}); make room, or name another "
            "folder"
        ) from error


def _in_postgres(address: str) -> BaseCheckpointSaver[Any]:
    import_psycopg()
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg_pool import ConnectionPool

    with translate_errors(redact_password(address)), connect(address) as connection:
        # Not by waiting for a lock: an index may be built that waits for the waiting.
        while not connection.execute(_TRY_LOCK).fetchone()[0]:
            time.sleep(_SECONDS_BETWEEN_TRIES)
        PostgresSaver(connection).setup()
    pool = ConnectionPool(
        address,
        kwargs={"autocommit": True, "prepare_threshold": 0},
        configure=prepare_session,
        check=ConnectionPool.check_connection,
        min_size=0,
        max_size=1,  # the saver uses one at a time
        num_workers=1,
        timeout=CONNECT_TIMEOUT_S,
        open=True,
    )
    return PostgresSaver(pool, serde=_serializer())


def _serializer() -> JsonPlusSerializer:
    known = [
        (value.__module__, name)
        for module in (schema, case, evidence, clip, augmented, low, crowd)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, evidence.Frozen)
    ]
    return JsonPlusSerializer(allowed_msgpack_modules=known)
