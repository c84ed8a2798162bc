"""Training recipe of fusion: `affectgraph train fusion`.

It is fitted on takes that are composed as `composition` says: a face, a voice and words
of the same label, each of clips that its sense was not fitted on.
"""

import json
from pathlib import Path

import numpy as np

from affectgraph.agents.evaluation.metrics import mean_recall, softmax, top_ece
from affectgraph.agents.training.decision.composition import MODALITIES
from affectgraph.agents.training.decision.fusion_takes import (
    Floats,
    Takes,
    Votes,
    compose,
    fit,
    pool_takes,
)
from affectgraph.agents.training.decision.gate import fit_gate
from affectgraph.agents.training.face import data as training_data
from affectgraph.agents.training.prosody.recipe import load_held_out_scores
from affectgraph.agents.training.transcript import data as texts
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.face import expression
from affectgraph.tools.io.atomic_write import atomic_write_text
from affectgraph.tools.prosody import head
from affectgraph.tools.transcript.emotion import classify
from affectgraph.tools.weights import onnx

_BATCH = 256


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Fit the pool, print its figures beside single senses, write `fusion.json`.

    Args:
        data: A folder in the shared layout.
        out: Folder of `fusion.json`, and of voices cached by the prosody recipe.
        seed: Of the composed takes.
    """
    votes = {
        "face": _faces(data),
        "prosody": _voices(data, out, seed),
        "transcript": _words(data),
    }
    rng = np.random.default_rng(seed)
    train_takes = compose({m: v.half(True) for m, v in votes.items()}, rng)
    test_takes = compose({m: v.half(False) for m, v in votes.items()}, rng)
    weights, usual = fit(train_takes)
    fused = pool_takes(test_takes, weights, usual)
    _report(test_takes, fused)
    contract = {
        "weights": dict(zip(MODALITIES, weights.round(4).tolist(), strict=True)),
        "usual": {
            name: dict(zip(BASIC_EMOTIONS, row.round(5).tolist(), strict=True))
            for name, row in zip(MODALITIES, usual, strict=True)
        },
        "other": round(float(weights.min()), 4),
        "gate": fit_gate(votes, data, out, seed=seed).model_dump(),
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
    """Return votes on every recording by a head not fitted on its speaker."""
    voices, scores = load_held_out_scores(data, out, seed=seed)
    cold = onnx.load(head.HEAD).contract["temperature"]["cold"]
    shares = softmax(scores, cold)
    confidence = shares.max(axis=1)
    pairs = zip(confidence, voices.seconds, strict=True)
    quality = np.array([head.estimate_quality(float(c), float(s)) for c, s in pairs])
    order = np.argsort(voices.speaker, kind="stable")
    return Votes(shares[order], quality[order], voices.emotion[order])


def _words(data: Path) -> Votes:
    lines = texts.read_dialogues(data / "text", "dev")
    readings = classify([line.text for line in lines])
    shares = np.array([list(reading.distribution.values()) for reading in readings])
    quality = np.array([reading.quality for reading in readings])
    vectors = np.stack([reading.embedding for reading in readings])
    return Votes(shares, quality, texts.class_indices(lines), vectors)


def _report(takes: Takes, fused: Floats) -> None:
    answers = {
        name: np.where(
            takes.quality[:, [m]] > 0, takes.shares[:, m], 1 / len(BASIC_EMOTIONS)
        )
        for m, name in enumerate(MODALITIES)
    }
    size = len(MODALITIES)
    flat = np.full((size, len(BASIC_EMOTIONS)), 1 / len(BASIC_EMOTIONS))
    answers["equal weights"] = pool_takes(takes, np.ones(size), flat)
    answers["learned"] = fused
    for name, shares in answers.items():
        recall = mean_recall(takes.label, shares.argmax(axis=1))
        error = top_ece(shares, takes.label)
        print(f"{name}: UAR {recall:.3f}, calibration error {error:.3f}")
