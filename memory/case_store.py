"""Case store with nearest-neighbour search, whatever database is under it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from affectgraph.memory.case import Array, Case, Space, Vectors
from affectgraph.memory.case_tables import CaseTables
from affectgraph.memory.index import Hit


class CaseStore(ABC):
    """Cases in a database, with an index of the vectors of each space.

    Attributes:
        tables: The cases, their vectors and the corrections.
    """

    def __init__(self, tables: CaseTables) -> None:
        """Search the cases in these tables."""
        self.tables = tables

    def close(self) -> None:
        """Close the database."""
        self.tables.database.close()

    def add(self, cases: Iterable[tuple[Case, Vectors]]) -> int:
        """Add cases; see `CaseTables.add`."""
        return self.tables.add(cases)

    def forget(self, ids: Iterable[str], *, clips: Iterable[str] = ()) -> int:
        """Delete cases from the database and from every index; returns how many.

        Arguments and errors are those of `CaseTables.forget`.
        """
        return self.tables.forget(ids, clips=clips)

    @abstractmethod
    def nearest(
        self, space: Space, vector: Array, k: int, *, label: str | None = None
    ) -> list[Hit]:
        """The nearest vectors of a space, best first.

        Args:
            space: Where to search; an unknown space holds nothing.
            vector: float32 [d].
            k: Maximum number of vectors.
            label: Search only cases with this label.

        Raises:
            MemoryStoreError: If the vector has the wrong dimension.
        """

    @abstractmethod
    def index_kind(self, vectors: int) -> str:
        """The kind of index that a space with so many vectors gets, such as `flat`."""
