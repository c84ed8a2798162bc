"""PostgreSQL as the database of cases, and of the embeddings of runs."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from affectgraph.memory.backends.postgres.db_errors import (
    import_psycopg,
    redact_password,
    translate_errors,
)
from affectgraph.memory.backends.postgres.schema import (
    ADVISORY_LOCK,
    migrate,
    set_search_path,
)
from affectgraph.memory.case import Array
from affectgraph.tools.errors import MemoryStoreError, NotErasedError

_TABLES = "cases, vectors, corrections"
CONNECT_TIMEOUT_S = 10
_READERS_TIMEOUT_S = 5
_RETRY_INTERVAL_S = 0.1

_OUR_TABLES = "oid IN ('cases'::regclass, 'vectors'::regclass, 'corrections'::regclass)"
# A page is not "all visible" while it holds deleted rows that others may read.
_PAGES_WITH_DELETED_ROWS = (
    f"SELECT relname FROM pg_class WHERE {_OUR_TABLES} AND relallvisible < relpages"
)
_TABLE_FILES = f"SELECT relname, relfilenode FROM pg_class WHERE {_OUR_TABLES}"

# A commit is on the disk when it returns, whatever the server's default. A search of
# the graph keeps 100 candidates, and goes on if too few have the wanted label.
_SESSION = (
    "SET synchronous_commit = on",
    "SET hnsw.ef_search = 100",
    "SET hnsw.iterative_scan = relaxed_order",
)


def connect(url: str) -> Any:
    """Connect to a database and migrate it to the present schema version."""
    psycopg, name = import_psycopg(), redact_password(url)
    parts = psycopg.conninfo.conninfo_to_dict(url)
    parts.setdefault("connect_timeout", CONNECT_TIMEOUT_S)
    parts.setdefault("application_name", "affectgraph")
    with translate_errors(name):
        connection = psycopg.connect(**parts, autocommit=True)
        try:
            prepare_session(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def prepare_session(connection: Any) -> None:
    """Migrate the database of a new connection, and set up the session."""
    from pgvector.psycopg import register_vector

    migrate(connection)
    set_search_path(connection)
    for statement in _SESSION:
        connection.execute(statement)
    register_vector(connection)


class PostgresDatabase:
    """A database on a server that many machines may use at once.

    It has one connection, which is opened again after a loss.
    """

    def __init__(self, url: str) -> None:
        """Connect, and create the tables if needed.

        Args:
            url: `postgresql://USER:PASSWORD@HOST:PORT/NAME`.
        """
        self._url = url
        self._name = redact_password(url)
        self._lock = threading.RLock()
        self._connection = connect(url)

    @property
    def place(self) -> str:
        """Its URL, without the password."""
        return self._name

    @property
    def size_bytes(self) -> int:
        """Bytes of its tables and their indexes."""
        sizes = [f"pg_total_relation_size('{t}')" for t in _TABLES.split(", ")]
        ((size,),) = self.fetch_all(f"SELECT {' + '.join(sizes)}")
        return int(size)

    def fetch_all(
        self, query: str, values: Sequence[object] = ()
    ) -> list[tuple[Any, ...]]:
        """Run a query and return its rows."""
        with translate_errors(self._name), self._lock:
            cursor = self._open_connection().cursor(binary=True)
            cursor.execute(query.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else []

    def execute_many(self, query: str, values: Sequence[Sequence[object]]) -> int:
        """Run a statement once per row of values; returns how many rows it changed."""
        with translate_errors(self._name), self._lock:
            cursor = self._open_connection().cursor()
            cursor.executemany(query.replace("?", "%s"), values)
            return int(cursor.rowcount)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """An exclusive transaction: all of it is on the disk at its end, or nothing."""
        with (
            translate_errors(self._name),
            self._lock,
            self._open_connection().transaction(),
        ):
            self.fetch_all("SELECT pg_advisory_xact_lock(?)", (ADVISORY_LOCK,))
            yield

    def erase_deleted(self) -> None:
        """Rewrite tables and indexes without the rows deleted so far.

        Nobody can search meanwhile. The server's log, replicas and backups may still
        hold the rows.

        Raises:
            NotErasedError: If another session can still read deleted rows, or this one
                may not rewrite the tables.
        """
        with translate_errors(self._name), self._lock:
            connection, before = self._open_connection(), self.fetch_all(_TABLE_FILES)
            connection.execute(f"SET lock_timeout = '{_READERS_TIMEOUT_S}s'")
            try:
                # VACUUM FULL copies deleted rows that a session may still read.
                self._vacuum_deleted_rows()
                connection.execute(f"VACUUM (FULL) {_TABLES}")
            except import_psycopg().errors.LockNotAvailable as error:
                raise self._not_erased_error() from error
            finally:
                connection.execute("SET lock_timeout = DEFAULT")
            # PostgreSQL skips tables of another user with a mere warning.
            if {*before} & {*self.fetch_all(_TABLE_FILES)}:
                raise NotErasedError(
                    f"the database {self._name} still holds what was deleted: run the "
                    "same again as the user who owns its tables"
                )

    def _vacuum_deleted_rows(self) -> None:
        deadline = time.monotonic() + _READERS_TIMEOUT_S
        while True:
            self._open_connection().execute(f"VACUUM (INDEX_CLEANUP ON) {_TABLES}")
            if not self.fetch_all(_PAGES_WITH_DELETED_ROWS):
                return
            if time.monotonic() > deadline:
                raise self._not_erased_error()
            time.sleep(_RETRY_INTERVAL_S)

    def _not_erased_error(self) -> NotErasedError:
        return NotErasedError(
            f"another session of the database {self._name} still reads what was "
            "deleted: close it and run the same again"
        )

    def encode_vector(self, vector: Array) -> object:
        """The array itself; pgvector can send it."""
        return vector

    def decode_vector(self, value: Any) -> Array:
        """The vector [d] in a row."""
        vector: Array = value.to_numpy()
        return vector

    def find_damage(self) -> list[str]:
        """Nothing: the server checks its own pages and references."""
        return []

    def damage_error(self, problem: str) -> MemoryStoreError:
        """The error to raise for a row that makes no sense."""
        return MemoryStoreError(
            f"the database {self._name} is damaged ({problem}): "
            "restore it from a backup"
        )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _open_connection(self) -> Any:
        if self._connection.closed:
            self._connection = connect(self._url)
        return self._connection


class PostgresEmbeddingStore:
    """The embeddings of one clip, by key."""

    def __init__(self, database: PostgresDatabase, sha256: str) -> None:
        """Store those of the clip with this hash."""
        self._database = database
        self._sha256 = sha256

    def put(self, key: str, vector: Array) -> None:
        """Store a vector [d]; it replaces an earlier one."""
        self._database.execute_many(
            "INSERT INTO kept (sha256, key, data) VALUES (?, ?, ?)"
            " ON CONFLICT (sha256, key) DO UPDATE SET data = excluded.data",
            [(self._sha256, key, self._database.encode_vector(vector))],
        )

    def get(self, key: str) -> Array | None:
        """The vector [d] stored under a key, if there is one."""
        rows = self._database.fetch_all(
            "SELECT data FROM kept WHERE sha256 = ? AND key = ?", (self._sha256, key)
        )
        return self._database.decode_vector(rows[0][0]) if rows else None
