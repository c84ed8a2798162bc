"""Takes as arrays, composed of votes of the senses, and the pool fitted on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from affectgraph.agents.evaluation.metrics import softmax
from affectgraph.agents.training.decision.composition import (
    MODALITIES,
    MOVING_FACE_CONGRUENT,
    MOVING_FACES_SHARE,
    NEUTRAL_WORDS_SHARE,
    STILL_FACE_CONGRUENT,
)
from affectgraph.graphs.verdict.pooling import FLOOR
from affectgraph.tools.emotions import BASIC_EMOTIONS

Floats = NDArray[np.float64]

_TAKES = 6000
_MISSING_SHARE = 0.5
_RIDGE = 0.01
# How far a face in motion is believed, beside a photograph.
_MOVING_TRUST = 0.4


@dataclass(frozen=True)
class Votes:
    """Votes of one sense on n clips that it was not fitted on.

    Attributes:
        shares: Its distributions, float [n, 7].
        quality: Of its evidence, float [n].
        label: Index of the label, [n].
        vectors: Its embeddings, float32 [n, d]; None if they are not needed.
    """

    shares: Floats
    quality: Floats
    label: NDArray[np.int64]
    vectors: NDArray[np.float32] | None = None

    def half(self, first: bool) -> "Votes":
        """Return one half; clips are ordered by speaker, so speakers are separate."""
        middle = len(self.label) // 2
        part = slice(None, middle) if first else slice(middle, None)
        return self.take(np.arange(len(self.label))[part])

    def take(self, rows: NDArray[np.int64]) -> "Votes":
        """Select rows."""
        vectors = None if self.vectors is None else self.vectors[rows]
        return Votes(self.shares[rows], self.quality[rows], self.label[rows], vectors)


@dataclass(frozen=True)
class Takes:
    """Composed takes.

    Attributes:
        shares: float [n, modality, 7].
        quality: float [n, modality]; zero where the modality is missing.
        label: [n].
        parts: Modality to the index of the vote that each take uses, [n].
    """

    shares: Floats
    quality: Floats
    label: NDArray[np.int64]
    parts: dict[str, NDArray[np.int64]]


def compose(votes: dict[str, Votes], rng: np.random.Generator) -> Takes:
    """Compose takes of balanced labels, as `composition` says."""
    label = rng.integers(0, len(BASIC_EMOTIONS), _TAKES)
    neutral_words = rng.random(_TAKES) < NEUTRAL_WORDS_SHARE
    moving = rng.random(_TAKES) < MOVING_FACES_SHARE
    congruent = np.where(moving, MOVING_FACE_CONGRUENT, STILL_FACE_CONGRUENT)
    other = rng.random(_TAKES) > congruent
    shown = np.where(other, rng.integers(0, len(BASIC_EMOTIONS), _TAKES), label)
    wanted = {
        "face": shown,
        "prosody": label,
        "transcript": np.where(neutral_words, BASIC_EMOTIONS.index("neutral"), label),
    }
    shares, quality, parts = [], [], {}
    for name in MODALITIES:
        chosen = parts[name] = _draw(votes[name].label, wanted[name], rng)
        shares.append(votes[name].shares[chosen])
        quality.append(votes[name].quality[chosen])
    trust = np.where(moving, _MOVING_TRUST, 1.0)
    shares[0] = trust[:, None] * shares[0] + (1 - trust[:, None]) / len(BASIC_EMOTIONS)
    quality[0] = trust * quality[0]
    present = np.ones((_TAKES, len(MODALITIES)))
    missing = np.flatnonzero(rng.random(_TAKES) < _MISSING_SHARE)
    present[missing, rng.integers(0, len(MODALITIES), len(missing))] = 0
    return Takes(np.stack(shares, 1), np.stack(quality, 1) * present, label, parts)


def fit(takes: Takes) -> tuple[Floats, Floats]:
    """Fit weights [modality] and usual votes [modality, 7] by maximum likelihood."""
    size, labels = len(MODALITIES), len(BASIC_EMOTIONS)

    def loss(packed: Floats) -> float:
        weights, usual = (
            np.exp(packed[:size]),
            softmax(packed[size:].reshape(-1, labels)),
        )
        fused = pool_takes(takes, weights, usual)
        right = fused[np.arange(len(takes.label)), takes.label]
        return float(-np.log(right).mean() + _RIDGE * np.square(packed).mean())

    packed = minimize(loss, np.zeros(size + size * labels), method="L-BFGS-B").x
    return np.exp(packed[:size]), softmax(packed[size:].reshape(-1, labels))


def pool_takes(takes: Takes, weights: Floats, usual: Floats) -> Floats:
    """Apply the pool of `fuse.log_pool` to all takes at once: float [n, 7]."""
    logits = np.log(np.maximum(takes.shares, FLOOR)) - np.log(usual)
    return softmax(np.einsum("nm,m,nmk->nk", takes.quality, weights, logits))


def _draw(
    label: NDArray[np.int64], wanted: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw indices with the wanted labels."""
    chosen = np.zeros(len(wanted), dtype=np.int64)
    for emotion in range(len(BASIC_EMOTIONS)):
        places = np.flatnonzero(wanted == emotion)
        chosen[places] = rng.choice(np.flatnonzero(label == emotion), len(places))
    return chosen
