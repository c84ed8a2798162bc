"""The affect space: compares clips by what they feel like, whatever the modality."""

from affectgraph.memory.representation.affect import (
    AFFECT,
    NETWORK,
    add_affect_vector,
    background_cosines,
)

__all__ = ["AFFECT", "NETWORK", "add_affect_vector", "background_cosines"]
