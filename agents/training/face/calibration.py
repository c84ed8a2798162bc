"""One answer from two ways of labelling, and how sure it may be."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from affectgraph.agents.training.face.data import Faces, as_input
from affectgraph.agents.training.face.figures import accuracy, mean_recall
from affectgraph.agents.training.face.network import ExpressionNetwork
from affectgraph.tools.face.expression import log_odds, softmax

Array = NDArray[np.float32]


# Accuracy hoped for on FER2013 labels and on the FERPlus majority.
HOPED = (0.67, 0.82)


@dataclass(frozen=True)
class Blend:
    """How the two heads become one.

    Attributes:
        votes: Weight of the head that learned FERPlus votes; the FER2013 head has the
            rest.
        level: How far the frequency of the emotions among photographs is taken out:
            0 not at all, 1 wholly.
        log_prior: float32 [7], logarithm of the mean prediction before levelling.
    """

    votes: float
    level: float
    log_prior: Array

    def __call__(self, votes: Array, labels: Array) -> Array:
        """Logits [n, 7] from those of the two heads, [n, 8] and [n, 7]."""
        mixed = self.votes * votes[:, :7] + (1.0 - self.votes) * labels
        result: Array = mixed - self.level * self.log_prior
        return result


def heads(network: ExpressionNetwork, faces: Faces) -> tuple[Array, Array]:
    """Logits of both heads, averaged over each face and its mirror image."""
    rows = []
    with torch.no_grad():
        for index in torch.arange(len(faces.labels)).split(256):
            batch = as_input(faces, index)
            plain, mirrored = network(batch), network(batch.flip(3))
            rows.append([(a + b) / 2.0 for a, b in zip(plain, mirrored, strict=True)])
    votes, labels, _ = (torch.cat(part).numpy() for part in zip(*rows, strict=True))
    return votes, labels


def choose_blend(votes: Array, labels: Array, faces: Faces) -> Blend:
    """The blend that serves both labellings, and rare emotions.

    The two disagree on every third face, so one answer cannot be best at both. The
    worse of the two accuracies counts, each against what it is hoped to reach
    (`HOPED`), and half the mean recall on FER2013 labels.
    """
    known = faces.majority >= 0

    def build(share: float, level: float) -> Blend:
        plain = Blend(share, 0.0, np.zeros(7, np.float32))(votes, labels)
        return Blend(share, level, np.log(softmax(plain).mean(0)))

    def worth(blend: Blend) -> float:
        answer = blend(votes, labels).argmax(1)
        labelled = accuracy(answer, faces.labels) / HOPED[0]
        voted = accuracy(answer[known], faces.majority[known]) / HOPED[1]
        return min(labelled, voted) + 0.5 * mean_recall(answer, faces.labels)

    grid = product(np.linspace(0.0, 1.0, 11), np.linspace(0.0, 0.5, 6))
    return max((build(float(s), float(level)) for s, level in grid), key=worth)


def choose_temperature(logits: Array, faces: Faces) -> float:
    """The temperature of least surprise, over both labellings together."""
    known = faces.majority >= 0
    rows = torch.from_numpy(np.concatenate([logits, logits[known]]))
    truth = torch.from_numpy(np.concatenate([faces.labels, faces.majority[known]]))
    grid = np.geomspace(0.3, 3.0, 200)
    return float(
        min(grid, key=lambda t: functional.cross_entropy(rows / t, truth).item())
    )


def spoil(faces: Faces, chance: np.random.Generator) -> Faces:
    """The same faces seen worse: shrunk, blurred or dark, each at random."""
    import cv2

    spoiled = []
    for face in faces.pixels:
        side = int(chance.integers(8, 49))
        small = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
        seen = cv2.resize(small, (48, 48), interpolation=cv2.INTER_LINEAR)
        light = float(np.exp(chance.uniform(np.log(0.03), 0.0)))
        noisy = seen * light + chance.normal(0.0, 2.0, seen.shape)
        spoiled.append(np.clip(np.round(noisy), 0, 255).astype(np.uint8))
    return Faces(np.stack(spoiled), faces.labels, faces.votes)


def fit_quality(logits: Array, faces: Faces) -> dict[str, float]:
    """Logistic regression of being right (on the FERPlus majority)."""
    known = faces.majority >= 0
    likely = softmax(logits)[known]
    odds = torch.tensor([log_odds(float(p.max())) for p in likely])
    right = torch.from_numpy(likely.argmax(1) == faces.majority[known]).float()
    slope = torch.ones(1, requires_grad=True)
    offset = torch.zeros(1, requires_grad=True)
    solver = torch.optim.LBFGS([slope, offset], max_iter=200)

    def step() -> Tensor:
        solver.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(slope * odds + offset, right)
        loss.backward()
        return loss

    solver.step(step)
    return {"slope": round(slope.item(), 4), "offset": round(offset.item(), 4)}
