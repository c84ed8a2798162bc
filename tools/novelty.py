"""Novelty: how far what a sense perceives is from all that it was measured on.

The vector of a sense is compared with centres of the vectors of its training material
in the same space; `affectgraph train decision` writes them.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools import weights
from affectgraph.tools.io.vectors import Vector

REFERENCES = "novelty.npz"

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class NoveltyReference:
    """What a sense was measured on, in its own space.

    Attributes:
        centres: Unit vectors, [k, d].
        distances: Percentiles of the distance of a corpus to the nearest centre of the
            others, in rising order, [q].
    """

    centres: Floats
    distances: Floats

    def novelty(self, vector: Vector) -> float:
        """Share of corpora left out that is nearer to a centre than a vector."""
        distance = nearest_distance(np.asarray(vector)[None], self.centres)[0]
        return float(np.searchsorted(self.distances, distance) / len(self.distances))


def novelty(vector: Vector, sha256: str) -> float | None:
    """Novelty of a vector in the space of the weights with this hash.

    Returns:
        None if these weights were not measured.

    Raises:
        WeightsError: If the file of references is missing or altered.
    """
    reference = _references().get(sha256)
    return reference.novelty(vector) if reference else None


def nearest_distance(vectors: Floats, centres: Floats) -> Floats:
    """Cosine distance of each vector [n, d] to its nearest centre [k, d]: [n]."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = (vectors / np.maximum(length, 1e-9)) @ centres.T
    result: Floats = 1.0 - cosines.max(axis=1)
    return result


@cache
def _references() -> dict[str, NoveltyReference]:
    """References by the hash of the weights that they belong to."""
    with np.load(weights.path(REFERENCES), allow_pickle=False) as arrays:
        hashes = {name.split("/")[0] for name in arrays.files}
        return {
            sha256: NoveltyReference(
                arrays[f"{sha256}/centres"].astype(np.float32),
                arrays[f"{sha256}/distances"].astype(np.float32),
            )
            for sha256 in hashes
        }
