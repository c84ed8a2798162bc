"""The figures of one configuration on labelled clips, with 95% intervals."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.agents.evaluation import metrics
from affectgraph.agents.evaluation.bootstrap import (
    Figure,
    bootstrap_counts,
    mean_interval,
    percentile_interval,
)
from affectgraph.agents.evaluation.manifest import ManifestRow
from affectgraph.agents.evaluation.metrics import Bools, Floats, Ints, confusion_tables
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Frozen

_MIN_LIKELIHOOD = 1e-4
# Of the metrics that need every clip, not only counts.
_SLOW_RESAMPLES = 200

CHANCE = "chance"
MAJORITY = "majority"


class PerClass(Frozen):
    """Figures of one class; precision and recall in [0, 1]."""

    n: int
    precision: float
    recall: float
    f1: float


class Figures(Frozen):
    """All figures of one configuration on n clips.

    Attributes:
        n: Clips answered.
        abstained: Share of abstentions; they count by their top label.
        accuracy: Share of right answers.
        uar: Mean recall over the classes present.
        macro_f1: Mean F1 over the classes present.
        weighted_f1: Mean F1 weighted by class size.
        ece: Expected calibration error, 15 bins of equal width (Naeini et al. 2015).
        aurc: Area under the risk-coverage curve (Geifman & El-Yaniv 2017).
        log_loss: Mean negative log-likelihood of the true label.
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
    log_loss: Figure
    per_class: dict[str, PerClass]
    confusion: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Answers:
    """What one configuration answered on n clips.

    Attributes:
        truth: Index of the true label, [n].
        answer: Index of the answered label, [n].
        confidence: Probability that the answer is right, [n].
        abstained: Whether it abstained, [n].
        groups: Group of each clip; groups are resampled as a whole, [n].
        quality: Of the sense, if one answers alone; NaN otherwise, [n].
        likelihood: Probability of the true label, [n].
    """

    truth: Ints
    answer: Ints
    confidence: Floats
    abstained: Bools
    groups: Sequence[str]
    quality: Floats
    likelihood: Floats


@dataclass(frozen=True)
class _Resamples:
    """Answers, and their resamples: whole groups are drawn with replacement.

    Attributes:
        answers: The answers.
        group: Number of the group of each clip, [n].
        total: Confusion table of all clips, [1, 7, 7].
        tables: Confusion tables of the resamples, [b, 7, 7].
        rows: Rows of some of the resamples, for metrics that need every clip.
    """

    answers: Answers
    group: Ints
    total: Floats
    tables: Floats
    rows: list[Ints]

    @classmethod
    def of(cls, answers: Answers) -> "_Resamples":
        group = _resampling_groups(answers)
        by_group = confusion_tables(answers.truth, answers.answer, group)
        draws = bootstrap_counts(len(by_group))
        return cls(
            answers,
            group,
            total=by_group.sum(axis=0)[None],
            tables=np.einsum("bg,gij->bij", draws, by_group),
            rows=_resampled_rows(group, draws[:_SLOW_RESAMPLES]),
        )

    def of_tables(self, metric: Callable[[Floats], Floats]) -> Figure:
        """A metric of confusion tables."""
        return percentile_interval(float(metric(self.total)[0]), metric(self.tables))

    def of_clips(self, metric: Callable[[Floats, Bools], float]) -> Figure:
        """A metric of confidence and of being right; resampling inflates it."""
        confidence = self.answers.confidence
        right = self.answers.truth == self.answers.answer
        value = metric(confidence, right)
        drawn = np.array([metric(confidence[row], right[row]) for row in self.rows])
        unbiased = np.clip(drawn - drawn.mean() + value, 0.0, 1.0)
        return percentile_interval(value, unbiased)


