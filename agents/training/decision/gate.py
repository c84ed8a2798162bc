"""How far recalled cases may move the fused answer: the gate of `prior`.

On takes composed as for the pool, but in the affect space: of faces and words that it
did not learn from, and of voices whose speakers neither it nor the head has heard. Both
are fitted anew for that, for the ones that ship have heard most. The cases are of the
training part: never the same clip, nor its speaker. The gate is fitted on one half of
the material, and opened only if on the other the answers with memory are worth it:
neither less likely nor worse calibrated, and of higher recall by more than a point.
Confidence is learned on fusion without memory, and is not given up for less.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize

from affectgraph.agents.training.affect_space.data import Split, apart, load
from affectgraph.agents.training.affect_space.network import Projection
from affectgraph.agents.training.affect_space.recipe import fit as fit_space
from affectgraph.agents.training.decision.takes import (
    MODALITIES,
    Floats,
    Takes,
    Votes,
    compose,
    fit,
    pooled,
    softmax,
)
from affectgraph.agents.training.prosody.recipe import kept_voices
from affectgraph.agents.training.prosody.validation import (
    calibration_error,
    mean_recall,
)
from affectgraph.graphs.verdict.nodes.fuse import MemoryGate
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.prosody import head

_CASES = 50
_WORTH = 0.01


@dataclass(frozen=True)
class Remembered:
    """Takes, and the similarity of the nearest case of each emotion, [n, 7]."""

    takes: Takes
    nearest: Floats

    def fused(self, weights: Floats, usual: Floats, gate: MemoryGate) -> Floats:
        """The answers, [n, 7], with memory as far as the gate lets it."""
        alone = np.log(pooled(self.takes, weights, usual))
        return softmax(gate.senses * alone + gate.cases * self.nearest)


def learn_gate(
    votes: dict[str, Votes], data: Path, out: Path, *, seed: int
) -> MemoryGate:
    """Fit the gate, print what memory does to unseen takes; shut if not worth it.

    Args:
        votes: Of faces and words, with vectors.
        data: A folder in the shared layout.
        out: Where the recipes keep what they know of the voices.
        seed: Of the composed takes, the head and the space.
    """
    split = load(data, out, seed=seed, heard=False)
    network = fit_space(split, seed)
    cases, labels = _cases(split, network, seed)
    rng = np.random.default_rng(seed)
    halves = []
    for first in (True, False):
        parts = {n: v.half(first) for n, v in votes.items() if n != "prosody"}
        parts["prosody"] = _voices(split, data, out, seed, first=first)
        takes = compose(parts, rng)
        vectors = _projected(network, parts, takes)
        halves.append(Remembered(takes, _nearest(vectors, cases, labels)))
    learned, unseen = halves
    weights, usual = fit(learned.takes)

    def loss(packed: Floats) -> float:
        gate = MemoryGate(cases=packed[0], senses=packed[1])
        return _figures(learned.fused(weights, usual, gate), learned.takes)[0]

    fitted = minimize(loss, [0.0, 1.0], method="L-BFGS-B", bounds=[(0, 5), (0, 2)]).x
    gate = MemoryGate(cases=round(fitted[0], 4), senses=round(fitted[1], 4))
    alone = _figures(unseen.fused(weights, usual, MemoryGate()), unseen.takes)
    together = _figures(unseen.fused(weights, usual, gate), unseen.takes)
    for name, found in (("fusion", alone), ("fusion with memory", together)):
        told = "log loss {:.3f}, calibration error {:.3f}, UAR {:.3f}".format(*found)
        print(f"{name}, voices unheard: {told}")
    worse = together[0] > alone[0] or together[1] > alone[1]
    if worse or together[2] < alone[2] + _WORTH:
        print(f"{gate}, which was not worth it: shut")
        return MemoryGate()
    print(f"{gate}, which was worth it: open")
    return gate


def _figures(shares: Floats, takes: Takes) -> tuple[float, float, float]:
    """Log loss, calibration error and mean recall."""
    right = shares[np.arange(len(takes.label)), takes.label]
    error = calibration_error(shares, takes.label)
    recall = mean_recall(takes.label, shares.argmax(axis=1))
    return float(-np.log(right).mean()), error, recall


def _voices(split: Split, data: Path, out: Path, seed: int, *, first: bool) -> Votes:
    """The recordings of every other of the speakers who were not heard."""
    voices = kept_voices(data, out, seed=seed)
    unheard = apart(voices)
    judged = split.judged["prosody"]
    seconds, speaker = voices.seconds[unheard], voices.speaker[unheard]
    shares = judged.shares.astype(float)
    pairs = zip(shares.max(axis=1), seconds, strict=True)
    quality = np.array([head.estimate_quality(float(c), float(s)) for c, s in pairs])
    chosen = np.isin(speaker, np.unique(speaker)[0 if first else 1 :: 2])
    every = Votes(shares, quality, judged.label, judged.vectors)
    return every.take(np.flatnonzero(chosen))


def _cases(
    split: Split, network: Projection, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Cases like those of the seed memory: vectors [n, d] and labels [n]."""
    chance = np.random.default_rng(seed)
    vectors, labels = [], []
    for number, name in enumerate(MODALITIES):
        some = split.learned[name].some(_CASES, chance)
        given = [
            some.vectors
            if other == name
            else np.zeros((len(some.label), split.learned[other].vectors.shape[1]))
            for other in MODALITIES
        ]
        present = np.eye(len(MODALITIES))[[number] * len(some.label)]
        vectors.append(_run(network, given, present))
        labels.append(some.label)
    return np.concatenate(vectors), np.concatenate(labels)


def _projected(
    network: Projection, parts: dict[str, Votes], takes: Takes
) -> NDArray[np.float32]:
    given = []
    for name in MODALITIES:
        vectors = parts[name].vectors
        if vectors is None:
            raise ValueError(f"votes of {name} without vectors")
        given.append(vectors[takes.parts[name]])
    return _run(network, given, (takes.quality > 0).astype(float))


def _run(
    network: Projection, given: list[NDArray[np.floating]], present: Floats
) -> NDArray[np.float32]:
    tensors = [torch.tensor(one, dtype=torch.float32) for one in (*given, present)]
    with torch.no_grad():
        vectors: NDArray[np.float32] = network(*tensors).numpy()
    return vectors


def _nearest(
    vectors: NDArray[np.float32],
    cases: NDArray[np.float32],
    labels: NDArray[np.int64],
) -> Floats:
    """Similarity of the nearest case of each emotion, as recall has it: [n, 7]."""
    among = cases @ cases.T
    background = float(among[labels[:, None] != labels].mean())
    cosines = vectors @ cases.T
    nearest = [
        cosines[:, labels == emotion].max(axis=1)
        for emotion in range(len(BASIC_EMOTIONS))
    ]
    above = (np.stack(nearest, axis=1) - background) / (1.0 - background)
    return np.asarray(np.clip(above, 0.0, 1.0), np.float64)
