"""Which voices of different windows are one person."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.diarization.local_voices import VoiceWindow

# Mean cosine distance from which on voices are different people: a convention so far;
# tests/benchmarks/diarisation.py compares others.
MAX_DISTANCE = 0.6
# Vectors of less speech are too vague to form a cluster; they join the nearest one.
_MIN_SECONDS = 1.5
# A person speaks for at least this long in all.
_MIN_PERSON_SECONDS = 2.0
# To bound memory: further vectors join the nearest cluster.
_MAX_CLUSTERED = 3_000
# Two voices of one window are different people, whatever their vectors.
_DIFFERENT = 2.0
# Every moment is in two windows.
_OVERLAP = 2

Labels = NDArray[np.int64]
Vectors = NDArray[np.float32]


def cluster_voices(windows: Sequence[VoiceWindow], people: int | None) -> list[Labels]:
    """Number of the person of each voice of each window, from 0; -1 if unknown.

    Average-linkage agglomerative clustering of the speaker vectors by cosine distance.

    Args:
        windows: The windows of a clip, in order.
        people: How many people speak; None if unknown.
    """
    labels = [np.full(len(window.voices), -1) for window in windows]
    places, seconds, vectors = _known_voices(windows)
    if not len(places):
        return labels
    clear = _clear_voices(seconds, people)
    centres = _find_centres(places[clear, 0], seconds[clear], vectors[clear], people)
    for number in np.unique(places[:, 0]):
        here = places[:, 0] == number
        labels[number][places[here, 1]] = _assign(vectors[here], centres)
    return labels


def _known_voices(
    windows: Sequence[VoiceWindow],
) -> tuple[Labels, NDArray[np.float64], Vectors]:
    """Window and number [n, 2], seconds alone [n] and vector [n, 192] of each voice."""
    known = [
        (number, place, voice.alone_seconds, voice.vector)
        for number, window in enumerate(windows)
        for place, voice in enumerate(window.voices)
        if voice.vector is not None
    ]
    places = np.array([row[:2] for row in known], dtype=np.int64).reshape(-1, 2)
    seconds = np.array([row[2] for row in known])
    return places, seconds, np.array([row[3] for row in known], dtype=np.float32)


def _clear_voices(seconds: NDArray[np.float64], people: int | None) -> Labels:
    """The voices with enough speech alone; the longest, if there are too few."""
    enough = max(1, people or 1, int((seconds >= _MIN_SECONDS).sum()))
    longest = np.argsort(-seconds, kind="stable")[: min(enough, _MAX_CLUSTERED)]
    return np.sort(longest).astype(np.int64)


def _find_centres(
    windows: Labels,
    seconds: NDArray[np.float64],
    vectors: Vectors,
    people: int | None,
) -> Vectors:
    """Mean vector of each person, of length one: float32 [people, 192]."""
    labels = _cut_tree(windows, vectors, people)
    spoken = np.bincount(labels, seconds) / _OVERLAP
    sums = np.zeros((len(spoken), vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, labels, seconds[:, None].astype(np.float32) * vectors)
    if people is None:
        sums = sums[spoken >= min(_MIN_PERSON_SECONDS, spoken.max())]
    result: Vectors = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return result


def _cut_tree(windows: Labels, vectors: Vectors, people: int | None) -> Labels:
    from scipy.cluster.hierarchy import cut_tree, fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(vectors) == 1:
        return np.zeros(1, dtype=np.int64)
    distances = np.maximum(1.0 - vectors @ vectors.T, 0.0)
    distances[windows[:, None] == windows] = _DIFFERENT
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), "average")
    if people is None:
        labels = fcluster(tree, MAX_DISTANCE, "distance") - 1
    else:
        labels = cut_tree(tree, min(people, len(vectors)))[:, 0]
    result: Labels = labels.astype(np.int64)
    return result


def _assign(vectors: Vectors, centres: Vectors) -> Labels:
    """The nearest centre of each voice of one window, each centre once if possible."""
    from scipy.optimize import linear_sum_assignment

    similarity = vectors @ centres.T
    labels: Labels = similarity.argmax(axis=1)
    rows, columns = linear_sum_assignment(-similarity)
    labels[rows] = columns
    return labels
