"""Training recipe of the decision: `affectgraph train decision`.

It fits confidence, prediction sets, abstention, and the weight of the checks, on takes
composed of evidence about faces, voices and words that the senses were not fitted on.
Figures are cross-validated: faces, speakers and dialogues of a fold have no part in
fitting its parameters.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from affectgraph.agents.training.decision.checked_takes import (
    CheckedTake,
    TakesByKind,
    compose_and_check,
    decide_folds,
    prediction_sets,
)
from affectgraph.agents.training.decision.composition import MODALITIES
from affectgraph.agents.training.decision.figures import (
    decision_gain,
    print_risk_coverage,
)
from affectgraph.agents.training.decision.pieces import FOLDS, load_pieces
from affectgraph.graphs.verdict import calibration
from affectgraph.graphs.verdict.nodes.fuse import PoolParameters, pool_parameters
from affectgraph.tools.emotions import Distribution, top
from affectgraph.tools.io.atomic_write import atomic_write_text

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


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Fit the decision, print the figures of the card, write `decision.json`.

    Args:
        data: A folder in the shared layout.
        out: Folder of `decision.json`, of voices cached by the prosody recipe, and of
            `fusion.json`, which is used if it is there.
        seed: Of the pieces and the takes.
    """
    file = out / "fusion.json"
    fusion = pool_parameters()
    if file.is_file():
        fusion = PoolParameters.model_validate_json(file.read_text())
    stock = compose_and_check(load_pieces(data, out, seed=seed), fusion, seed=seed)
    takes = [take for fold in stock["mixed"] for take in fold]
    parameters = fit_out_of_fold(stock)
    weights = NO_CHECK_WEIGHTS
    if any(parameters[0].slow.values()):
        weights = fit_check_weights(takes)
    fitted = fit_parameters(takes, weights)
    encoded = json.dumps(fitted.model_dump(), indent=1)
    atomic_write_text(out / "decision.json", f"{encoded}\n")
    print_risk_coverage(decide_folds(stock["mixed"], parameters))
    for kind, folds in stock.items():
        _report(kind, folds, parameters)


def fit_out_of_fold(stock: TakesByKind) -> list[calibration.DecisionParameters]:
    """Fit parameters for each fold on the mixed takes of the other folds.

    The checks have weights only if that helps.
    """
    others = [
        [
            take
            for number, fold in enumerate(stock["mixed"])
            if number != out
            for take in fold
        ]
        for out in range(FOLDS)
    ]
    weights = [fit_check_weights(takes) for takes in others]
    if not slow_answer_helps(stock, weights):
        weights = [NO_CHECK_WEIGHTS] * FOLDS
    return [
        fit_parameters(takes, each) for takes, each in zip(others, weights, strict=True)
    ]


def slow_answer_helps(
    stock: TakesByKind, check_weights: Sequence[dict[str, float]]
) -> bool:
    """Return whether answers with check weights beat those of fusion alone.

    They do if the likelihood of mixed takes rises significantly, and accuracy does not
    fall for any kind of take.
    """
    print("check weights:", *check_weights)
    helps = True
    for kind, folds in stock.items():
        fast = decide_folds(folds, None)
        shares = [
            calibration.slow_answer(one.fused, one.checks, weights)
            for fold, weights in zip(folds, check_weights, strict=True)
            for one in fold
        ]
        gains = decision_gain(fast, replace(fast, shares=shares))
        for name, gain in gains.items():
            interval = f"[{gain.low:+.4f}, {gain.high:+.4f}]"
            print(f"  {kind}: {name} {gain.value:+.4f} {interval}")
        helps &= gains["accuracy"].value >= 0.0
        helps &= kind != "mixed" or gains["log_likelihood"].low > 0.0
    return helps


def fit_check_weights(takes: Sequence[CheckedTake]) -> dict[str, float]:
    """Fit a weight of at least zero per kind of check by maximum likelihood.

    A check that holds never counts against its hypothesis.
    """
    fast = np.log(np.maximum(_shares(takes), calibration.LEAST))
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
    answers = [calibration.slow_answer(one.fused, one.checks, slow) for one in takes]
    rows = _rows(takes, answers)
    right = np.array(
        [top(a) == one.take.label for a, one in zip(answers, takes, strict=True)]
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


def _report(
    kind: str,
    folds: Sequence[Sequence[CheckedTake]],
    parameters: Sequence[calibration.DecisionParameters],
) -> None:
    fast, full = decide_folds(folds, None), decide_folds(folds, parameters)
    takes = [one for fold in folds for one in fold]
    print(f"{kind}, {len(takes)} takes")
    print(f"  fast: {fast.summary()}\n  full: {full.summary()}")
    thresholds = [fitted.least_confidence for fitted in parameters]
    answered = full.confidence >= np.repeat(thresholds, len(folds[0]))
    rejected = full.right[~answered].mean() if not answered.all() else 0.0
    print(
        f"  answers {answered.mean():.3f} of them, {full.right[answered].mean():.3f} "
        f"right; of the others {rejected:.3f} would be"
    )
    conflict = np.array([bool(one.fused.conflicts) for one in takes])
    for coverage in (0.8, 0.9, 0.95):
        sets = prediction_sets(folds, parameters, coverage)
        held = np.array([o.take.label in s for o, s in zip(takes, sets, strict=True)])
        print(
            f"  sets at {coverage}: hold {held.mean():.3f}, in conflict "
            f"{held[conflict].mean():.3f}, else {held[~conflict].mean():.3f}; "
            f"{np.mean([len(each) for each in sets]):.1f} labels"
        )


def _thresholds(
    takes: Sequence[CheckedTake], answers: Sequence[Distribution]
) -> dict[str, dict[str, float]]:
    right: dict[str, list[float]] = {calibration.ANY: []}
    for one, answer in zip(takes, answers, strict=True):
        for name in (calibration.ANY, calibration.situation(one.fused)):
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
            **calibration.features(one.fused, answer, one.checks),
        }
        rows.append([values.get(name, 0.0) for name in FEATURES])
    return np.array(rows)


def _shares(takes: Sequence[CheckedTake]) -> Floats:
    return np.array([list(one.fused.distribution.values()) for one in takes])


def _labels(takes: Sequence[CheckedTake]) -> NDArray[np.int64]:
    return np.array([one.label for one in takes])
