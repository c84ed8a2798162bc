"""One affect space: cases are found by what they feel like, whichever senses saw."""

from affectgraph.memory.representation.affect import AFFECT, NETWORK, with_affect

__all__ = ["AFFECT", "NETWORK", "with_affect"]
