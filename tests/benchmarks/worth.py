"""What a check is worth to confidence: told by `decision.py` of the takes it has kept.

How often the answer is right where the check holds, fails, or cannot tell; and what it
gains when confidence, as it was learned without the check, may be moved by it: one
weight, fitted on the other folds, judged by the log-likelihood of being right.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from affectgraph.agents.evaluation.bootstrap import mean_interval
from affectgraph.agents.training.decision.checked_takes import CheckedTake
from affectgraph.graphs.verdict import calibration as sure
from affectgraph.tools.emotions import top_emotion

HEAD = (
    "| check | takes | who answers | n | right where it holds | fails | neither | "
    "weight | log-likelihood gained |\n|---|---|---|---|---|---|---|---|---|"
)
KINDS = ("counterfactual", "physical", "cases", "blind")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """A take, which fold it is of, and the numbers that know nothing of that fold."""

    one: CheckedTake
    fold: int
    numbers: sure.DecisionParameters


def rows(answers: Sequence[Answer], takes: str, name: str) -> Iterator[str]:
    """A row for each kind of check that these answers had."""
    for kind in KINDS:
        asked = [a for a in answers if any(c.kind == kind for c in a.one.checks)]
        if asked:
            yield f"| {kind} | {takes} | {name} | {_row(kind, asked)} |"


def _row(kind: str, answers: Sequence[Answer]) -> str:
    shares = [a.one.fused.distribution for a in answers]
    pairs = zip(answers, shares, strict=True)
    right = np.array([top_emotion(share) == a.one.take.label for a, share in pairs])
    said = np.array([_said(kind, a.one) for a in answers])
    cells = [str(len(answers))]
    for value in (1.0, -1.0, 0.0):
        some = right[said == value]
        cells.append(f"{some.mean():.2f} of {len(some)}" if len(some) else "-")
    weight, gained = _gain(kind, answers, right)
    gain = mean_interval(gained, [a.one.take.group for a in answers])
    cells += [
        f"{weight:+.2f}",
        f"{gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]",
    ]
    return " | ".join(cells)


def _said(kind: str, one: CheckedTake) -> float:
    return sure.latest_results(one.checks)[top_emotion(one.fused.distribution)].get(
        kind, 0.0
    )


def _gain(
    kind: str, answers: Sequence[Answer], right: NDArray[np.bool_]
) -> tuple[float, Floats]:
    """The mean weight, and what each take gains by it."""
    found = [
        sure.confidence_features(a.one.fused, a.one.fused.distribution, a.one.checks)
        for a in answers
    ]
    told = np.array([each.get(kind, 0.0) for each in found])
    certain = np.array(
        [
            sure.confidence(each, {**a.numbers.confidence, kind: 0.0})
            for a, each in zip(answers, found, strict=True)
        ]
    )
    odds = np.log(certain / (1.0 - certain))
    fold = np.array([a.fold for a in answers])
    gained, weights = np.zeros(len(answers)), []
    for number in np.unique(fold):
        others = fold != number

        def loss(weight: float, others: NDArray[np.bool_] = others) -> float:
            return -float(_likely(odds + weight * told, right)[others].sum())

        weight = minimize_scalar(loss, bounds=(-5.0, 5.0), method="bounded").x
        after, before = (_likely(odds + w * told, right) for w in (weight, 0.0))
        gained[~others] = (after - before)[~others]
        weights.append(weight)
    return float(np.mean(weights)), gained


def _likely(odds: Floats, right: NDArray[np.bool_]) -> Floats:
    return -np.log1p(np.exp(np.where(right, -odds, odds)))
