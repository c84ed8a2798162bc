"""What a memory holds, in numbers."""

from affectgraph.memory.case import Space
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
