"""Checkpoints in SQLite, holding only types that we know."""

import sqlite3
from pathlib import Path

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from affectgraph.graphs import schema
from affectgraph.memory import case
from affectgraph.tools import evidence
from affectgraph.tools.clip import clip
from affectgraph.tools.errors import SettingError


def open_saver(folder: Path | None) -> InMemorySaver | SqliteSaver:
    """Checkpoints in a folder, or only in memory if there is none.

    A saver may be used by several threads, and its file by several processes.

    Raises:
        SettingError: If the folder cannot hold a SQLite database.
    """
    if folder is None:
        return InMemorySaver(serde=_serializer())
    file = folder / "checkpoints.sqlite"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file, check_same_thread=False, timeout=30)
        saver = SqliteSaver(connection, serde=_serializer())
        saver.setup()
    except (OSError, sqlite3.Error) as error:
        raise SettingError(
            f"{file}: checkpoints cannot be kept there ({error}); name another folder"
        ) from error
    return saver


def _serializer() -> JsonPlusSerializer:
    known = [
        (value.__module__, name)
        for module in (schema, case, evidence, clip)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, evidence.Frozen)
    ]
    return JsonPlusSerializer(allowed_msgpack_modules=known)
