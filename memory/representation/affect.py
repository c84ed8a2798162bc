"""The vector of a clip in the affect space, from the vectors that its senses kept."""

import numpy as np

from affectgraph.memory.case import Space, Vectors
from affectgraph.tools.weights import onnx

AFFECT = "affect"
NETWORK = "affect-space.onnx"

# In the order of the network's mask.
MODALITIES = ("face", "prosody", "transcript")


def with_affect(vectors: Vectors) -> Vectors:
    """The vectors, and beside them the one in the affect space, float32 [64].

    Vectors of weights that the network was not trained on say nothing to it: they are
    left out, and without any other there is none in the affect space. One that is
    there already is left as it is.

    Args:
        vectors: By space, float32 [d].

    Raises:
        WeightsError: If the network's weights cannot be used.
    """
    if not any(space.modality in MODALITIES for space in vectors):
        return vectors
    network = onnx.load(NETWORK)
    affect = Space(modality=AFFECT, model=network.sha256)
    sizes = network.contract["sizes"]
    known = {
        space.modality: np.asarray(vector, np.float32)
        for space, vector in vectors.items()
        if network.contract["senses"].get(space.modality) == space.model
        and np.shape(vector) == (sizes[space.modality],)
    }
    if affect in vectors or not known:
        return vectors
    inputs = {
        name: known.get(name, np.zeros(sizes[name], np.float32))[None]
        for name in MODALITIES
    }
    present = np.array([[name in known for name in MODALITIES]], np.float32)
    return {**vectors, affect: network(**inputs, present=present)[0][0]}


def backgrounds() -> dict[Space, float]:
    """By space of a sense, the mean cosine of two clips with different labels."""
    contract = onnx.load(NETWORK).contract
    return {
        Space(modality=name, model=contract["senses"][name]): cosine
        for name, cosine in contract["backgrounds"].items()
    }
