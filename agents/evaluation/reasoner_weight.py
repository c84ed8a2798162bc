"""How much a judge deserves to count: its weight on top of a pool, by cross-fitting.

The judge is one more expert of a logarithmic pool: log p(e) + weight (r(e) - bias(e)).
The bias is what it says of all clips together, so that a judge that always prefers an
emotion adds nothing. Both sides of the comparison have a temperature of their own, so
that a judge gains nothing by making a pool more or less sure. Folds hold whole groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.agents.evaluation.bootstrap import (
    Figure,
    mean_interval,
    score_interval,
)
from affectgraph.agents.evaluation.metrics import Floats, Ints, softmax

MAX_WEIGHT = 5.0
# Fewer clips, or groups, tell nothing.
MIN_CLIPS, MIN_GROUPS = 20, 5
_FOLDS = 5
_MIN_TEMPERATURE, _MAX_TEMPERATURE = 0.2, 5.0
_RIDGE, _STEPS = 1e-2, 30
_RESAMPLES = 200


@dataclass(frozen=True)
class WeightFit:
    """A judge on n clips.

    Attributes:
        weight: Fitted on all clips, with its interval; 0 if the gain does not open it.
        bias: Mean judgement of each emotion, [7].
        gain: In log loss over the pool, in nats a clip, cross-fitted.
        pooled: Cross-fitted distributions with the judge, [n, 7].
    """

    weight: Figure
    bias: Floats
    gain: Figure
    pooled: Floats

    @property
    def is_open(self) -> bool:
        """Whether the lower bound of the gain is above zero."""
        return self.weight.value > 0


def fit_weight(
    pool: Floats, judged: Floats, labels: Ints, groups: Sequence[str]
) -> WeightFit:
    """Fit the weight of a judge.

    Args:
        pool: Log-probabilities of the pool, [n, 7].
        judged: Log-probabilities of the judge, less their mean, [n, 7].
        labels: Index of the right emotion, [n].
        groups: Speaker or dialogue of each clip, [n].
    """
    fold = _folds(groups)
    pooled = softmax(pool)
    gain, gain_in_temperature = np.zeros(len(labels)), np.zeros(len(labels))
    for test in range(fold.max() + 1):
        train, held = fold != test, fold == test
        if not train.any():
            continue
        bias = judged[train].mean(axis=0)
        centred = judged - bias
        weight = _fit(pool[train], centred[train], labels[train])
        with_judge = pool[held] + weight * centred[held]
        pooled[held] = softmax(with_judge)
        gain[held] = _loss(pool[held], labels[held]) - _loss(with_judge, labels[held])
        alone, both = _tempered(pool, centred, labels, train, held)
        gain_in_temperature[held] = _loss(alone, labels[held]) - _loss(
            both, labels[held]
        )
    figure = mean_interval(gain, groups)
    tempered = mean_interval(gain_in_temperature, groups)
    enough = len(labels) >= MIN_CLIPS and len(set(groups)) >= MIN_GROUPS
    is_open = enough and figure.low > 0 and tempered.low > 0
    bias = judged.mean(axis=0)
    shut = Figure(value=0.0, low=0.0, high=0.0)
    fitted = _weight(pool, judged - bias, labels, groups) if is_open else shut
    return WeightFit(fitted, bias, figure, pooled)


def _weight(
    pool: Floats, judged: Floats, labels: Ints, groups: Sequence[str]
) -> Figure:
    """The weight on all rows, with an interval over resampled groups."""

    def fit(rows: Ints) -> float:
        return _fit(pool[rows], judged[rows], labels[rows])

    return score_interval(np.asarray(groups), fit, resamples=_RESAMPLES)


def _folds(groups: Sequence[str]) -> Ints:
    """Fold of each row; the rows of a group are in one."""
    names, group = np.unique(np.asarray(groups), return_inverse=True)
    shuffled = np.random.default_rng(0).permutation(len(names))
    fold: Ints = (shuffled % min(_FOLDS, len(names)))[group]
    return fold


def _tempered(
    pool: Floats, judged: Floats, labels: Ints, train: Floats, held: Floats
) -> tuple[Floats, Floats]:
    """Scores of held rows by a tempered pool, and by one with the judge, [m, 7]."""
    nothing = np.zeros_like(judged)
    scores = []
    for expert in (nothing, judged):
        temperature, weight = _fit_both(pool[train], expert[train], labels[train])
        scores.append(temperature * pool[held] + weight * expert[held])
    return scores[0], scores[1]


def _fit(pool: Floats, judged: Floats, labels: Ints) -> float:
    """The weight from 0 to `MAX_WEIGHT` with the least log loss, by Newton's method."""
    weight = 0.0
    for _ in range(_STEPS):
        shares = softmax(pool + weight * judged)
        mean = (shares * judged).sum(axis=1)
        right = judged[np.arange(len(labels)), labels]
        slope = float((mean - right).mean()) + _RIDGE * weight
        spread = float(((shares * judged**2).sum(axis=1) - mean**2).mean()) + _RIDGE
        step = float(np.clip(slope / spread, -0.5, 0.5))
        weight = float(np.clip(weight - step, 0.0, MAX_WEIGHT))
    return weight


def _fit_both(pool: Floats, judged: Floats, labels: Ints) -> tuple[float, float]:
    """Inverse temperature of the pool, and weight of the judge, by turns."""
    temperature, weight = 1.0, 0.0
    zeros = np.zeros_like(pool)
    for _ in range(3):
        weight = _fit(temperature * pool, judged, labels)
        temperature = _fit(zeros + weight * judged, pool, labels)
        temperature = float(np.clip(temperature, _MIN_TEMPERATURE, _MAX_TEMPERATURE))
    return temperature, weight


def _loss(scores: Floats, labels: Ints) -> Floats:
    shares = softmax(scores)[np.arange(len(labels)), labels]
    result: Floats = -np.log(np.maximum(shares, 1e-9))
    return result
