"""Figures about answers: pure functions of arrays, each with a bootstrap interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Frozen

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BINS = 15
RESAMPLES = 1000
_SLOW_RESAMPLES = 200
_CLASSES = len(BASIC_EMOTIONS)


class Figure(Frozen):
    """A value with its 95% interval."""

    value: float
    low: float
    high: float


class PerClass(Frozen):
    """How one class fares; precision and recall in [0, 1]."""

    n: int
    precision: float
    recall: float
    f1: float


class Figures(Frozen):
    """Everything about one configuration on n clips.

    Attributes:
        n: Clips answered.
        abstained: Share of them on which it abstained; they count by their top label.
        accuracy: Share that is right.
        uar: Mean recall over the classes present.
        macro_f1: Mean F1 over the classes present.
        weighted_f1: Mean F1 weighted by class size.
        ece: Expected calibration error, 15 bins of equal width (Naeini et al. 2015).
        aurc: Area under the risk-coverage curve (Geifman & El-Yaniv 2017).
        per_class: By label.
        confusion: True label to answered label to count.
    """

    n: int
    abstained: float
    accuracy: Figure
    uar: Figure
    macro_f1: Figure
    weighted_f1: Figure
    ece: Figure
    aurc: Figure
    per_class: dict[str, PerClass]
    confusion: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Answers:
    """What one configuration answered on n clips.

    Attributes:
        truth: Index of the true label, [n].
        answer: Index of the answered label, [n].
        confidence: Probability that it gives its answer, [n].
        abstained: It would rather not answer, [n].
        groups: What is resampled together, [n].
        quality: Of the sense, where one answers alone; NaN elsewhere, [n].
    """

    truth: Ints
    answer: Ints
    confidence: Floats
    abstained: NDArray[np.bool_]
    groups: Sequence[str]
    quality: Floats


def compute_figures(answers: Answers, *, seed: int = 0) -> Figures:
    """All figures of one configuration; intervals by resampling groups."""
    group = _resampling(answers)
    counted = _counts(answers, group)
    draws = bootstrap_counts(len(counted), seed=seed)
    tables = np.einsum("bg,gij->bij", draws, counted)
    whole = counted.sum(axis=0)[None]
    members = [np.flatnonzero(group == g) for g in range(len(counted))]
    samples = [
        np.concatenate([np.repeat(m, k) for m, k in zip(members, draw, strict=True)])
        for draw in draws[:_SLOW_RESAMPLES]
    ]
    right = answers.truth == answers.answer

    def counts_figure(score: Callable[[Floats], Floats]) -> Figure:
        return percentile_interval(float(score(whole)[0]), score(tables))

    def ranks_figure(score: Callable[[Floats, NDArray[np.bool_]], float]) -> Figure:
        value = score(answers.confidence, right)
        drawn = np.array([score(answers.confidence[s], right[s]) for s in samples])
        # Resampling inflates a calibration error: its bias is taken off.
        return percentile_interval(
            value, np.clip(drawn - drawn.mean() + value, 0.0, 1.0)
        )

    return Figures(
        n=len(right),
        abstained=float(answers.abstained.mean()),
        accuracy=counts_figure(accuracy),
        uar=counts_figure(uar),
        macro_f1=counts_figure(macro_f1),
        weighted_f1=counts_figure(weighted_f1),
        ece=ranks_figure(ece),
        aurc=ranks_figure(aurc),
        per_class=_per_class(whole[0]),
        confusion=_confusion(whole[0]),
    )


def uar_gain(one: Answers, other: Answers, *, seed: int = 0) -> Figure:
    """By how much the UAR of one is above that of the other, on the same clips.

    Both are resampled alike, so the interval is narrower than the two apart suggest.
    """
    group = _resampling(one)
    counted = [_counts(answers, group) for answers in (one, other)]
    draws = bootstrap_counts(len(counted[0]), seed=seed)

    def above(draws: Ints) -> Floats:
        first, second = (uar(np.einsum("bg,gij->bij", draws, c)) for c in counted)
        difference: Floats = first - second
        return difference

    return percentile_interval(float(above(np.ones_like(draws[:1]))[0]), above(draws))


def bootstrap_counts(n: int, *, seed: int = 0) -> Ints:
    """How often each of n things is drawn, in each of 1000 bootstraps, [1000, n]."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(n, np.full(n, 1 / n), RESAMPLES)


