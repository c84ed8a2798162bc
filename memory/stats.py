"""What a memory holds, in numbers."""

from collections.abc import Sequence

from affectgraph.memory.case import Space
from affectgraph.memory.case_store import Shelf
from affectgraph.tools.evidence import Frozen


class SpaceStats(Frozen):
    """How many vectors of which dimension a space holds, under what index."""

    space: Space
    dimension: int
    vectors: int
    index: str


class Stats(Frozen):
    """What a memory holds, the seed memory not counted but for its own number.

    Attributes:
        place: Where it is kept; None if it is not.
        cases: Number of cases.
        seed_cases: Number of cases that came with the package.
        corrections: Number of entries in the history of corrections.
        labels: Cases by label.
        sources: Cases by source.
        spaces: One entry a space.
        bytes: Size where it is kept.
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
    def of(cls, own: Shelf, seeds: Sequence[Shelf]) -> "Stats":
        """Count what the user's own shelf holds, and how many cases the others do."""
        store = own.store
        states = [(space, store.state(space)) for space in store.spaces()]
        labels = store.counts("label")
        return cls(
            place=store.database.place,
            cases=sum(labels.values()),
            seed_cases=sum(
                sum(shelf.store.counts("label").values()) for shelf in seeds
            ),
            corrections=len(store.history()),
            labels=labels,
            sources=store.counts("source"),
            spaces=tuple(
                SpaceStats(
                    space=space,
                    dimension=state.dimension,
                    vectors=state.vectors,
                    index=own.index(state.vectors),
                )
                for space, state in states
                if state
            ),
            bytes=store.database.size,
        )
