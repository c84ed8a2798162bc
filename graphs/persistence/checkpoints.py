"""Checkpoints in SQLite or PostgreSQL; only known types are deserialized."""

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
from affectgraph.graphs.augment import agreement_filter, quality_filter
from affectgraph.graphs.augment import schema as augmented
from affectgraph.graphs.reasoner import measurement
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
_LOCK_POLL_S = 0.05


def open_saver(place: Place | None) -> BaseCheckpointSaver[Any]:
    """Open checkpoints in a folder or a PostgreSQL database; in memory if None.

    Several threads may share a saver, and several processes its place.
    """
    if place is None:
        return InMemorySaver(serde=_serializer())
    if is_postgres_url(place):
        return _open_postgres(str(place))
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
    """Turn errors of checkpoints in a folder into one line."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise MemoryStoreError(
            f"{folder}: the run cannot be kept ({error}); make room, or name another "
            "folder"
        ) from error


def _open_postgres(address: str) -> BaseCheckpointSaver[Any]:
    import_psycopg()
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg_pool import ConnectionPool

    with translate_errors(redact_password(address)), connect(address) as connection:
        # Polls, since a waiting lock would block an index that is being built.
        while not connection.execute(_TRY_LOCK).fetchone()[0]:
            time.sleep(_LOCK_POLL_S)
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
    allowed = [
        (value.__module__, name)
        for module in (
            schema,
            case,
            evidence,
            clip,
            augmented,
            measurement,
            quality_filter,
            agreement_filter,
        )
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, evidence.Frozen)
    ]
    return JsonPlusSerializer(allowed_msgpack_modules=allowed)
