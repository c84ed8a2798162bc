"""Yields: how many clips of each class are left, and how right their labels are."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from affectgraph.agents.augment.gold_labels import GoldLabel
from affectgraph.agents.augment.rows import AugmentationRow
from affectgraph.agents.evaluation.metrics import (
    Figure,
    bootstrap_counts,
    percentile_interval,
)
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Frozen

# A class collapses if less than a third of what is usual is kept of this many or more.
_COLLAPSED = 1 / 3
_FEWEST = 5


class FilterYield(Frozen):
    """What is left after a step.

    Attributes:
        name: Of the step.
        n: Clips.
        share: Of all that could be labelled.
        precision: Share of their labels that is right; None without labels to compare.
    """

    name: str
    n: int
    share: float
    precision: Figure | None


class ClassYield(Frozen):
    """Clips that were given one label.

    Attributes:
        labelled: All of them.
        low: Those that passed the low filter.
        kept: Those that passed both, without those that a person labelled.
        doubtful: Those that wait for a person, or one has answered.
        before: Precision of all of them; None without labels to compare.
        after: Precision of those that were kept.
    """

    labelled: int
    low: int
    kept: int
    doubtful: int
    before: float | None
    after: float | None


class YieldReport(Frozen):
    """What became of a batch.

    Attributes:
        clips: All that could be opened.
        failed: Those that could not.
        human: Labelled by a person, and kept.
        sieves: Before the filters, and after each.
        by_confidence: As many as both filters keep, had only the most probable labels
            been kept.
        classes: By label.
        collapsed: Labels of which hardly any clip is kept.
        reasons: Check or filter to how many clips it dropped.
    """

    clips: int
    failed: int
    human: int
    sieves: tuple[FilterYield, ...]
    by_confidence: FilterYield
    classes: dict[str, ClassYield]
    collapsed: tuple[str, ...]
    reasons: dict[str, int]


def compute_yields(
    rows: Sequence[AugmentationRow], truths: Mapping[str, GoldLabel]
) -> YieldReport:
    """Count what is left, and compare it with labels where there are any.

    Args:
        rows: What became of each clip.
        truths: What is known of the clips, by hash.
    """
    told = [row for row in rows if row.stage != "failed"]
    passed = [row for row in told if row.stage != "low"]
    kept = [row for row in told if row.kept and row.source != "human"]
    sure = sorted(told, key=lambda row: -_sureness(row))[: len(kept)]

    def sieve(name: str, some: Sequence[AugmentationRow]) -> FilterYield:
        share = len(some) / max(len(told), 1)
        precision = _precision(some, truths)
        return FilterYield(name=name, n=len(some), share=share, precision=precision)

    classes = {
        label: _class([row for row in told if _given(row) == label], truths)
        for label in BASIC_EMOTIONS
    }
    usual = len(kept) / max(len(told), 1)
    return YieldReport(
        clips=len(told),
        failed=len(rows) - len(told),
        human=sum(row.kept and row.source == "human" for row in told),
        sieves=(
            sieve("labelled", told),
            sieve("low filter", passed),
            sieve("both filters", kept),
        ),
        by_confidence=sieve("by probability alone", sure),
        classes=classes,
        collapsed=tuple(
            label
            for label, one in classes.items()
            if one.labelled >= _FEWEST and one.kept < _COLLAPSED * usual * one.labelled
        ),
        reasons=_reasons(told),
    )


def _class(
    rows: Sequence[AugmentationRow], truths: Mapping[str, GoldLabel]
) -> ClassYield:
    kept = [row for row in rows if row.kept and row.source != "human"]
    before, after = _precision(rows, truths), _precision(kept, truths)
    return ClassYield(
        labelled=len(rows),
        low=sum(row.stage != "low" for row in rows),
        kept=len(kept),
        doubtful=sum(row.stage == "review" or row.source == "human" for row in rows),
        before=before.value if before else None,
        after=after.value if after else None,
    )


def _precision(
    rows: Sequence[AugmentationRow], truths: Mapping[str, GoldLabel]
) -> Figure | None:
    """Share of the graph's labels that is right; interval by resampling groups."""
    known = [row for row in rows if row.clip in truths]
    if not known:
        return None
    right = np.array([_given(row) == truths[row.clip].label for row in known], float)
    names, group = np.unique([truths[r.clip].group for r in known], return_inverse=True)
    draws = bootstrap_counts(len(names)).astype(float)
    hits = draws @ np.bincount(group, right)
    return percentile_interval(float(right.mean()), hits / (draws @ np.bincount(group)))


def _given(row: AugmentationRow) -> str | None:
    """The label that the graph gave, whatever a person said since."""
    shares = row.distribution
    return None if shares is None else max(BASIC_EMOTIONS, key=lambda e: shares[e])


def _sureness(row: AugmentationRow) -> float:
    return max((row.distribution or {"": 0.0}).values())


def _reasons(rows: Sequence[AugmentationRow]) -> dict[str, int]:
    dropped = [row.reason.partition(":")[0] for row in rows if row.stage == "low"]
    dropped += ["judges disagree" for row in rows if row.stage == "high"]
    return dict(Counter(dropped))
