"""How sure an answer may be, and how far it may be trusted: fitted to votes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from affectgraph.tools.face.training_data import Faces

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Calibration:
    """Between what a network says and the votes of people.

    Attributes:
        temperature: What logits are divided by.
        bias: float32 [8], what is added to logits first: rare classes count more while
            it learns, so that it names them too often.
    """

    temperature: float
    bias: Array


def calibrate(logits: Sequence[Array], votes: Sequence[Array]) -> Calibration:
    """The calibration of least divergence from votes, every set counting the same.

    Args:
        logits: float32 [n, 8] each.
        votes: float32 [n, 8] each, shares; faces without any are passed over.
    """
    pairs = [
        (torch.from_numpy(rows[told]), torch.from_numpy(shares[told]))
        for rows, shares in zip(logits, votes, strict=True)
        if (told := shares.sum(axis=1) > 0).any()
    ]
    cold = torch.zeros(1, requires_grad=True)
    bias = torch.zeros(8, requires_grad=True)
    solver = torch.optim.LBFGS([cold, bias], max_iter=100)

    def step() -> Tensor:
        solver.zero_grad()
        loss = 0.01 * bias.square().mean()
        for rows, shares in pairs:
            likely = ((rows + bias) * cold.exp()).log_softmax(1)
            loss = loss - (shares * likely).sum() / len(rows)
        loss.backward()
        return loss

    solver.step(step)
    temperature = float(torch.exp(-cold).item())
    return Calibration(round(temperature, 4), bias.detach().numpy().round(4))


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


def fit_quality(
    terms: Array, right: NDArray[np.bool_], *, ridge: float = 1e-3
) -> dict[str, float | list[float]]:
    """Logistic regression of being right, as a contract's offset and slopes.

    Args:
        terms: float32 [n, k], in the order of `window.quality`.
        right: bool [n].
        ridge: How much large slopes cost, for standardised terms.
    """
    middle, spread = terms.mean(axis=0), np.maximum(terms.std(axis=0), 1e-3)
    inputs = torch.from_numpy((terms - middle) / spread).float()
    truth = torch.from_numpy(right).float()
    slopes = torch.zeros(inputs.shape[1], requires_grad=True)
    offset = torch.zeros(1, requires_grad=True)
    solver = torch.optim.LBFGS([slopes, offset], max_iter=200)

    def step() -> Tensor:
        solver.zero_grad()
        score = inputs @ slopes + offset
        loss = functional.binary_cross_entropy_with_logits(score, truth)
        loss = loss + ridge * slopes.square().sum()
        loss.backward()
        return loss

    solver.step(step)
    found = slopes.detach().numpy() / spread
    start = float(offset.item() - found @ middle)
    return {
        "offset": round(start, 4),
        "slopes": [round(float(slope), 4) for slope in found],
    }
