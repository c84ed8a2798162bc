"""References of novelty: centres of what each sense was measured on."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.decision.domains import Domain
from affectgraph.tools.io.atomic_write import atomic_savez
from affectgraph.tools.novelty import REFERENCES, nearest_distance

Floats = NDArray[np.floating]

_CENTRES, _ROUNDS = 64, 15
_PERCENTILES = np.linspace(0.0, 100.0, 201)


def distances_left_out(domains: Sequence[Domain], seed: int) -> list[Floats]:
    """Distance of each clip to the nearest centre of the sense's other corpora.

    Returns:
        For each domain, [n].
    """
    return [
        nearest_distance(
            domain.vectors,
            spherical_k_means(
                np.concatenate(
                    [
                        other.vectors
                        for other in domains
                        if other.weights == domain.weights and other is not domain
                    ]
                ),
                seed,
            ),
        )
        for domain in domains
    ]


def write_references(
    domains: Sequence[Domain], distances: Sequence[Floats], out: Path, seed: int
) -> None:
    """Write `novelty.npz`: for each sense centres, and percentiles of distances.

    Args:
        domains: Corpora of all senses.
        distances: Of `distances_left_out`.
        out: Folder of the file.
        seed: Of the centres.
    """
    arrays = {}
    for weights in dict.fromkeys(domain.weights for domain in domains):
        rows = [n for n, domain in enumerate(domains) if domain.weights == weights]
        vectors = np.concatenate([domains[row].vectors for row in rows])
        far = np.concatenate([distances[row] for row in rows])
        centres = spherical_k_means(vectors, seed)
        percentiles = np.percentile(far, _PERCENTILES)
        arrays[f"{weights}/centres"] = centres.astype(np.float16)
        arrays[f"{weights}/distances"] = percentiles.astype(np.float32)
    atomic_savez(out / REFERENCES, **arrays)


def spherical_k_means(vectors: Floats, seed: int) -> Floats:
    """Unit vectors in the middle of clusters by cosine (Dhillon & Modha 2001)."""
    rng = np.random.default_rng(seed)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    centres = unit[rng.choice(len(unit), min(_CENTRES, len(unit)), replace=False)]
    for _ in range(_ROUNDS):
        nearest = (unit @ centres.T).argmax(axis=1)
        for number in np.unique(nearest):
            mean = unit[nearest == number].mean(axis=0)
            centres[number] = mean / np.linalg.norm(mean)
    return np.asarray(centres)
