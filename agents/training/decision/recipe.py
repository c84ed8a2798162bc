"""How the decision was learned: `affectgraph train decision`.

On takes composed of what the senses say about faces, voices and words that they did
not learn from: how sure to be, which labels to keep, when to abstain, and whether the
checks may move the answer. Figures are of takes whose faces, speakers and dialogues had
no part in learning: each fold in turn is judged by what the others taught.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from affectgraph.agents.training.decision.figures import gain, print_curve
from affectgraph.agents.training.decision.judged import (
    Judged,
    Stock,
    joined,
    observe,
    sets_of,
)
from affectgraph.agents.training.decision.material import FOLDS, MODALITIES, material
from affectgraph.graphs.verdict import calibration as sure
from affectgraph.graphs.verdict.nodes.fuse import PoolParameters, pool_parameters
from affectgraph.tools.emotions import Distribution, top_emotion
from affectgraph.tools.io.atomic_write import atomic_write_text

Floats = NDArray[np.float64]

COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
# Checks that code makes without a memory: the others were not measured.
CHECKS = ("counterfactual", "physical")

STILL = dict.fromkeys(CHECKS, 0.0)

# Which way each of them may count; what is not named may count either way.
_RAISES = ("log_odds", "margin", "quality", *CHECKS)
_LOWERS = ("moved", "conflict")
_WITH = tuple(f"with {modality}" for modality in MODALITIES)
FEATURES = ("constant", *_WITH, *_RAISES, *_LOWERS)
_RIDGE = 1e-3
_POOREST = 0.01
# A wrong answer costs so much of what a right one is worth.
_COST = 0.5


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Learn to decide, print the figures of the card, write `decision.json`.

    Args:
        data: A folder in the shared layout.
        out: Where `decision.json` goes; where voices were kept by the prosody recipe;
            and where `fusion.json` is taken from, if it is there.
        seed: Of the material and the takes.
    """
    own = out / "fusion.json"
    shipped = (
        PoolParameters.model_validate_json(own.read_text()) if own.is_file() else None
    )
    stock = observe(
        material(data, out, seed=seed), shipped or pool_parameters(), seed=seed
    )
    everything = [take for fold in stock["mixed"] for take in fold]
    numbers = out_of_fold(stock)
    moves = any(numbers[0].slow.values())
    learned = fit(everything, fit_slow(everything) if moves else STILL)
    told = json.dumps(learned.model_dump(), indent=1)
    atomic_write_text(out / "decision.json", f"{told}\n")
    print_curve(joined(stock["mixed"], numbers))
    for kind, folds in stock.items():
        _report(kind, folds, numbers)


