"""One affect space: cases are found by what they feel like, whichever senses saw."""

from affectgraph.memory.representation.affect import (
    AFFECT,
    NETWORK,
    backgrounds,
    with_affect,
)

__all__ = ["AFFECT", "NETWORK", "backgrounds", "with_affect"]