def percentile_interval(value: float, drawn: Floats) -> Figure:
    """A value with the 95% interval of what was drawn."""
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Figure(value=value, low=float(low), high=float(high))


def accuracy(tables: Floats) -> Floats:
    """Accuracy of confusion tables [b, true, answered]."""
    right: Floats = np.trace(tables, axis1=1, axis2=2) / tables.sum(axis=(1, 2))
    return right


def uar(tables: Floats) -> Floats:
    """Mean recall over the classes present, of confusion tables."""
    return _mean_present(_recall(tables), tables)


def macro_f1(tables: Floats) -> Floats:
    """Mean F1 over the classes present, of confusion tables."""
    return _mean_present(_f1(tables), tables)


def weighted_f1(tables: Floats) -> Floats:
    """F1 weighted by class size, of confusion tables."""
    sizes = tables.sum(axis=2)
    weighted: Floats = (_f1(tables) * sizes).sum(axis=1) / sizes.sum(axis=1)
    return weighted


def ece(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Mean distance of confidence from accuracy over bins of equal width."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    total = np.zeros(BINS)
    np.add.at(total, bins, confidence - right)
    return float(np.abs(total).sum() / len(right))


def aurc(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Mean risk over all coverages, the surest answers first."""
    return float(risk_curve(confidence, right).mean())


def risk_curve(confidence: Floats, right: NDArray[np.bool_]) -> Floats:
    """Share of wrong answers among the k surest, for k from 1 to n."""
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~right[order])
    result: Floats = wrong / np.arange(1, len(right) + 1)
    return result


def _resampling(answers: Answers) -> Ints:
    """Number of the group of each clip, [n]; each its own where all are of one group.

    One group drawn again and again would give an interval without any width.
    """
    names, group = np.unique(np.asarray(answers.groups), return_inverse=True)
    return group if len(names) > 1 else np.arange(len(group))


def _counts(answers: Answers, group: Ints) -> Floats:
    counted = np.zeros((int(group.max()) + 1, _CLASSES, _CLASSES))
    np.add.at(counted, (group, answers.truth, answers.answer), 1)
    return counted


def _recall(tables: Floats) -> Floats:
    hits = np.diagonal(tables, axis1=1, axis2=2)
    result: Floats = hits / np.maximum(tables.sum(axis=2), 1)
    return result


def _f1(tables: Floats) -> Floats:
    hits = np.diagonal(tables, axis1=1, axis2=2)
    both = tables.sum(axis=2) + tables.sum(axis=1)
    result: Floats = 2 * hits / np.maximum(both, 1)
    return result


def _mean_present(scores: Floats, tables: Floats) -> Floats:
    present = tables.sum(axis=2) > 0
    result: Floats = (scores * present).sum(axis=1) / present.sum(axis=1)
    return result


def _per_class(table: Floats) -> dict[str, PerClass]:
    recall, f1 = _recall(table[None])[0], _f1(table[None])[0]
    precision = np.diag(table) / np.maximum(table.sum(axis=0), 1)
    return {
        label: PerClass(
            n=int(table[i].sum()),
            precision=float(precision[i]),
            recall=float(recall[i]),
            f1=float(f1[i]),
        )
        for i, label in enumerate(BASIC_EMOTIONS)
    }


def _confusion(table: Floats) -> dict[str, dict[str, int]]:
    return {
        true: {said: int(table[i, j]) for j, said in enumerate(BASIC_EMOTIONS)}
        for i, true in enumerate(BASIC_EMOTIONS)
    }
