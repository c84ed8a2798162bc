"""The vectors of runs in PostgreSQL, so that another machine can take a run up."""

from affectgraph.memory.backends.postgres.database import Postgres
from affectgraph.memory.case import Array


class PostgresVault:
    """The vectors that senses kept of one clip, by key."""

    def __init__(self, database: Postgres, sha256: str) -> None:
        """Keep those of the clip with that hash."""
        self._database = database
        self._sha256 = sha256

    def put(self, key: str, vector: Array) -> None:
        """Keep a vector [d]; it takes the place of an earlier one."""
        self._database.each(
            "INSERT INTO kept (sha256, key, data) VALUES (?, ?, ?)"
            " ON CONFLICT (sha256, key) DO UPDATE SET data = excluded.data",
            [(self._sha256, key, self._database.packed(vector))],
        )

    def get(self, key: str) -> Array | None:
        """The vector [d] kept under a key, if there is one."""
        rows = self._database.rows(
            "SELECT data FROM kept WHERE sha256 = ? AND key = ?", (self._sha256, key)
        )
        return self._database.unpacked(rows[0][0]) if rows else None
