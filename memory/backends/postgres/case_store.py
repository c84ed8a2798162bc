"""A shelf in PostgreSQL: pgvector finds the nearest."""

from collections.abc import Iterable

from affectgraph.memory.backends.postgres.database import Postgres
from affectgraph.memory.case import Array, Case, Space, Vectors
from affectgraph.memory.index import FLAT_BELOW, Hit, unit
from affectgraph.memory.store import SpaceState, Store

_MOST_DIMENSIONS = 4_000  # that pgvector indexes in half precision


class PostgresShelf:
    """Cases in a PostgreSQL database, whichever machine put them there.

    Below `FLAT_BELOW` vectors a search is exact. From there on a space has a graph
    (HNSW; Malkov & Yashunin, 2018) of half-precision vectors: 16 links a vector, 64
    candidates when building, 100 when searching. The server keeps it in step.

    Attributes:
        store: Its database.
    """

    def __init__(self, address: str) -> None:
        """Open a shelf, made if need be.

        Raises:
            MemoryStoreError: If the database cannot be used.
            SettingError: If the address cannot be, or `psycopg` is not installed.
        """
        self.store = Store(Postgres(address))

    def close(self) -> None:
        """Let go of the database."""
        self.store.database.close()

    def index(self, vectors: int) -> str:
        """The kind of index that so many vectors get: `flat` or `hnsw`."""
        return "flat" if vectors < FLAT_BELOW else "hnsw"

    def add(self, cases: Iterable[tuple[Case, Vectors]]) -> int:
        """Add cases; see `Store.add`."""
        batch = list(cases)
        new = self.store.add(batch)
        for space in {space for _, vectors in batch for space in vectors}:
            state = self.store.state(space)
            if state and _has_graph(state):
                self._have_graph(state)
        return new

    def forget(self, ids: Iterable[str], *, clips: Iterable[str] = ()) -> int:
        """Delete from the database and its indexes.

        Arguments and errors are those of `Store.forget`.
        """
        return self.store.forget(ids, clips=clips)

    def nearest(
        self, space: Space, vector: Array, k: int, *, label: str | None = None
    ) -> list[Hit]:
        """The nearest vectors of a space, best first.

        Args:
            space: Where to look; an unknown one holds nothing.
            vector: float32 [d].
            k: At most so many.
            label: Only cases of that label.

        Raises:
            MemoryStoreError: If the vector is of the wrong dimension.
        """
        vector = self.store.fitting(space, vector)
        state = self.store.state(space)
        if state is None:
            return []
        asked = _half("?", state) if _has_graph(state) else "?"
        among = f"space = {state.key}"
        if label is not None:
            labelled = "SELECT FROM cases WHERE cases.key = of_case AND label = ?"
            among += f" AND EXISTS ({labelled})"
        rows = self.store.database.rows(
            f"SELECT vectors.key, {_direction(state)} <#> {asked} FROM vectors"
            f" WHERE {among} ORDER BY 2 LIMIT ?",
            (unit(vector[None])[0], *([label] if label else []), k),
        )
        hits = [Hit(key, -distance) for key, distance in rows]
        return sorted(hits, key=lambda hit: -hit.cosine)

    def _have_graph(self, state: SpaceState) -> None:
        database, name = self.store.database, f"nearest_{state.key}"
        if database.rows("SELECT 1 WHERE to_regclass(?) IS NOT NULL", (name,)):
            return
        with database.writing():
            # More workers want more shared memory than a container often has.
            database.rows("SET LOCAL max_parallel_maintenance_workers = 0")
            database.rows(
                f"CREATE INDEX IF NOT EXISTS {name} ON vectors USING hnsw"
                f" (({_direction(state)}) halfvec_ip_ops)"
                f" WITH (m = 16, ef_construction = 64) WHERE space = {state.key}"
            )
            database.rows("ANALYZE cases, vectors")


def _has_graph(state: SpaceState) -> bool:
    return state.vectors >= FLAT_BELOW and state.dimension <= _MOST_DIMENSIONS


def _direction(state: SpaceState) -> str:
    direction = "l2_normalize(data)"
    return _half(direction, state) if _has_graph(state) else direction


def _half(vector: str, state: SpaceState) -> str:
    return f"{vector}::halfvec({state.dimension})"
