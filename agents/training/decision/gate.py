"""The gate of the memory prior: how far recalled cases may move the fused answer.

Takes are composed as for the pool, with vectors in the affect space. Space and prosody
head are fitted here without the test speakers, since the shipped ones are fitted on
most of them. Cases come from the training part: never the same clip, nor its speaker.
The gate is fitted on one half of the takes. It opens only if, on the other half,
answers with memory are no less likely, no worse calibrated, and have a recall higher by
more than a point: confidence is fitted on fusion without memory, and would get worse.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize

from affectgraph.agents.evaluation.metrics import mean_recall, softmax, top_ece
from affectgraph.agents.training.affect_space.data import (
    VectorSplit,
    is_test_speaker,
    load_vectors,
)
from affectgraph.agents.training.affect_space.network import Projection
from affectgraph.agents.training.affect_space.recipe import fit as fit_space
from affectgraph.agents.training.decision.composition import MODALITIES
from affectgraph.agents.training.decision.fusion_takes import (
    Floats,
    Takes,
    Votes,
    compose,
    fit,
    pool_takes,
)
from affectgraph.agents.training.prosody.recipe import load_voices
from affectgraph.graphs.verdict.pooling import MemoryGate
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.prosody import head

_CASES_PER_LABEL = 50
_MIN_RECALL_GAIN = 0.01


@dataclass(frozen=True)
class TakesWithMemory:
    """Takes, with the similarity of the nearest case of each emotion, [n, 7]."""

    takes: Takes
    nearest: Floats

    def fused(self, weights: Floats, usual: Floats, gate: MemoryGate) -> Floats:
        """Return the answers, [n, 7], with memory as far as the gate allows."""
        senses = np.log(pool_takes(self.takes, weights, usual))
        return softmax(gate.senses * senses + gate.cases * self.nearest)


def fit_gate(
    votes: dict[str, Votes], data: Path, out: Path, *, seed: int
) -> MemoryGate:
    """Fit the gate, and print the effect of memory on held-out takes.

    Args:
        votes: Of faces and words, with vectors.
        data: A folder in the shared layout.
        out: Folder that caches voices and vectors of the recipes.
        seed: Of the composed takes, the head and the space.

    Returns:
        The gate; closed if memory does not help.
    """
    split = load_vectors(data, out, seed=seed, shipped_head=False)
    network = fit_space(split, seed)
    cases, labels = _cases(split, network, seed)
    rng = np.random.default_rng(seed)
    halves = []
    for first in (True, False):
        parts = {n: v.half(first) for n, v in votes.items() if n != "prosody"}
        parts["prosody"] = _voices(split, data, out, seed, first=first)
        takes = compose(parts, rng)
        vectors = _projected(network, parts, takes)
        halves.append(TakesWithMemory(takes, _nearest(vectors, cases, labels)))
    train_half, test_half = halves
    weights, usual = fit(train_half.takes)

    def loss(packed: Floats) -> float:
        gate = MemoryGate(cases=packed[0], senses=packed[1])
        return _figures(train_half.fused(weights, usual, gate), train_half.takes)[0]

    fitted = minimize(loss, [0.0, 1.0], method="L-BFGS-B", bounds=[(0, 5), (0, 2)]).x
    gate = MemoryGate(cases=round(fitted[0], 4), senses=round(fitted[1], 4))
    without = _figures(test_half.fused(weights, usual, MemoryGate()), test_half.takes)
    with_memory = _figures(test_half.fused(weights, usual, gate), test_half.takes)
    for name, figures in (("fusion", without), ("fusion with memory", with_memory)):
        line = "log loss {:.3f}, calibration error {:.3f}, UAR {:.3f}".format(*figures)
        print(f"{name}, held-out voices: {line}")
    worse = with_memory[0] > without[0] or with_memory[1] > without[1]
    if worse or with_memory[2] < without[2] + _MIN_RECALL_GAIN:
        print(f"{gate} does not help: closed")
        return MemoryGate()
    print(f"{gate} helps: open")
    return gate


def _figures(shares: Floats, takes: Takes) -> tuple[float, float, float]:
    """Compute log loss, calibration error and mean recall."""
    right = shares[np.arange(len(takes.label)), takes.label]
    error = top_ece(shares, takes.label)
    recall = mean_recall(takes.label, shares.argmax(axis=1))
    return float(-np.log(right).mean()), error, recall


def _voices(
    split: VectorSplit, data: Path, out: Path, seed: int, *, first: bool
) -> Votes:
    """Return votes on recordings of every second test speaker."""
    voices = load_voices(data, out, seed=seed)
    held_out = is_test_speaker(voices)
    test = split.test["prosody"]
    seconds, speaker = voices.seconds[held_out], voices.speaker[held_out]
    shares = test.shares.astype(float)
    pairs = zip(shares.max(axis=1), seconds, strict=True)
    quality = np.array([head.estimate_quality(float(c), float(s)) for c, s in pairs])
    chosen = np.isin(speaker, np.unique(speaker)[0 if first else 1 :: 2])
    votes = Votes(shares, quality, test.label, test.vectors)
    return votes.take(np.flatnonzero(chosen))


def _cases(
    split: VectorSplit, network: Projection, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Make cases like those of the seed memory: vectors [n, d] and labels [n]."""
    rng = np.random.default_rng(seed)
    vectors, labels = [], []
    for number, name in enumerate(MODALITIES):
        cases = split.train[name].sample_per_label(_CASES_PER_LABEL, rng)
        inputs = [
            cases.vectors
            if other == name
            else np.zeros((len(cases.label), split.train[other].vectors.shape[1]))
            for other in MODALITIES
        ]
        present = np.eye(len(MODALITIES))[[number] * len(cases.label)]
        vectors.append(_run(network, inputs, present))
        labels.append(cases.label)
    return np.concatenate(vectors), np.concatenate(labels)


def _projected(
    network: Projection, parts: dict[str, Votes], takes: Takes
) -> NDArray[np.float32]:
    inputs = []
    for name in MODALITIES:
        vectors = parts[name].vectors
        if vectors is None:
            raise ValueError(f"votes of {name} without vectors")
        inputs.append(vectors[takes.parts[name]])
    return _run(network, inputs, (takes.quality > 0).astype(float))


def _run(
    network: Projection, inputs: list[NDArray[np.floating]], present: Floats
) -> NDArray[np.float32]:
    tensors = [torch.tensor(x, dtype=torch.float32) for x in (*inputs, present)]
    with torch.no_grad():
        vectors: NDArray[np.float32] = network(*tensors).numpy()
    return vectors


def _nearest(
    vectors: NDArray[np.float32],
    cases: NDArray[np.float32],
    labels: NDArray[np.int64],
) -> Floats:
    """Return the similarity of the nearest case of each emotion: [n, 7]."""
    case_cosines = cases @ cases.T
    background = float(case_cosines[labels[:, None] != labels].mean())
    cosines = vectors @ cases.T
    nearest = [
        cosines[:, labels == emotion].max(axis=1)
        for emotion in range(len(BASIC_EMOTIONS))
    ]
    similarity = (np.stack(nearest, axis=1) - background) / (1.0 - background)
    return np.asarray(np.clip(similarity, 0.0, 1.0), np.float64)
