"""Statistics of an augmentation: clips per class, and precision against gold labels.

The graph never sees the gold labels of a manifest; they measure its precision.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from affectgraph.agents.augment.rows import AugmentationRow
from affectgraph.agents.batch.sources import row_name
from affectgraph.agents.evaluation.bootstrap import Figure, mean_interval
from affectgraph.agents.evaluation.manifest import read_clips, read_labels
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path

# A class has collapsed if, of this many clips, less than a third of the usual share is
# accepted.
_COLLAPSED_SHARE = 1 / 3
_MIN_CLIPS = 5


class GoldLabel(Frozen):
    """The known label of a clip.

    Attributes:
        label: One of the basic emotions.
        group: Clips of one group, such as a speaker, are resampled together.
    """

    label: str
    group: str


def read_gold_labels(place: AnyPath) -> dict[str, GoldLabel]:
    """Read the labels of a manifest, by name of the source; none for other files.

    Raises:
        SettingError: If the manifest cannot be used, or has an unknown label.
    """
    place = checked_path("place", place)
    if place.suffix.lower() != ".csv":
        return {}
    labels = read_labels(place)
    return {
        row_name(row, place): GoldLabel(label=labels[row.number], group=row.group)
        for row in read_clips(place)
        if row.number in labels
    }


class FilterYield(Frozen):
    """Clips left after a filter.

    Attributes:
        name: Of the filter.
        n: Number of clips.
        share: Of all clips that were labelled.
        precision: Share of right labels; None without gold labels.
    """

    name: str
    n: int
    share: float
    precision: Figure | None


class ClassYield(Frozen):
    """Clips with one label.

    Attributes:
        labelled: All of them.
        low: Those that passed the low filter.
        kept: Those that passed both filters, without those that a person labelled.
        doubtful: Those that wait for a person, or that a person has answered.
        before: Precision of all of them; None without gold labels.
        after: Precision of the accepted ones.
    """

    labelled: int
    low: int
    kept: int
    doubtful: int
    before: float | None
    after: float | None


class YieldReport(Frozen):
    """Statistics of an augmentation.

    Attributes:
        clips: Clips that could be opened.
        failed: Clips that could not.
        human: Clips that a person labelled and that were accepted.
        sieves: Before the filters, and after each.
        by_confidence: As many clips as both filters accept, chosen by the probability
            of their label alone.
        classes: By label.
        collapsed: Labels of which hardly any clip is accepted.
        reasons: Check or filter to the number of clips that it dropped.
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
    rows: Sequence[AugmentationRow], gold: Mapping[str, GoldLabel]
) -> YieldReport:
    """Count accepted clips, and compare their labels with gold labels.

    Args:
        rows: The result of each clip.
        gold: Gold labels, as far as known, by hash of the clip.
    """
    opened = [row for row in rows if row.stage != "failed"]
    passed = [row for row in opened if row.stage != "low"]
    kept = [row for row in opened if row.kept and row.source != "human"]
    most_probable = sorted(opened, key=lambda row: -_top_probability(row))[: len(kept)]

    def filter_yield(name: str, some: Sequence[AugmentationRow]) -> FilterYield:
        share = len(some) / max(len(opened), 1)
        precision = _precision(some, gold)
        return FilterYield(name=name, n=len(some), share=share, precision=precision)

    classes = {
        label: _class([row for row in opened if _graph_label(row) == label], gold)
        for label in BASIC_EMOTIONS
    }
    return YieldReport(
        clips=len(opened),
        failed=len(rows) - len(opened),
        human=sum(row.kept and row.source == "human" for row in opened),
        sieves=(
            filter_yield("labelled", opened),
            filter_yield("low filter", passed),
            filter_yield("both filters", kept),
        ),
        by_confidence=filter_yield("by probability alone", most_probable),
        classes=classes,
        collapsed=_collapsed(classes, len(kept) / max(len(opened), 1)),
        reasons=_reasons(opened),
    )


def _class(
    rows: Sequence[AugmentationRow], gold: Mapping[str, GoldLabel]
) -> ClassYield:
    kept = [row for row in rows if row.kept and row.source != "human"]
    before, after = _precision(rows, gold), _precision(kept, gold)
    return ClassYield(
        labelled=len(rows),
        low=sum(row.stage != "low" for row in rows),
        kept=len(kept),
        doubtful=sum(row.stage == "review" or row.source == "human" for row in rows),
        before=before.value if before else None,
        after=after.value if after else None,
    )


def _collapsed(classes: Mapping[str, ClassYield], usual: float) -> tuple[str, ...]:
    """Labels of which far fewer clips are accepted than the usual share."""
    return tuple(
        label
        for label, one in classes.items()
        if one.labelled >= _MIN_CLIPS
        and one.kept < _COLLAPSED_SHARE * usual * one.labelled
    )


def _precision(
    rows: Sequence[AugmentationRow], gold: Mapping[str, GoldLabel]
) -> Figure | None:
    """Share of right labels of the graph; interval by resampling groups."""
    known = [row for row in rows if row.clip in gold]
    if not known:
        return None
    right = np.array(
        [_graph_label(row) == gold[row.clip].label for row in known], float
    )
    return mean_interval(right, [gold[row.clip].group for row in known])


def _graph_label(row: AugmentationRow) -> str | None:
    """Return the label of the graph, even if a person has corrected it."""
    shares = row.distribution
    return None if shares is None else max(BASIC_EMOTIONS, key=lambda e: shares[e])


def _top_probability(row: AugmentationRow) -> float:
    return max((row.distribution or {"": 0.0}).values())


def _reasons(rows: Sequence[AugmentationRow]) -> dict[str, int]:
    dropped = [row.reason.partition(":")[0] for row in rows if row.stage == "low"]
    dropped += ["judges disagree" for row in rows if row.stage == "high"]
    return dict(Counter(dropped))
