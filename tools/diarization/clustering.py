"""Which stretches of speech are one person's, by their speaker vectors."""

import numpy as np
from numpy.typing import NDArray

# Mean cosine distance from which on voices are different people. Chosen on EmoDB, of
# 0.5 to 0.75; see tests/benchmarks/diarisation.py.
MAX_DISTANCE = 0.65
# Vectors of less speech are too vague to form a cluster; they join the nearest one.
_MIN_SECONDS = 1.0
# A person speaks for at least this long in all.
_MIN_PERSON_SECONDS = 1.5
# To bound memory, only so many of the longest stretches form clusters.
_MAX_CLUSTERED = 3_000
_PASSES = 3

Labels = NDArray[np.int64]
Seconds = NDArray[np.float64]
Vectors = NDArray[np.float32]


def cluster_voices(
    vectors: Vectors, seconds: Seconds, people: int | None = None
) -> Labels:
    """Tell people apart.

    Average-linkage agglomerative clustering by cosine distance of the longer stretches;
    then every stretch joins the nearest person, and people are averaged anew.

    Args:
        vectors: float32 [stretches, size], of length one.
        seconds: float64 [stretches], how long each lasts.
        people: How many people speak; None if unknown.

    Returns:
        int64 [stretches], the number of the person of each, from 0.
    """
    if not len(vectors):
        return np.zeros(0, dtype=np.int64)
    weighted = vectors * seconds[:, None].astype(np.float32)
    clear = _clear_stretches(seconds, people)
    labels = _cut_tree(vectors[clear], people)
    centres = _sum_by_person(weighted[clear], labels)
    if people is None:
        spoken = np.bincount(labels, seconds[clear])
        centres = centres[spoken >= min(_MIN_PERSON_SECONDS, spoken.max())]
    for _ in range(_PASSES):
        directions = centres / np.linalg.norm(centres, axis=1, keepdims=True)
        nearest: Labels = (vectors @ directions.T).argmax(axis=1)
        kept = np.unique(nearest)
        centres = _sum_by_person(weighted, nearest)[kept]
    return np.searchsorted(kept, nearest)


def _clear_stretches(seconds: Seconds, people: int | None) -> Labels:
    """The stretches that are long enough; the longest, if there are too few."""
    enough = max(people or 1, int((seconds >= _MIN_SECONDS).sum()))
    longest = np.argsort(-seconds, kind="stable")[: min(enough, _MAX_CLUSTERED)]
    return np.sort(longest).astype(np.int64)


def _cut_tree(vectors: Vectors, people: int | None) -> Labels:
    from scipy.cluster.hierarchy import cut_tree, fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(vectors) == 1:
        return np.zeros(1, dtype=np.int64)
    distances = np.maximum(1.0 - vectors @ vectors.T, 0.0)
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), "average")
    if people is None:
        labels = fcluster(tree, MAX_DISTANCE, "distance") - 1
    else:
        labels = cut_tree(tree, min(people, len(vectors)))[:, 0]
    return np.asarray(labels, dtype=np.int64)


def _sum_by_person(weighted: Vectors, labels: Labels) -> Vectors:
    sums = np.zeros((labels.max() + 1, weighted.shape[1]), dtype=np.float32)
    np.add.at(sums, labels, weighted)
    return sums