def out_of_fold(stock: Stock) -> list[sure.DecisionParameters]:
    """For each fold the numbers that the mixed takes of the others teach.

    The checks may move the answer only if that is found to help.
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
    slow = [fit_slow(takes) for takes in others]
    if not helps(stock, slow):
        slow = [STILL] * FOLDS
    return [fit(takes, each) for takes, each in zip(others, slow, strict=True)]


def helps(stock: Stock, slow: Sequence[dict[str, float]]) -> bool:
    """Whether the slow answer beats the fast one.

    It does if it makes the labels of mixed takes likelier beyond chance, and does not
    make fewer of them right in any kind of take.
    """
    print("slow answers:", *slow)
    found = True
    for kind, folds in stock.items():
        fast = joined(folds, None)
        shares = [
            sure.apply_checks(one.fused, one.checks, weights)
            for fold, weights in zip(folds, slow, strict=True)
            for one in fold
        ]
        gained = gain(fast, replace(fast, shares=shares))
        for name, (value, low, high) in gained.items():
            print(f"  {kind}: {name} {value:+.4f} [{low:+.4f}, {high:+.4f}]")
        found &= gained["accuracy"][0] >= 0.0
        found &= kind != "mixed" or gained["log_likelihood"][1] > 0.0
    return found


def fit_slow(takes: Sequence[Judged]) -> dict[str, float]:
    """Weight of each kind of check under which the labels are likeliest; none below 0.

    A check that holds may not count against its hypothesis.
    """
    fast = np.log(np.maximum(_shares(takes), sure.MIN_PROBABILITY))
    told = np.array(
        [
            [[each.get(kind, 0.0) for kind in CHECKS] for each in latest.values()]
            for latest in (sure.latest_results(one.checks) for one in takes)
        ]
    )
    label = _labels(takes)

    def loss(weights: Floats) -> float:
        scores = fast + told @ weights
        right = scores[np.arange(len(label)), label]
        above = np.log(np.exp(scores).sum(axis=1)) - right
        return float(above.mean() + _RIDGE * np.square(weights).sum())

    bounds = [(0.0, None)] * len(CHECKS)
    found = minimize(loss, np.zeros(len(CHECKS)), method="L-BFGS-B", bounds=bounds).x
    return dict(zip(CHECKS, found.round(4).tolist(), strict=True))


def fit(takes: Sequence[Judged], slow: dict[str, float]) -> sure.DecisionParameters:
    """Confidence, thresholds and limits, for a slow answer of these weights."""
    answers = [sure.apply_checks(one.fused, one.checks, slow) for one in takes]
    rows = _rows(takes, answers)
    right = np.array(
        [
            top_emotion(a) == one.take.label
            for a, one in zip(answers, takes, strict=True)
        ]
    )
    weights = fit_confidence(rows, right)
    certain = 1.0 / (1.0 + np.exp(-rows @ weights))
    return sure.DecisionParameters(
        confidence=dict(zip(FEATURES, weights.round(4).tolist(), strict=True)),
        slow=slow,
        thresholds=_thresholds(takes, answers),
        least_confidence=round(worth_answering(certain, right), 4),
        least_quality={name: _poorest(takes, name) for name in MODALITIES},
    )


def worth_answering(certain: Floats, right: NDArray[np.bool_]) -> float:
    """The least confidence at which answering gains more than it costs.

    The place on the risk-coverage curve where right answers less half the wrong ones
    are most (Chow 1970, "On optimum recognition error and reject tradeoff").
    """
    order = np.argsort(-certain, kind="stable")
    gained = np.cumsum(np.where(right[order], 1.0, -_COST))
    return float(certain[order[int(gained.argmax())]])


def fit_confidence(rows: Floats, right: NDArray[np.bool_]) -> Floats:
    """Logistic regression of being right, each feature counting its own way only."""
    sign = np.where(right, 1.0, -1.0)

    def loss(weights: Floats) -> float:
        doubt = np.logaddexp(0.0, -sign * (rows @ weights))
        return float(doubt.mean() + _RIDGE * np.square(weights[1:]).sum())

    bounds = [
        (0.0 if name in _RAISES else None, 0.0 if name in _LOWERS else None)
        for name in FEATURES
    ]
    start = np.zeros(rows.shape[1])
    found: Floats = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    return found


def least_probable(right: Floats, coverage: float) -> float:
    """The threshold that so many right labels reach (split conformal).

    Args:
        right: Probability of the right label in each take.
        coverage: How many should reach it.
    """
    place = int((1.0 - coverage) * (len(right) + 1))
    return float(np.sort(right)[place - 1]) if place else 0.0


def _report(
    kind: str,
    folds: Sequence[Sequence[Judged]],
    numbers: Sequence[sure.DecisionParameters],
) -> None:
    fast, full = joined(folds, None), joined(folds, numbers)
    takes = [one for fold in folds for one in fold]
    print(f"{kind}, {len(takes)} takes\n  fast: {fast.line()}\n  full: {full.line()}")
    least = np.repeat([each.least_confidence for each in numbers], len(folds[0]))
    kept = full.confidence >= least
    print(
        f"  answers {kept.mean():.3f} of them, {full.right[kept].mean():.3f} right; of "
        f"the others {full.right[~kept].mean() if (~kept).any() else 0.0:.3f} would be"
    )
    torn = np.array([bool(one.fused.conflicts) for one in takes])
    for coverage in (0.8, 0.9, 0.95):
        sets = sets_of(folds, numbers, coverage)
        held = np.array([o.take.label in s for o, s in zip(takes, sets, strict=True)])
        print(
            f"  sets at {coverage}: hold {held.mean():.3f}, in conflict "
            f"{held[torn].mean():.3f}, else {held[~torn].mean():.3f}; "
            f"{np.mean([len(each) for each in sets]):.1f} labels"
        )


def _thresholds(
    takes: Sequence[Judged], answers: Sequence[Distribution]
) -> dict[str, dict[str, float]]:
    right: dict[str, list[float]] = {sure.ANY_SITUATION: []}
    for one, answer in zip(takes, answers, strict=True):
        for name in (sure.ANY_SITUATION, sure.situation(one.fused)):
            right.setdefault(name, []).append(answer[one.take.label])
    return {
        name: {
            f"{coverage:g}": round(least_probable(np.array(found), coverage), 5)
            for coverage in COVERAGES
        }
        for name, found in sorted(right.items())
    }


def _poorest(takes: Sequence[Judged], modality: str) -> float:
    found = [t.fused.quality[modality] for t in takes if modality in t.fused.quality]
    return round(float(np.quantile(found, _POOREST)), 4)


def _rows(takes: Sequence[Judged], answers: Sequence[Distribution]) -> Floats:
    rows = []
    for one, answer in zip(takes, answers, strict=True):
        found = {
            "constant": 1.0,
            **sure.confidence_features(one.fused, answer, one.checks),
        }
        rows.append([found.get(name, 0.0) for name in FEATURES])
    return np.array(rows)


def _shares(takes: Sequence[Judged]) -> Floats:
    return np.array([list(one.fused.distribution.values()) for one in takes])


def _labels(takes: Sequence[Judged]) -> NDArray[np.int64]:
    return np.array([one.label for one in takes])
