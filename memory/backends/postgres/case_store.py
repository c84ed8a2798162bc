"""Case store in PostgreSQL, with pgvector."""

from collections.abc import Iterable

from affectgraph.memory.backends.postgres.database import PostgresDatabase
from affectgraph.memory.case import Array, Case, Space, Vectors
from affectgraph.memory.case_store import CaseStore
from affectgraph.memory.case_tables import CaseTables
from affectgraph.memory.index import FLAT_BELOW, Hit, normalize
from affectgraph.memory.vector_table import SpaceState

# pgvector indexes no longer vectors in half precision.
_MAX_DIMENSIONS = 4_000


class PostgresCaseStore(CaseStore):
    """Cases in a PostgreSQL database, for any number of machines.

    Below `FLAT_BELOW` vectors a search is exact. From there on a space has a graph
    (HNSW; Malkov & Yashunin, 2018) of half-precision vectors: 16 links a vector, 64
    candidates when building, 100 when searching. The server keeps it up to date.
    """

    def __init__(self, url: str) -> None:
        """Open the database; create its tables if needed."""
        super().__init__(CaseTables(PostgresDatabase(url)))

    def index_kind(self, vectors: int) -> str:
        """The kind of index a space with so many vectors gets: `flat` or `hnsw`."""
        return "flat" if vectors < FLAT_BELOW else "hnsw"

    def add(self, cases: Iterable[tuple[Case, Vectors]]) -> int:
        """Add cases, and index the spaces that have grown enough; see `CaseTables.add`.

        Returns:
            How many were new.
        """
        batch = list(cases)
        new = super().add(batch)
        for space in {space for _, vectors in batch for space in vectors}:
            state = self.tables.vectors.state(space)
            if state and _has_graph(state):
                self._create_graph(state)
        return new

    def nearest(
        self, space: Space, vector: Array, k: int, *, label: str | None = None
    ) -> list[Hit]:
        """The nearest vectors of a space, best first; see `CaseStore.nearest`."""
        vector = self.tables.vectors.checked(space, vector)
        state = self.tables.vectors.state(space)
        if state is None:
            return []
        query_vector = _as_half("?", state) if _has_graph(state) else "?"
        condition = f"space = {state.key}"
        if label is not None:
            labelled = "SELECT FROM cases WHERE cases.key = of_case AND label = ?"
            condition += f" AND EXISTS ({labelled})"
        rows = self.tables.database.fetch_all(
            f"SELECT vectors.key, {_unit_vector(state)} <#> {query_vector} FROM vectors"
            f" WHERE {condition} ORDER BY 2 LIMIT ?",
            (normalize(vector[None])[0], *([label] if label else []), k),
        )
        hits = [Hit(key, -distance) for key, distance in rows]
        return sorted(hits, key=lambda hit: -hit.cosine)

    def _create_graph(self, state: SpaceState) -> None:
        database, name = self.tables.database, f"nearest_{state.key}"
        if database.fetch_all("SELECT 1 WHERE to_regclass(?) IS NOT NULL", (name,)):
            return
        with database.transaction():
            # Parallel workers need more shared memory than a container often has.
            database.fetch_all("SET LOCAL max_parallel_maintenance_workers = 0")
            database.fetch_all(
                f"CREATE INDEX IF NOT EXISTS {name} ON vectors USING hnsw"
                f" (({_unit_vector(state)}) halfvec_ip_ops)"
                f" WITH (m = 16, ef_construction = 64) WHERE space = {state.key}"
            )
            database.fetch_all("ANALYZE cases, vectors")


def _has_graph(state: SpaceState) -> bool:
    return state.vectors >= FLAT_BELOW and state.dimension <= _MAX_DIMENSIONS


def _unit_vector(state: SpaceState) -> str:
    unit_vector = "l2_normalize(data)"
    return _as_half(unit_vector, state) if _has_graph(state) else unit_vector


def _as_half(vector: str, state: SpaceState) -> str:
    return f"{vector}::halfvec({state.dimension})"
