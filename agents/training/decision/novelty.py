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


def write_references(domains: Sequence[Domain], out: Path, seed: int) -> None:
    """Write `novelty.npz`: for each sense centres, and percentiles of distances.

    Centres come from one half of the groups of each corpus, distances from the other.
    """
    arrays = {}
    for weights in dict.fromkeys(domain.weights for domain in domains):
        halves = [_halves(d) for d in domains if d.weights == weights]
        known = np.concatenate([first for first, _ in halves])
        unknown = np.concatenate([second for _, second in halves])
        centres = spherical_k_means(known, seed)
        distances = nearest_distance(unknown, centres)
        arrays[f"{weights}/centres"] = centres.astype(np.float16)
        percentiles = np.percentile(distances, _PERCENTILES)
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


def _halves(domain: Domain) -> tuple[Floats, Floats]:
    half = np.unique(domain.groups, return_inverse=True)[1] % 2
    return domain.vectors[half == 0], domain.vectors[half == 1]
