"""Sentiment: positive or not, against the sign of a gold number."""

from collections.abc import Sequence

import numpy as np

from affectgraph.agents.evaluation.bootstrap import (
    bootstrap_counts,
    percentile_interval,
)
from affectgraph.agents.evaluation.metrics import (
    accuracy,
    confusion_tables,
    weighted_f1,
)
from affectgraph.agents.evaluation.scoring.report import Dropped, Report
from affectgraph.agents.evaluation.scoring.rows import LabelRow
from affectgraph.tools.errors import SettingError

_NEGATIVE, _NEUTRAL, _POSITIVE = range(3)
_CLASS_OF_LABELS: dict[tuple[str, ...], int] = {
    ("negative",): _NEGATIVE,
    ("positive",): _POSITIVE,
}
_FIGURES = {"waf": weighted_f1, "acc": accuracy}


def score_sentiment(
    pairs: Sequence[tuple[LabelRow, LabelRow]], unmatched: list[str]
) -> Report:
    """Score sentiment as MER-UniBench does, and report what that leaves out.

    Gold 0 is dropped, and every label but "positive" counts as negative. The
    neutral-aware figures have three classes: gold 0 is neutral, and so is a prediction
    that is neither "positive" nor "negative".
    """
    truth = np.array([1 + np.sign(gold.sentiment) for gold, _ in pairs], dtype=int)
    answer = np.array([_CLASS_OF_LABELS.get(row.labels, _NEUTRAL) for _, row in pairs])
    scored = truth != _NEUTRAL
    if not scored.any():
        raise SettingError("every gold is 0: there is no sentiment to score")
    by_clip = confusion_tables(
        (truth[scored] == _POSITIVE).astype(int),
        (answer[scored] == _POSITIVE).astype(int),
        np.arange(scored.sum()),
        classes=2,
    )
    total = by_clip.sum(axis=0)[None]
    drawn = np.einsum("bn,nij->bij", bootstrap_counts(len(by_clip)), by_clip)
    three_classes = confusion_tables(truth, answer, classes=3)
    figures = {
        name: percentile_interval(float(figure(total)[0]), figure(drawn))
        for name, figure in _FIGURES.items()
    }
    return Report(
        task="sentiment",
        n=len(pairs),
        n_scored=len(by_clip),
        figures=figures,
        neutral_aware={n: float(f(three_classes)[0]) for n, f in _FIGURES.items()},
        sizes={
            "positive_gold": float((truth == _POSITIVE).mean()),
            "positive_predicted": float((answer == _POSITIVE).mean()),
        },
        dropped=_dropped(pairs, unmatched),
    )


def _dropped(
    pairs: Sequence[tuple[LabelRow, LabelRow]], unmatched: list[str]
) -> Dropped:
    zero = [gold.name for gold, _ in pairs if gold.sentiment == 0]
    unnamed = [
        ", ".join(row.labels)
        for gold, row in pairs
        if gold.sentiment != 0 and row.labels not in _CLASS_OF_LABELS
    ]
    return Dropped(
        labels=len(unnamed),
        samples=len(zero),
        predicted={label: [] for label in sorted(set(unnamed))},
        names={name: [] for name in zero},
        unmatched=unmatched,
    )
