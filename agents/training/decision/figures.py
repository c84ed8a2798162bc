"""Figures of the decision on takes that it was not fitted on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.evaluation.bootstrap import Figure, mean_interval
from affectgraph.agents.evaluation.metrics import aurc, ece, mean_recall
from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution, top_emotion

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Decisions:
    """Decisions about n takes.

    Attributes:
        label: True label of each take.
        group: Speaker of each take; takes of a speaker are resampled together.
        shares: Distribution of each take.
        confidence: That the top label is right, [n].
    """

    label: Sequence[str]
    group: Sequence[str]
    shares: Sequence[Distribution]
    confidence: Floats

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the top label is right, [n]."""
        pairs = zip(self.shares, self.label, strict=True)
        return np.array([top_emotion(share) == label for share, label in pairs])

    @property
    def log_likelihood(self) -> Floats:
        """Of each true label, [n]."""
        pairs = zip(self.shares, self.label, strict=True)
        return np.log([max(share[label], 1e-4) for share, label in pairs])

    def summary(self) -> str:
        """Format accuracy, UAR, log loss, calibration error and AURC."""
        right, loss = self.right, -self.log_likelihood.mean()
        truth = np.array([BASIC_EMOTIONS.index(label) for label in self.label])
        answer = np.array(
            [BASIC_EMOTIONS.index(top_emotion(share)) for share in self.shares]
        )
        return (
            f"accuracy {right.mean():.3f}, UAR {mean_recall(truth, answer):.3f}, "
            f"log loss {loss:.3f}, ECE {ece(self.confidence, right):.3f}, AURC "
            f"{aurc(self.confidence, right):.3f}"
        )


def decision_gain(before: Decisions, after: Decisions) -> Mapping[str, Figure]:
    """Return the gain of decisions over others about the same takes.

    Returns:
        `accuracy` and `log_likelihood` per take; intervals by resampling groups.
    """
    gains = {
        "accuracy": after.right.astype(float) - before.right,
        "log_likelihood": after.log_likelihood - before.log_likelihood,
    }
    return {name: mean_interval(gain, before.group) for name, gain in gains.items()}


def print_risk_coverage(decisions: Decisions) -> None:
    """Print coverage, lowest confidence, and share of wrong decisions."""
    order = np.argsort(-decisions.confidence, kind="stable")
    wrong = ~decisions.right[order]
    print("coverage, lowest confidence, share wrong:")
    for coverage in np.arange(1.0, 0.0, -0.1):
        n = max(1, round(coverage * len(order)))
        print(
            f"  {coverage:.1f} {decisions.confidence[order[n - 1]]:.3f} "
            f"{wrong[:n].mean():.3f}"
        )
