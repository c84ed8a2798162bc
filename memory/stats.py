"""Statistics of a memory."""

from collections.abc import Sequence

from affectgraph.memory.case import Space
from affectgraph.memory.case_store import CaseStore
from affectgraph.tools.evidence import Frozen


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
    """

    place: str | None
    cases: int
    seed_cases: int
    corrections: int
    labels: dict[str, int]
    sources: dict[str, int]
    spaces: tuple[SpaceStats, ...]
    bytes: int

    @classmethod
    def of(cls, cases: CaseStore, seeds: Sequence[CaseStore]) -> "Stats":
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
        )
