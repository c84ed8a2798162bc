"""Embeddings of runs in PostgreSQL, so that another machine can continue a run."""

from affectgraph.memory.backends.postgres.database import PostgresDatabase
from affectgraph.memory.case import Array


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
