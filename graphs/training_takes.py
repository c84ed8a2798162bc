"""Takes put together from parts of one label, and the pool fitted on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from affectgraph.graphs.fuse import FLOOR
from affectgraph.tools.emotions import BASIC_EMOTIONS

Floats = NDArray[np.float64]

MODALITIES = ("face", "prosody", "transcript")
_TAKES = 6000
_MISSING = 0.5
_PLAIN_WORDS = 0.2
_MOVING = 0.7
_MOVING_RIGHT = 0.45
_STILL_RIGHT = 0.8
_RIDGE = 0.01
# How far a face in motion is believed, beside a photograph.
_MOVING_TRUST = 0.4


@dataclass(frozen=True)
class Votes:
    """What one sense said about n pieces of material that it did not learn from.

    Attributes:
        shares: Its distributions, float [n, 7].
        quality: Its own quality, float [n].
        label: Index of the label, [n].
        vectors: What it kept, float32 [n, d]; None where nobody asks.
    """

    shares: Floats
    quality: Floats
    label: NDArray[np.int64]
    vectors: NDArray[np.float32] | None = None

    def half(self, first: bool) -> "Votes":
        """One half, without chance: material is kept in the order of its speakers."""
        middle = len(self.label) // 2
        part = slice(None, middle) if first else slice(middle, None)
        return self.take(np.arange(len(self.label))[part])

    def take(self, rows: NDArray[np.int64]) -> "Votes":
        """Those alone."""
        vectors = None if self.vectors is None else self.vectors[rows]
        return Votes(self.shares[rows], self.quality[rows], self.label[rows], vectors)


@dataclass(frozen=True)
class Takes:
    """Composed takes.

    Attributes:
        shares: float [n, modality, 7].
        quality: float [n, modality]; zero where the modality is missing.
        label: [n].
        parts: By modality, which of the votes each take has, [n].
    """

    shares: Floats
    quality: Floats
    label: NDArray[np.int64]
    parts: dict[str, NDArray[np.int64]]


def compose(votes: dict[str, Votes], rng: np.random.Generator) -> Takes:
    """Takes of balanced labels, put together as the module says."""
    label = rng.integers(0, len(BASIC_EMOTIONS), _TAKES)
    plain = rng.random(_TAKES) < _PLAIN_WORDS
    moving = rng.random(_TAKES) < _MOVING
    wrong = rng.random(_TAKES) > np.where(moving, _MOVING_RIGHT, _STILL_RIGHT)
    shown = np.where(wrong, rng.integers(0, len(BASIC_EMOTIONS), _TAKES), label)
    wanted = {
        "face": shown,
        "prosody": label,
        "transcript": np.where(plain, BASIC_EMOTIONS.index("neutral"), label),
    }
    shares, quality, parts = [], [], {}
    for name in MODALITIES:
        chosen = parts[name] = _drawn(votes[name].label, wanted[name], rng)
        shares.append(votes[name].shares[chosen])
        quality.append(votes[name].quality[chosen])
    trust = np.where(moving, _MOVING_TRUST, 1.0)
    shares[0] = trust[:, None] * shares[0] + (1 - trust[:, None]) / len(BASIC_EMOTIONS)
    quality[0] = trust * quality[0]
    present = np.ones((_TAKES, len(MODALITIES)))
    lacking = np.flatnonzero(rng.random(_TAKES) < _MISSING)
    present[lacking, rng.integers(0, len(MODALITIES), len(lacking))] = 0
    quality_now = np.stack(quality, 1) * present
    return Takes(np.stack(shares, 1), quality_now, label, parts)


def fit(takes: Takes) -> tuple[Floats, Floats]:
    """Weights [modality] and usual votes [modality, 7] of least negative likelihood."""
    size, labels = len(MODALITIES), len(BASIC_EMOTIONS)

    def loss(packed: Floats) -> float:
        weights, usual = (
            np.exp(packed[:size]),
            softmax(packed[size:].reshape(-1, labels)),
        )
        fused = pooled(takes, weights, usual)
        right = fused[np.arange(len(takes.label)), takes.label]
        return float(-np.log(right).mean() + _RIDGE * np.square(packed).mean())

    found = minimize(loss, np.zeros(size + size * labels), method="L-BFGS-B").x
    return np.exp(found[:size]), softmax(found[size:].reshape(-1, labels))


def pooled(takes: Takes, weights: Floats, usual: Floats) -> Floats:
    """The pool of `fuse.log_pool`, for all takes at once: float [n, 7]."""
    told = np.log(np.maximum(takes.shares, FLOOR)) - np.log(usual)
    return softmax(np.einsum("nm,m,nmk->nk", takes.quality, weights, told))


def _drawn(
    label: NDArray[np.int64], wanted: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Indices of material with the labels wanted."""
    chosen = np.zeros(len(wanted), dtype=np.int64)
    for emotion in range(len(BASIC_EMOTIONS)):
        places = np.flatnonzero(wanted == emotion)
        chosen[places] = rng.choice(np.flatnonzero(label == emotion), len(places))
    return chosen


def softmax(scores: Floats) -> Floats:
    """Probabilities along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return result
