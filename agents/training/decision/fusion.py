"""How fusion was trained: `affectgraph train fusion`.

No corpus here has faces, voices and words together, so the takes are put together:
a face, a voice and words of the same label, each from material that its sense did not
learn from. What is known of real takes is built in and said in the card: a fifth of the
words carry no emotion whatever the label, a face may show another emotion than the
take is labelled with (a fifth of still faces, over half of moving ones), and half of
the takes lack one sense.
"""

import json
from pathlib import Path

import numpy as np

from affectgraph.agents.training.decision.gate import learn_gate
from affectgraph.agents.training.decision.takes import (
    MODALITIES,
    Floats,
    Takes,
    Votes,
    compose,
    fit,
    pooled,
)
from affectgraph.agents.training.face import data as training_data
from affectgraph.agents.training.prosody import validation
from affectgraph.agents.training.prosody.recipe import heard_voices
from affectgraph.agents.training.transcript import data as texts
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.face import expression
from affectgraph.tools.io.atomic_write import atomic_write_text
from affectgraph.tools.prosody import head
from affectgraph.tools.transcript.emotion import classify
from affectgraph.tools.weights import onnx

_BATCH = 256


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
        "gate": learn_gate(votes, data, out, seed=seed).model_dump(),
    }
    atomic_write_text(out / "fusion.json", json.dumps(contract, indent=1) + "\n")


def _faces(data: Path) -> Votes:
    faces = training_data.read(data / "faces" / "fer2013_validation.npz")
    readings = [
        expression.classify(list(faces.pixels[first : first + _BATCH]))
        for first in range(0, len(faces.pixels), _BATCH)
    ]
    shares = np.concatenate([reading.probabilities for reading in readings])
    quality = np.array([q for reading in readings for q in reading.qualities])
    vectors = np.concatenate([reading.embeddings for reading in readings])
    return Votes(shares.astype(float), quality, faces.labels, vectors)


def _voices(data: Path, out: Path, seed: int) -> Votes:
    """Every recording, read by a head that has not heard its speaker."""
    voices, scores = heard_voices(data, out, seed=seed)
    cold = onnx.load(head.HEAD).contract["temperature"]["cold"]
    shares = validation.softmax(scores, cold)
    confidence = shares.max(axis=1)
    pairs = zip(confidence, voices.seconds, strict=True)
    quality = np.array([head.estimate_quality(float(c), float(s)) for c, s in pairs])
    order = np.argsort(voices.speaker, kind="stable")
    return Votes(shares[order], quality[order], voices.emotion[order])


def _words(data: Path) -> Votes:
    lines = texts.dialogues(data / "text", "dev")
    readings = classify([line.text for line in lines])
    shares = np.array([list(reading.distribution.values()) for reading in readings])
    quality = np.array([reading.quality for reading in readings])
    vectors = np.stack([reading.embedding for reading in readings])
    return Votes(shares, quality, texts.classes(lines), vectors)


def _report(takes: Takes, fused: Floats) -> None:
    answers = {
        name: np.where(
            takes.quality[:, [m]] > 0, takes.shares[:, m], 1 / len(BASIC_EMOTIONS)
        )
        for m, name in enumerate(MODALITIES)
    }
    size = len(MODALITIES)
    flat = np.full((size, len(BASIC_EMOTIONS)), 1 / len(BASIC_EMOTIONS))
    answers["equal weights"] = pooled(takes, np.ones(size), flat)
    answers["learned"] = fused
    for name, shares in answers.items():
        top = shares.argmax(axis=1)
        recalls = [
            (top[takes.label == e] == e).mean() for e in range(len(BASIC_EMOTIONS))
        ]
        error = validation.calibration_error(shares, takes.label)
        print(f"{name}: UAR {np.mean(recalls):.3f}, calibration error {error:.3f}")
