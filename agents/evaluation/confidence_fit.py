"""Confidence and prediction sets of a pool with a further expert, fitted on its clips.

Confidence stays near the one that ships where clips are few; sets are split conformal.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from affectgraph.agents.evaluation.metrics import Bools, Floats

COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
# The weights that ship count as much as this many clips.
_PRIOR_CLIPS = 20.0
_STEPS = 50


def fit_confidence(
    features: Sequence[Mapping[str, float]],
    right: Bools,
    shipped: Mapping[str, float],
) -> dict[str, float]:
    """Fit a logistic regression of being right, drawn towards the weights that ship.

    Args:
        features: `calibration.confidence_features` of each answer.
        right: Whether the answer was right, [n].
        shipped: Weight of each feature, and `constant`.

    Returns:
        Weights in the form of `shipped`; no feature counts against being right.
    """
    names = [*shipped]
    x = np.array([[row.get(name, 1.0) for name in names] for row in features])
    start = np.array([shipped[name] for name in names])
    lowest = np.array([-np.inf if n == "constant" else 0.0 for n in names])
    ridge = _PRIOR_CLIPS / len(x)
    weights = start
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-x @ weights))
        slope = x.T @ (p - right) / len(x) + ridge * (weights - start)
        curve = (x * (p * (1 - p))[:, None]).T @ x / len(x)
        step = np.linalg.solve(curve + ridge * np.eye(len(names)), slope)
        weights = np.maximum(weights - step, lowest)
    return dict(zip(names, weights.round(4).tolist(), strict=True))


def fit_thresholds(right: Floats) -> dict[str, float]:
    """Threshold of prediction sets for each coverage.

    Args:
        right: Probability of the right label of each clip, [n].
    """
    return {
        f"{coverage:g}": round(conformal_threshold(right, coverage), 5)
        for coverage in COVERAGES
    }


def conformal_threshold(right: Floats, coverage: float) -> float:
    """Return the threshold that a share of right labels reaches (split conformal).

    Args:
        right: Probability of the right label of each take.
        coverage: The share.
    """
    place = int((1.0 - coverage) * (len(right) + 1))
    return float(np.sort(right)[place - 1]) if place else 0.0
