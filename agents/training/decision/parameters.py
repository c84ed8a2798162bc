"""Parameters of the decision, fitted on checked takes: confidence, sets, abstention."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from affectgraph.agents.training.decision.checked_takes import CheckedTake
from affectgraph.agents.training.decision.composition import MODALITIES
from affectgraph.graphs.verdict import calibration
from affectgraph.tools.emotions import Distribution, top_emotion

Floats = NDArray[np.float64]

COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
# Checks by code that need no memory; others were not measured.
CHECKS = ("counterfactual", "physical")

NO_CHECK_WEIGHTS = dict.fromkeys(CHECKS, 0.0)

# Features with a weight of at least, or at most, zero; others are free.
_NONNEGATIVE = ("log_odds", "margin", "quality", *CHECKS)
_NONPOSITIVE = ("moved", "conflict")
_MODALITY_FEATURES = tuple(f"with {modality}" for modality in MODALITIES)
FEATURES = ("constant", *_MODALITY_FEATURES, *_NONNEGATIVE, *_NONPOSITIVE)
_RIDGE = 1e-3
_MIN_QUALITY_QUANTILE = 0.01
# Cost of a wrong answer, relative to the value of a right one.
_WRONG_COST = 0.5


def fit_check_weights(takes: Sequence[CheckedTake]) -> dict[str, float]:
    """Fit a weight of at least zero per kind of check by maximum likelihood.

    A check that holds never counts against its hypothesis.
    """
    fast = np.log(np.maximum(_shares(takes), calibration.MIN_PROBABILITY))
    results = np.array(
        [
            [[each.get(kind, 0.0) for kind in CHECKS] for each in latest.values()]
            for latest in (calibration.latest_results(one.checks) for one in takes)
        ]
    )
    label = _labels(takes)

    def loss(weights: Floats) -> float:
        scores = fast + results @ weights
        right = scores[np.arange(len(label)), label]
        above = np.log(np.exp(scores).sum(axis=1)) - right
        return float(above.mean() + _RIDGE * np.square(weights).sum())

    bounds = [(0.0, None)] * len(CHECKS)
    weights = minimize(loss, np.zeros(len(CHECKS)), method="L-BFGS-B", bounds=bounds).x
    return dict(zip(CHECKS, weights.round(4).tolist(), strict=True))


def fit_parameters(
    takes: Sequence[CheckedTake], slow: dict[str, float]
) -> calibration.DecisionParameters:
    """Fit confidence, thresholds and limits, for answers with these check weights."""
    answers = [calibration.apply_checks(one.fused, one.checks, slow) for one in takes]
    rows = _rows(takes, answers)
    right = np.array(
        [
            top_emotion(a) == one.take.label
            for a, one in zip(answers, takes, strict=True)
        ]
    )
    weights = fit_confidence(rows, right)
    confidence = 1.0 / (1.0 + np.exp(-rows @ weights))
    return calibration.DecisionParameters(
        confidence=dict(zip(FEATURES, weights.round(4).tolist(), strict=True)),
        slow=slow,
        thresholds=_thresholds(takes, answers),
        least_confidence=round(abstention_threshold(confidence, right), 4),
        least_quality={name: _min_quality(takes, name) for name in MODALITIES},
    )


def abstention_threshold(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Return the lowest confidence at which answering gains more than it costs.

    It is the point of the risk-coverage curve with the most right answers less half
    the wrong ones (Chow 1970, "On optimum recognition error and reject tradeoff").
    """
    order = np.argsort(-confidence, kind="stable")
    gain = np.cumsum(np.where(right[order], 1.0, -_WRONG_COST))
    return float(confidence[order[int(gain.argmax())]])


def fit_confidence(rows: Floats, right: NDArray[np.bool_]) -> Floats:
    """Fit a logistic regression of being right, with signs of weights constrained."""
    sign = np.where(right, 1.0, -1.0)

    def loss(weights: Floats) -> float:
        log_loss = np.logaddexp(0.0, -sign * (rows @ weights))
        return float(log_loss.mean() + _RIDGE * np.square(weights[1:]).sum())

    bounds = [
        (0.0 if name in _NONNEGATIVE else None, 0.0 if name in _NONPOSITIVE else None)
        for name in FEATURES
    ]
    start = np.zeros(rows.shape[1])
    weights: Floats = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    return weights


def conformal_threshold(right: Floats, coverage: float) -> float:
    """Return the threshold that a share of right labels reaches (split conformal).

    Args:
        right: Probability of the right label of each take.
        coverage: The share.
    """
    place = int((1.0 - coverage) * (len(right) + 1))
    return float(np.sort(right)[place - 1]) if place else 0.0


def _thresholds(
    takes: Sequence[CheckedTake], answers: Sequence[Distribution]
) -> dict[str, dict[str, float]]:
    right: dict[str, list[float]] = {calibration.ANY_SITUATION: []}
    for one, answer in zip(takes, answers, strict=True):
        for name in (calibration.ANY_SITUATION, calibration.situation(one.fused)):
            right.setdefault(name, []).append(answer[one.take.label])
    return {
        name: {
            f"{coverage:g}": round(
                conformal_threshold(np.array(probabilities), coverage), 5
            )
            for coverage in COVERAGES
        }
        for name, probabilities in sorted(right.items())
    }


def _min_quality(takes: Sequence[CheckedTake], modality: str) -> float:
    qualities = [
        take.fused.quality[modality] for take in takes if modality in take.fused.quality
    ]
    return round(float(np.quantile(qualities, _MIN_QUALITY_QUANTILE)), 4)


def _rows(takes: Sequence[CheckedTake], answers: Sequence[Distribution]) -> Floats:
    rows = []
    for one, answer in zip(takes, answers, strict=True):
        values = {
            "constant": 1.0,
            **calibration.confidence_features(one.fused, answer, one.checks),
        }
        rows.append([values.get(name, 0.0) for name in FEATURES])
    return np.array(rows)


def _shares(takes: Sequence[CheckedTake]) -> Floats:
    return np.array([list(one.fused.distribution.values()) for one in takes])


def _labels(takes: Sequence[CheckedTake]) -> NDArray[np.int64]:
    return np.array([one.label for one in takes])
