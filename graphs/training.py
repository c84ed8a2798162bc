"""How fusion was trained: `affectgraph train fusion`.

No corpus here has faces, voices and words together, so the takes are put together:
a face, a voice and words of the same label, each from material that its sense did not
learn from. What is known of real takes is built in and said in the card: a fifth of the
words carry no emotion whatever the label, a face may show another emotion than the
take is labelled with (a fifth of still faces, over half of moving ones), and half of
the takes lack one sense.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from affectgraph.graphs.fuse import FLOOR
from affectgraph.tools import onnx
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.face import expression, training_data
from affectgraph.tools.prosody import head, training_validation
from affectgraph.tools.prosody.training import heard_voices
from affectgraph.tools.transcript import training_data as texts
from affectgraph.tools.transcript.emotion import classify

Floats = NDArray[np.float64]

MODALITIES = ("face", "prosody", "transcript")
_COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
_TAKES = 6000
_MISSING = 0.5
_PLAIN_WORDS = 0.2
_MOVING = 0.7
_MOVING_RIGHT = 0.45
_STILL_RIGHT = 0.8
_RIDGE = 0.01
_BATCH = 256


@dataclass(frozen=True)
class Votes:
    """What one sense said about n pieces of material that it did not learn from.

    Attributes:
        shares: Its distributions, float [n, 7].
        quality: Its own quality, float [n].
        label: Index of the label, [n].
    """

    shares: Floats
    quality: Floats
    label: NDArray[np.int64]

    def half(self, first: bool) -> "Votes":
        """One half, without chance: material is kept in the order of its speakers."""
        middle = len(self.label) // 2
        part = slice(None, middle) if first else slice(middle, None)
        return Votes(self.shares[part], self.quality[part], self.label[part])


@dataclass(frozen=True)
class Takes:
    """Composed takes.

    Attributes:
        shares: float [n, modality, 7].
        quality: float [n, modality]; zero where the modality is missing.
        label: [n].
    """

    shares: Floats
    quality: Floats
    label: NDArray[np.int64]


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Fit the pool, print its figures beside the senses alone, write `fusion.json`.

    Args:
        data: A folder in the shared layout.
        out: Where `fusion.json` goes, and where voices were kept by the prosody recipe.
        seed: Of the composed takes.
    """
    votes = {
        "face": _faces(data),
        "prosody": _voices(data, out, seed),
        "transcript": _words(data),
    }
    rng = np.random.default_rng(seed)
    learned = compose({m: v.half(True) for m, v in votes.items()}, rng)
    unseen = compose({m: v.half(False) for m, v in votes.items()}, rng)
    weights, usual = fit(learned)
    fused = pooled(unseen, weights, usual)
    _report(unseen, fused)
    contract = {
        "weights": dict(zip(MODALITIES, weights.round(4).tolist(), strict=True)),
        "usual": {
            name: dict(zip(BASIC_EMOTIONS, row.round(5).tolist(), strict=True))
            for name, row in zip(MODALITIES, usual, strict=True)
        },
        "other": round(float(weights.min()), 4),
        "thresholds": _thresholds(unseen, fused),
    }
    (out / "fusion.json").write_text(json.dumps(contract, indent=1) + "\n")


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
    shares, quality = [], []
    for name in MODALITIES:
        chosen = _drawn(votes[name].label, wanted[name], rng)
        shares.append(votes[name].shares[chosen])
        quality.append(votes[name].quality[chosen])
    trust = np.where(moving, expression.MOVING_TRUST, 1.0)
    shares[0] = trust[:, None] * shares[0] + (1 - trust[:, None]) / len(BASIC_EMOTIONS)
    quality[0] = trust * quality[0]
    present = np.ones((_TAKES, len(MODALITIES)))
    lacking = np.flatnonzero(rng.random(_TAKES) < _MISSING)
    present[lacking, rng.integers(0, len(MODALITIES), len(lacking))] = 0
    return Takes(np.stack(shares, 1), np.stack(quality, 1) * present, label)


