"""Fitting of confidence, prediction sets and abstention on fused takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from affectgraph.agents.evaluation.confidence_fit import COVERAGES, conformal_threshold
from affectgraph.agents.training.decision.takes import Take
from affectgraph.graphs.schema import Fused
from affectgraph.graphs.verdict import calibration
from affectgraph.graphs.verdict.parameters import ANY_SITUATION
from affectgraph.tools.emotions import top_emotion

Floats = NDArray[np.float64]

CONFIDENCE_FEATURES = ("log_odds", "equal weights")
_CONFIDENCE_RIDGE = 1e-3
# Cost of a wrong answer, relative to the value of a right one.
_WRONG_COST = 0.5
_MAX_SHORTFALL, _MIN_GROUP = 0.05, 100


@dataclass(frozen=True)
class FusedTake:
    """A take, and the fused answer about it."""

    take: Take
    fused: Fused

    @property
    def right(self) -> bool:
        """Whether the answer is what most people say."""
        return top_emotion(self.fused.distribution) == self.take.label


def fit_confidence(fused: Sequence[FusedTake]) -> dict[str, float]:
    """Fit a logistic regression of being right; no feature may count against it."""
    rows = [calibration.confidence_features(each.fused) for each in fused]
    x = np.array([[row[name] for name in CONFIDENCE_FEATURES] for row in rows])
    x = np.concatenate([np.ones((len(x), 1)), x], axis=1)
    sign = np.array([1.0 if each.right else -1.0 for each in fused])

    def loss(weights: Floats) -> float:
        log_loss = np.logaddexp(0.0, -sign * (x @ weights))
        penalty = _CONFIDENCE_RIDGE * np.square(weights[1:]).sum()
        return float(log_loss.mean() + penalty)

    bounds = [(None, None), *[(0.0, None)] * len(CONFIDENCE_FEATURES)]
    weights = minimize(loss, np.zeros(x.shape[1]), method="L-BFGS-B", bounds=bounds).x
    names = ("constant", *CONFIDENCE_FEATURES)
    return dict(zip(names, weights.round(4).tolist(), strict=True))


def fit_thresholds(fused: Sequence[FusedTake]) -> dict[str, dict[str, float]]:
    """Fit the thresholds of prediction sets, by situation.

    A corpus counts as a group: on none may coverage fall short by more than
    `_MAX_SHORTFALL` (Vovk 2012, "Conditional validity of inductive conformal
    predictors").
    """
    situations: dict[str, list[FusedTake]] = {ANY_SITUATION: list(fused)}
    for each in fused:
        situations.setdefault(calibration.situation(each.fused), []).append(each)
    return {
        name: {
            f"{coverage:g}": round(_threshold(takes, coverage), 5)
            for coverage in COVERAGES
        }
        for name, takes in sorted(situations.items())
    }


def _threshold(fused: Sequence[FusedTake], coverage: float) -> float:
    """Threshold that holds over all takes, and nearly so on each corpus."""
    right = np.array([e.fused.distribution[e.take.label] for e in fused])
    thresholds = [conformal_threshold(right, coverage)]
    for corpus in {name for each in fused for name in each.take.corpora}:
        rows = np.array([corpus in each.take.corpora for each in fused])
        if rows.sum() >= _MIN_GROUP:
            least = coverage - _MAX_SHORTFALL
            thresholds.append(conformal_threshold(right[rows], least))
    return min(thresholds)


def abstention_threshold(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Return the lowest confidence at which answering gains more than it costs.

    It is the point of the risk-coverage curve with the most right answers less half
    the wrong ones (Chow 1970, "On optimum recognition error and reject tradeoff").
    """
    order = np.argsort(-confidence, kind="stable")
    gain = np.cumsum(np.where(right[order], 1.0, -_WRONG_COST))
    return float(confidence[order[int(gain.argmax())]])
