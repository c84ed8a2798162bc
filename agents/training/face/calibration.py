"""How sure an answer may be, and how far it may be trusted: fitted to votes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from affectgraph.agents.training.face.data import Faces
from affectgraph.tools.face.window import softmax

Array = NDArray[np.float32]


# How far the frequency of the emotions among the photographs is taken out, in shares of
# its logarithm. Most of those faces are neutral or happy; in other collections fewer
# are, and in clips fewest. For photographs it is a compromise between the accuracy on
# them and the recall of rare emotions elsewhere; it was set with CK+ in view (card).
STILL_LEVEL = 0.3
MOVING_LEVEL = 0.5
_RIDGE = 1e-4


@dataclass(frozen=True)
class VoteCalibration:
    """Between what a network says and the votes of people.

    Attributes:
        bias: Eight numbers that are added to logits first, in favour of what is rare
            among photographs.
        temperature: What logits are divided by then.
    """

    bias: list[float]
    temperature: float


def calibrate(logits: Array, votes: Array, level: float) -> VoteCalibration:
    """Favour what is rare among photographs; then the least divergence from votes.

    Args:
        logits: float32 [n, 8].
        votes: float32 [n, 8], shares; faces without any are passed over.
        level: How far the frequency of the emotions is taken out, 0 to 1.
    """
    voted = votes.sum(axis=1) > 0
    logits, votes = logits[voted], votes[voted]
    frequency = np.log(softmax(logits).mean(axis=0))
    bias = (-level * frequency).astype(np.float32).round(4)
    rows, shares = torch.from_numpy(logits + bias), torch.from_numpy(votes)
    cold = torch.zeros(1, requires_grad=True)
    solver = torch.optim.LBFGS([cold], max_iter=100)

    def step() -> Tensor:
        solver.zero_grad()
        likely = (rows * cold.exp()).log_softmax(1)
        loss = -(shares * likely).sum() / len(rows)
        loss.backward()
        return loss

    solver.step(step)
    temperature = round(float(torch.exp(-cold).item()), 4)
    return VoteCalibration(bias.tolist(), temperature)


def spoil(faces: Faces, chance: np.random.Generator) -> Faces:
    """The same faces seen worse: shrunk, blurred or dark, each at random."""
    import cv2

    spoiled = []
    for face in faces.pixels:
        side = int(chance.integers(8, 49))
        small = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
        enlarged = cv2.resize(small, (48, 48), interpolation=cv2.INTER_LINEAR)
        light = float(np.exp(chance.uniform(np.log(0.03), 0.0)))
        noisy = enlarged * light + chance.normal(0.0, 2.0, enlarged.shape)
        spoiled.append(np.clip(np.round(noisy), 0, 255).astype(np.uint8))
    return Faces(np.stack(spoiled), faces.labels, faces.votes)


def fit_quality(
    terms: Array, right: NDArray[np.bool_], signs: Sequence[int]
) -> dict[str, float | list[float]]:
    """Logistic regression of being right, as a contract's offset and slopes.

    Args:
        terms: float32 [n, k], in the order of `quality.quality_terms`.
        right: bool [n].
        signs: 1 for a term that can only raise the quality, -1 for one that can only
            lower it: what the faces at hand happen to show otherwise is not believed.
    """
    middle, spread = terms.mean(axis=0), np.maximum(terms.std(axis=0), 1e-3)
    inputs = torch.from_numpy((terms - middle) / spread).float()
    truth = torch.from_numpy(right).float()
    raw = torch.full((inputs.shape[1],), -2.0, requires_grad=True)
    offset = torch.zeros(1, requires_grad=True)
    solver = torch.optim.LBFGS([raw, offset], max_iter=300)
    sign = torch.tensor(signs).float()

    def step() -> Tensor:
        solver.zero_grad()
        score = inputs @ (sign * functional.softplus(raw)) + offset
        loss = functional.binary_cross_entropy_with_logits(score, truth)
        loss = loss + _RIDGE * raw.square().sum()
        loss.backward()
        return loss

    solver.step(step)
    slopes = (sign * functional.softplus(raw)).detach().numpy() / spread
    start = float(offset.item() - slopes @ middle)
    return {
        "offset": round(start, 4),
        "slopes": [round(float(slope), 4) for slope in slopes],
    }
