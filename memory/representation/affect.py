"""The vector of a clip in the affect space, from the vectors of its senses."""

import numpy as np

from affectgraph.memory.case import Space, Vectors
from affectgraph.tools import weights
from affectgraph.tools.weights import onnx

AFFECT = "affect"
NETWORK = "affect-space.onnx"

# In the order of the network's mask.
MODALITIES = ("face", "prosody", "transcript")


def add_affect_vector(vectors: Vectors) -> Vectors:
    """The vectors, and the one that they give in the affect space, float32 [64].

    The network ignores vectors of weights that it was not trained on; if there are no
    others, or the selected weights have no network, there is no vector in the affect
    space. One that is already there stays.

    Args:
        vectors: By space, float32 [d].
    """
    known_senses = any(space.modality in MODALITIES for space in vectors)
    if not known_senses or not weights.in_selected_set(NETWORK):
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


def background_cosines() -> dict[Space, float]:
    """Mean cosine of two clips with different labels, by space of a sense."""
    if not weights.in_selected_set(NETWORK):
        return {}
    contract = onnx.load(NETWORK).contract
    return {
        Space(modality=name, model=contract["senses"][name]): cosine
        for name, cosine in contract["backgrounds"].items()
    }
