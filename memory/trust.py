"""Trust in a memory: how much its cases may move the answer, measured on themselves.

Each case is left out in turn: its label is predicted from what the senses gave when it
was added, with and without what the other cases say. The weight of the cases is the one
that predicts best, drawn towards zero by a Gaussian prior. It is above zero only if the
95% interval of the paired gain in log loss is.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from affectgraph.tools.evidence import Frozen

Floats = NDArray[np.float64]

_WEIGHTS = np.concatenate([[0.0], np.geomspace(0.1, 40.0, 50)])
# Precision of the prior of the weight.
_SHRINKAGE = 0.04
MIN_JUDGED = 5
# In nats: a surer gain than chance finds in large memories with shuffled labels.
_LEAST_GAIN = 0.01
# Student's t exceeds it with a probability of 2.5%, by degrees of freedom.
_T_FREEDOM = (4, 5, 6, 7, 8, 10, 12, 15, 20, 30, 60, 1_000)
_T_BOUND = (2.78, 2.57, 2.45, 2.36, 2.31, 2.23, 2.18, 2.13, 2.09, 2.04, 2.00, 1.96)
# Twice the log-likelihood falls by 3.84 at the ends of a 95% interval (Wilks 1938).
_LIKELIHOOD_DROP = 1.92
_MIN_PROBABILITY = 1e-12


class MemoryTrust(Frozen):
    """Trust in the user's own cases.

    Attributes:
        value: Weight of what the cases say; 0 keeps them from moving the answer.
        low: Lower end of the 95% interval of the weight.
        high: Upper end.
        cases: Number of own cases.
        judged: Number of cases that it was measured on, each left out in turn.
        log_loss_without: Mean log loss of their labels by the senses alone, in nats.
        log_loss: The same with the other cases.
        gain_low: Lower bound of the mean gain, in nats.
    """

    value: float = Field(default=0.0, ge=0.0, le=float(_WEIGHTS[-1]))
    low: float = Field(default=0.0, ge=0.0)
    high: float = Field(default=0.0, ge=0.0)
    cases: int = Field(default=0, ge=0)
    judged: int = Field(default=0, ge=0)
    log_loss_without: float = Field(default=0.0, ge=0.0)
    log_loss: float = Field(default=0.0, ge=0.0)
    gain_low: float = 0.0

    def __str__(self) -> str:
        """Whether the memory helps, in plain words."""
        plural = "" if self.cases == 1 else "s"
        text = f"{self.cases} case{plural} of yours: "
        if self.value:
            return (
                f"{text}log loss {self.log_loss_without:.2f} to {self.log_loss:.2f}, "
                f"each of {self.judged} left out in turn"
            )
        text += "not yet trusted"
        if self.judged < min(self.cases, MIN_JUDGED):
            text += f", only {self.judged} can be judged"
        return text


class JudgedCases(NamedTuple):
    """Cases, each left out in turn.

    Attributes:
        senses: Logarithm of the probabilities that the senses gave, [n, 7].
        evidence: What the other cases say, [n, 7].
        label: Index of the label, [n].
        weight: Of each case in the measurement, [n].
    """

    senses: Floats
    evidence: Floats
    label: NDArray[np.int64]
    weight: Floats


def learn_trust(judged: JudgedCases, cases: int) -> MemoryTrust:
    """Learn the weight of the cases of a memory.

    Args:
        judged: Cases, each left out in turn.
        cases: Number of cases of the memory.
    """
    count = len(judged.label)
    share = judged.weight
    effective = share.sum() ** 2 / np.square(share).sum() if share.any() else 0.0
    if effective < MIN_JUDGED:
        return MemoryTrust(cases=cases, judged=count)
    losses = _losses(judged)
    mean = share @ losses / share.sum()
    bound = _gain_bounds(losses, share, effective)
    penalised = effective * mean + _SHRINKAGE / 2 * np.square(_WEIGHTS)
    proven = np.logical_and.accumulate(np.append(True, bound[1:] > 0))
    proven[1:] &= bound[1:] > _LEAST_GAIN
    best = int(np.where(proven, penalised, np.inf).argmin())
    likely = _WEIGHTS[penalised <= penalised.min() + _LIKELIHOOD_DROP]
    return MemoryTrust(
        value=round(float(_WEIGHTS[best]), 4),
        low=round(float(min(likely[0], _WEIGHTS[best])), 4),
        high=round(float(max(likely[-1], _WEIGHTS[best])), 4),
        cases=cases,
        judged=count,
        log_loss_without=float(mean[0]),
        log_loss=float(mean[best]),
        gain_low=float(bound[best or 1]),
    )


def _losses(judged: JudgedCases) -> Floats:
    """Log loss of each case at each weight, [n, weights]."""
    scores = judged.senses[:, None] + _WEIGHTS[:, None] * judged.evidence[:, None]
    scores = scores - scores.max(axis=2, keepdims=True)
    shares = np.exp(scores)
    rows = np.arange(len(judged.label))
    right = shares[rows, :, judged.label] / shares.sum(axis=2)
    losses: Floats = -np.log(np.maximum(right, _MIN_PROBABILITY))
    return losses


def _gain_bounds(losses: Floats, share: Floats, effective: float) -> Floats:
    """Lower end of the 95% interval of the mean gain at each weight, [weights].

    The cases speak for each other, so their gains are not independent: the variance is
    corrected for that (Nadeau & Bengio 2003, "Inference for the generalization error",
    Machine Learning 52), with one case tested and all others learned from.
    """
    gain = losses[:, :1] - losses
    mean = share @ gain / share.sum()
    freedom = effective - 1.0
    variance = share @ np.square(gain - mean) / share.sum() * effective / freedom
    error = np.sqrt(variance * (1.0 / effective + 1.0 / freedom))
    bounds: Floats = mean - np.interp(freedom, _T_FREEDOM, _T_BOUND) * error
    return bounds