def fit(takes: Takes) -> tuple[Floats, Floats]:
    """Weights [modality] and usual votes [modality, 7] of least negative likelihood."""
    size, labels = len(MODALITIES), len(BASIC_EMOTIONS)

    def loss(packed: Floats) -> float:
        weights, usual = (
            np.exp(packed[:size]),
            _softmax(packed[size:].reshape(-1, labels)),
        )
        fused = pooled(takes, weights, usual)
        right = fused[np.arange(len(takes.label)), takes.label]
        return float(-np.log(right).mean() + _RIDGE * np.square(packed).mean())

    found = minimize(loss, np.zeros(size + size * labels), method="L-BFGS-B").x
    return np.exp(found[:size]), _softmax(found[size:].reshape(-1, labels))


def pooled(takes: Takes, weights: Floats, usual: Floats) -> Floats:
    """The pool of `fuse.log_pool`, for all takes at once: float [n, 7]."""
    told = np.log(np.maximum(takes.shares, FLOOR)) - np.log(usual)
    return _softmax(np.einsum("nm,m,nmk->nk", takes.quality, weights, told))


def _faces(data: Path) -> Votes:
    faces = training_data.read(data / "faces" / "fer2013_validation.npz")
    readings = [
        expression.classify(list(faces.pixels[first : first + _BATCH]))
        for first in range(0, len(faces.pixels), _BATCH)
    ]
    shares = np.concatenate([reading.probabilities for reading in readings])
    quality = np.array([q for reading in readings for q in reading.qualities])
    return Votes(shares.astype(float), quality, faces.labels)


def _voices(data: Path, out: Path, seed: int) -> Votes:
    """Every recording, read by a head that has not heard its speaker."""
    voices, scores = heard_voices(data, out, seed=seed)
    cold = onnx.load(head.HEAD).contract["temperature"]["cold"]
    shares = training_validation.softmax(scores, cold)
    confidence = shares.max(axis=1)
    pairs = zip(confidence, voices.seconds, strict=True)
    quality = np.array([head.quality(float(c), float(s)) for c, s in pairs])
    order = np.argsort(voices.speaker, kind="stable")
    return Votes(shares[order], quality[order], voices.emotion[order])


def _words(data: Path) -> Votes:
    lines = texts.dialogues(data / "text", "dev")
    readings = classify([line.text for line in lines])
    shares = np.array([list(reading.distribution.values()) for reading in readings])
    quality = np.array([reading.quality for reading in readings])
    return Votes(shares, quality, texts.classes(lines))


def _drawn(
    label: NDArray[np.int64], wanted: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Indices of material with the labels wanted."""
    chosen = np.zeros(len(wanted), dtype=np.int64)
    for emotion in range(len(BASIC_EMOTIONS)):
        places = np.flatnonzero(wanted == emotion)
        chosen[places] = rng.choice(np.flatnonzero(label == emotion), len(places))
    return chosen


def _thresholds(takes: Takes, fused: Floats) -> dict[str, float]:
    """Least probability of a label in a set, for each coverage (split conformal)."""
    right = np.sort(fused[np.arange(len(fused)), takes.label])
    return {
        f"{coverage:g}": round(float(right[int((1 - coverage) * (len(right) + 1))]), 5)
        for coverage in _COVERAGES
    }


def _report(takes: Takes, fused: Floats) -> None:
    answers = {
        name: np.where(
            takes.quality[:, [m]] > 0, takes.shares[:, m], 1 / len(BASIC_EMOTIONS)
        )
        for m, name in enumerate(MODALITIES)
    }
    sizes = [
        (fused >= least).sum(axis=1).mean()
        for least in _thresholds(takes, fused).values()
    ]
    print("labels in a set:", dict(zip(_COVERAGES, np.round(sizes, 1), strict=True)))
    size = len(MODALITIES)
    flat = np.full((size, len(BASIC_EMOTIONS)), 1 / len(BASIC_EMOTIONS))
    answers["equal weights"] = pooled(takes, np.ones(size), flat)
    answers["learned"] = fused
    for name, shares in answers.items():
        top = shares.argmax(axis=1)
        recalls = [
            (top[takes.label == e] == e).mean() for e in range(len(BASIC_EMOTIONS))
        ]
        error = training_validation.calibration_error(shares, takes.label)
        print(f"{name}: UAR {np.mean(recalls):.3f}, calibration error {error:.3f}")


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return result