def compute_figures(answers: Answers) -> Figures:
    """Compute all figures of one configuration; intervals by resampling groups."""
    resamples = _Resamples.of(answers)
    return Figures(
        n=len(answers.truth),
        abstained=float(answers.abstained.mean()),
        accuracy=resamples.of_tables(metrics.accuracy),
        uar=resamples.of_tables(metrics.uar),
        macro_f1=resamples.of_tables(metrics.macro_f1),
        weighted_f1=resamples.of_tables(metrics.weighted_f1),
        ece=resamples.of_clips(metrics.ece),
        aurc=resamples.of_clips(metrics.aurc),
        log_loss=mean_interval(
            -np.log(np.maximum(answers.likelihood, _MIN_LIKELIHOOD)),
            [str(number) for number in resamples.group],
        ),
        per_class=_per_class(resamples.total),
        confusion=_confusion(resamples.total[0]),
    )


def uar_gain(first: Answers, second: Answers) -> Figure:
    """Return how much higher the UAR of the first is, on the same clips.

    Both are resampled alike, so the interval is narrower than the two apart suggest.
    """
    group = _resampling_groups(first)
    by_group = [
        confusion_tables(answers.truth, answers.answer, group)
        for answers in (first, second)
    ]
    draws = bootstrap_counts(len(by_group[0]))

    def difference(draws: Ints) -> Floats:
        uars = [
            metrics.uar(np.einsum("bg,gij->bij", draws, tables)) for tables in by_group
        ]
        result: Floats = uars[0] - uars[1]
        return result

    value = float(difference(np.ones_like(draws[:1]))[0])
    return percentile_interval(value, difference(draws))


def _resampled_rows(group: Ints, draws: Ints) -> list[Ints]:
    """The rows of each draw, from how often each group is drawn."""
    members = [np.flatnonzero(group == g) for g in range(draws.shape[1])]
    return [
        np.concatenate([np.repeat(m, k) for m, k in zip(members, draw, strict=True)])
        for draw in draws
    ]


def _resampling_groups(answers: Answers) -> Ints:
    """Number the groups, [n]; each clip is its own group if all are of one group.

    Resampling a single group would give an interval of zero width.
    """
    names, group = np.unique(np.asarray(answers.groups), return_inverse=True)
    return group if len(names) > 1 else np.arange(len(group))


def _per_class(total: Floats) -> dict[str, PerClass]:
    columns = (
        total.sum(axis=2)[0],
        metrics.class_precision(total)[0],
        metrics.class_recall(total)[0],
        metrics.class_f1(total)[0],
    )
    return {
        label: PerClass(n=int(n), precision=float(p), recall=float(r), f1=float(f))
        for label, n, p, r, f in zip(BASIC_EMOTIONS, *columns, strict=True)
    }


def _confusion(table: Floats) -> dict[str, dict[str, int]]:
    return {
        true: {answered: int(table[i, j]) for j, answered in enumerate(BASIC_EMOTIONS)}
        for i, true in enumerate(BASIC_EMOTIONS)
    }


def baselines(rows: Sequence[ManifestRow]) -> dict[str, Figures]:
    """Compute figures of a random label, and of always the most frequent one."""
    classes = len(BASIC_EMOTIONS)
    most_frequent, count = Counter(row.label for row in rows).most_common(1)[0]
    always = [BASIC_EMOTIONS.index(most_frequent)] * len(rows)
    # Every label once for every clip: the exact mean of random answers.
    every = list(range(classes)) * len(rows)
    repeated = [row for row in rows for _ in range(classes)]
    drawn = compute_figures(_answers(repeated, every, 1 / classes))
    return {
        CHANCE: drawn.model_copy(update={"n": len(rows)}),
        MAJORITY: compute_figures(_answers(rows, always, count / len(rows))),
    }


def _answers(
    rows: Sequence[ManifestRow], answer: Sequence[int], confidence: float
) -> Answers:
    truth = np.array([BASIC_EMOTIONS.index(row.label) for row in rows])
    rest = (1.0 - confidence) / (len(BASIC_EMOTIONS) - 1)
    return Answers(
        truth=truth,
        answer=np.array(answer),
        confidence=np.full(len(rows), confidence),
        abstained=np.zeros(len(rows), dtype=bool),
        groups=[row.group for row in rows],
        quality=np.full(len(rows), np.nan),
        likelihood=np.where(truth == np.array(answer), confidence, rest),
    )
