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

    Distances are those of each corpus to the centres of the others, so that people of
    corpora that a network learned from come out near zero.
    """
    arrays = {}
    for weights in dict.fromkeys(domain.weights for domain in domains):
        corpora = [d.vectors for d in domains if d.weights == weights]
        centres = spherical_k_means(np.concatenate(corpora), seed)
        arrays[f"{weights}/centres"] = centres.astype(np.float16)
        distances = np.concatenate(
            [
                nearest_distance(corpus, spherical_k_means(_others(corpora, n), seed))
                for n, corpus in enumerate(corpora)
            ]
        )
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


def _others(corpora: Sequence[Floats], left_out: int) -> Floats:
    return np.concatenate([c for n, c in enumerate(corpora) if n != left_out])
