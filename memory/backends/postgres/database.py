"""The case memory's database on a server: PostgreSQL."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from affectgraph.memory.backends.postgres.db_errors import driver, explained, named
from affectgraph.memory.backends.postgres.schema import LOCK, migrate, settle
from affectgraph.memory.case import Array
from affectgraph.tools.errors import MemoryStoreError, NotErasedError

_TABLES = "cases, vectors, corrections"
SECONDS_TO_CONNECT = 10
_SECONDS_FOR_READERS = 5
_SECONDS_BETWEEN_TRIES = 0.1

# A page on which a deleted row is kept for somebody is not visible to all.
_OURS = "oid IN ('cases'::regclass, 'vectors'::regclass, 'corrections'::regclass)"
_NOT_VISIBLE_TO_ALL = (
    f"SELECT relname FROM pg_class WHERE {_OURS} AND relallvisible < relpages"
)
_FILES = f"SELECT relname, relfilenode FROM pg_class WHERE {_OURS}"

# A commit is on the disk when it returns, whatever the server's default. The graph is
# searched 100 candidates wide, and further if a label has not come up often enough.
_SESSION = (
    "SET synchronous_commit = on",
    "SET hnsw.ef_search = 100",
    "SET hnsw.iterative_scan = relaxed_order",
)


def connect(address: str) -> Any:
    """Open a connection to a database at the present schema version.

    Raises:
        MemoryStoreError: If it cannot be reached or used.
        SettingError: If the address cannot be read, or `psycopg` is not installed.
    """
    psycopg, name = driver(), named(address)
    parts = psycopg.conninfo.conninfo_to_dict(address)
    parts.setdefault("connect_timeout", SECONDS_TO_CONNECT)
    parts.setdefault("application_name", "affectgraph")
    with explained(name):
        connection = psycopg.connect(**parts, autocommit=True)
        try:
            prepare(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def prepare(connection: Any) -> None:
    """Bring the database of a new connection up to date, and set the session up."""
    from pgvector.psycopg import register_vector

    migrate(connection)
    settle(connection)
    for statement in _SESSION:
        connection.execute(statement)
    register_vector(connection)


class Postgres:
    """A database on a server, which many machines may use at once.

    One connection, opened again if it was lost.
    """

    def __init__(self, address: str) -> None:
        """Connect, and make the tables if need be.

        Args:
            address: `postgresql://USER:PASSWORD@HOST:PORT/NAME`.

        Raises:
            MemoryStoreError: If it cannot be reached, is of a later release, or its
                server has no pgvector.
            SettingError: If the address cannot be read, or `psycopg` is missing.
        """
        self._address = address
        self._name = named(address)
        self._turn = threading.RLock()
        self._link = connect(address)

    @property
    def place(self) -> str:
        """Its address, without the password."""
        return self._name

    @property
    def size(self) -> int:
        """Bytes of its tables and their indexes."""
        sizes = [f"pg_total_relation_size('{t}')" for t in _TABLES.split(", ")]
        ((size,),) = self.rows(f"SELECT {' + '.join(sizes)}")
        return int(size)

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with explained(self._name), self._turn:
            cursor = self._connection().cursor(binary=True)
            cursor.execute(query.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else []

    def each(self, query: str, values: Sequence[Sequence[object]]) -> int:
        """Run a statement once for each row of values; returns how many it changed."""
        with explained(self._name), self._turn:
            cursor = self._connection().cursor()
            cursor.executemany(query.replace("?", "%s"), values)
            return int(cursor.rowcount)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction, alone: all of it is on the disk in the end, or nothing."""
        with explained(self._name), self._turn, self._connection().transaction():
            self.rows("SELECT pg_advisory_xact_lock(?)", (LOCK,))
            yield

    def purge(self) -> None:
        """Write tables and indexes anew, without what was deleted, now or before.

        Nobody can search meanwhile. The server's own log, its replicas and backups are
        not ours to clear.

        Raises:
            NotErasedError: If another session can still see what was deleted, or this
                one may not write the tables anew.
        """
        with explained(self._name), self._turn:
            connection, before = self._connection(), self.rows(_FILES)
            connection.execute(f"SET lock_timeout = '{_SECONDS_FOR_READERS}s'")
            try:
                # First until no deleted row is kept for anybody: or else it is copied.
                self._vacuum_for_all()
                connection.execute(f"VACUUM (FULL) {_TABLES}")
            except driver().errors.LockNotAvailable as error:
                raise self._not_erased() from error
            finally:
                connection.execute("SET lock_timeout = DEFAULT")
            # Tables of another user are skipped with a mere warning.
            if {*before} & {*self.rows(_FILES)}:
                raise NotErasedError(
                    f"the database {self._name} still holds what was deleted: run the "
                    "same again as the user who owns its tables"
                )

    def _vacuum_for_all(self) -> None:
        end = time.monotonic() + _SECONDS_FOR_READERS
        while True:
            self._connection().execute(f"VACUUM (INDEX_CLEANUP ON) {_TABLES}")
            if not self.rows(_NOT_VISIBLE_TO_ALL):
                return
            if time.monotonic() > end:
                raise self._not_erased()
            time.sleep(_SECONDS_BETWEEN_TRIES)

    def _not_erased(self) -> NotErasedError:
        return NotErasedError(
            f"another session of the database {self._name} still reads what was "
            "deleted: close it and run the same again"
        )

    def packed(self, vector: Array) -> object:
        """The array itself, which pgvector knows how to send."""
        return vector

    def unpacked(self, value: Any) -> Array:
        """The vector [d] in a row."""
        vector: Array = value.to_numpy()
        return vector

    def damages(self) -> list[str]:
        """Nothing: the server watches over its own pages and references."""
        return []

    def damaged(self, what: str) -> MemoryStoreError:
        """What to raise where a row cannot be made sense of."""
        return MemoryStoreError(
            f"the database {self._name} is damaged ({what}): restore it from a backup"
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._link.close()

    def _connection(self) -> Any:
        if self._link.closed:
            self._link = connect(self._address)
        return self._link
