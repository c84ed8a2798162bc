"""Figures of the decision on takes that it was not learned on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution, top_emotion

Floats = NDArray[np.float64]

_BINS = 15
_RESAMPLES = 1000


@dataclass(frozen=True)
class Answered:
    """What was answered to n takes.

    Attributes:
        label: The label of each.
        group: Who speaks: what is resampled together.
        shares: Distribution of each.
        confidence: That its top label is right, [n].
    """

    label: Sequence[str]
    group: Sequence[str]
    shares: Sequence[Distribution]
    confidence: Floats

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the top label is the label, [n]."""
        pairs = zip(self.shares, self.label, strict=True)
        return np.array([top_emotion(share) == label for share, label in pairs])

    @property
    def log_likelihood(self) -> Floats:
        """Of each label, [n]."""
        pairs = zip(self.shares, self.label, strict=True)
        return np.log([max(share[label], 1e-4) for share, label in pairs])

    def line(self) -> str:
        """Accuracy, UAR, log loss, calibration error and area under risk-coverage."""
        right, label = self.right, np.array(self.label)
        recalls = [right[label == e].mean() for e in BASIC_EMOTIONS if e in label]
        loss = -self.log_likelihood.mean()
        return (
            f"accuracy {right.mean():.3f}, UAR {np.mean(recalls):.3f}, log loss "
            f"{loss:.3f}, ECE {ece(self.confidence, right):.3f}, AURC "
            f"{aurc(self.confidence, right):.3f}"
        )


def gain(before: Answered, after: Answered) -> Mapping[str, tuple[float, float, float]]:
    """What answers gain on others to the same takes: value and 95% interval.

    Returns:
        `accuracy` and `log_likelihood`, a take; bootstrapped by group.
    """
    found = {
        "accuracy": after.right.astype(float) - before.right,
        "log_likelihood": after.log_likelihood - before.log_likelihood,
    }
    return {name: interval(each, before.group) for name, each in found.items()}


def ece(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Expected calibration error, 15 bins of equal width."""
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    total = np.zeros(_BINS)
    np.add.at(total, bins, confidence - right)
    return float(np.abs(total).sum() / len(right))


def aurc(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Area under the risk-coverage curve, the surest answers first."""
    order = np.argsort(-confidence, kind="stable")
    return float((np.cumsum(~right[order]) / np.arange(1, len(right) + 1)).mean())


def print_curve(answers: Answered) -> None:
    """Print how many of the surest answers are wrong, and the least sure of them."""
    order = np.argsort(-answers.confidence, kind="stable")
    wrong = ~answers.right[order]
    print("share answered, least confidence, share of these that are wrong:")
    for share in np.arange(1.0, 0.0, -0.1):
        n = max(1, round(share * len(order)))
        print(
            f"  {share:.1f} {answers.confidence[order[n - 1]]:.3f} "
            f"{wrong[:n].mean():.3f}"
        )


def interval(gained: Floats, group: Sequence[str]) -> tuple[float, float, float]:
    """The mean of values, and its 95% interval, bootstrapped by group."""
    names, index = np.unique(np.asarray(group), return_inverse=True)
    total = np.bincount(index, gained)
    size = np.bincount(index)
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), _RESAMPLES)
    means = drawn @ total / (drawn @ size)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(gained.mean()), float(low), float(high)
