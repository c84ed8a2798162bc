"""Case store with nearest-neighbour search, whatever database, and its statistics."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from affectgraph.memory.case import Array, Case, Space, Vectors
from affectgraph.memory.case_tables import CaseTables
from affectgraph.memory.index import Hit
from affectgraph.memory.trust import MemoryTrust
from affectgraph.tools.evidence import Frozen


class CaseStore(ABC):
    """Cases in a database, with an index of the vectors of each space."""

    def __init__(self, tables: CaseTables) -> None:
        """Search the cases in these tables."""
        self.tables = tables
        self._label_counts: tuple[str, dict[str, int]] = ("", {})

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

    def label_counts(self) -> dict[str, int]:
        """Number of cases by label; counted again when cases with vectors change."""
        revision = self.tables.revision()
        if self._label_counts[0] != revision:
            self._label_counts = revision, self.tables.counts("label")
        return self._label_counts[1]

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
        """

    @abstractmethod
    def index_kind(self, vectors: int) -> str:
        """The kind of index that a space with so many vectors gets, such as `flat`."""


class SpaceStats(Frozen):
    """Number of vectors in a space, their dimension and the kind of index."""

    space: Space
    dimension: int
    vectors: int
    index: str


class Stats(Frozen):
    """Statistics of a memory; only `seed_cases` counts the seed.

    Attributes:
        place: Folder, or database URL without the password; None if in memory.
        cases: Number of cases.
        seed_cases: Number of cases that come with the package.
        corrections: Number of entries in the history of corrections.
        labels: Cases by label.
        sources: Cases by source.
        spaces: One entry per space.
        bytes: Size on the disk.
        trust: How far the cases may move an answer, as measured on themselves.
    """

    place: str | None
    cases: int
    seed_cases: int
    corrections: int
    labels: dict[str, int]
    sources: dict[str, int]
    spaces: tuple[SpaceStats, ...]
    bytes: int
    trust: MemoryTrust

    @classmethod
    def of(
        cls, cases: CaseStore, seeds: Sequence[CaseStore], trust: MemoryTrust
    ) -> "Stats":
        """Count what a store holds, and how many cases the seeds hold."""
        tables = cases.tables
        vectors = tables.vectors
        states = [(space, vectors.state(space)) for space in vectors.spaces()]
        labels = tables.counts("label")
        return cls(
            place=tables.database.place,
            cases=sum(labels.values()),
            seed_cases=sum(sum(seed.tables.counts("label").values()) for seed in seeds),
            corrections=len(tables.history()),
            labels=labels,
            sources=tables.counts("source"),
            spaces=tuple(
                SpaceStats(
                    space=space,
                    dimension=state.dimension,
                    vectors=state.vectors,
                    index=cases.index_kind(state.vectors),
                )
                for space, state in states
                if state
            ),
            bytes=tables.database.size_bytes,
            trust=trust,
        )
