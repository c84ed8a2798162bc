"""Sentiment: positive or not, against a number whose sign is the gold."""

from collections.abc import Sequence

import numpy as np

from affectgraph.agents.evaluation.metrics import (
    Floats,
    Ints,
    accuracy,
    bootstrap_counts,
    percentile_interval,
    weighted_f1,
)
from affectgraph.agents.evaluation.scoring.report import Dropped, Report
from affectgraph.agents.evaluation.scoring.rows import LabelRow
from affectgraph.tools.errors import SettingError

_NEGATIVE, _NEUTRAL, _POSITIVE = range(3)
_CALLED: dict[tuple[str, ...], int] = {
    ("negative",): _NEGATIVE,
    ("positive",): _POSITIVE,
}
_FIGURES = {"waf": weighted_f1, "acc": accuracy}


def score_sentiment(
    pairs: Sequence[tuple[LabelRow, LabelRow]], unmatched: list[str]
) -> Report:
    """Score sentiment as MER-UniBench does, and say what that leaves out.

    Gold 0 is dropped, and everything but "positive" counts as negative. The
    neutral-aware figures keep three classes: gold 0 is neutral, and so is a prediction
    that is neither "positive" nor "negative".

    Raises:
        SettingError: If every gold is 0.
    """
    truth = np.array([1 + np.sign(gold.sentiment) for gold, _ in pairs], dtype=int)
    told = np.array([_CALLED.get(row.labels, _NEUTRAL) for _, row in pairs])
    kept = truth != _NEUTRAL
    if not kept.any():
        raise SettingError("every gold is 0: there is no sentiment to score")
    cells = _cells(truth[kept] == _POSITIVE, told[kept] == _POSITIVE, 2)
    whole = cells.sum(axis=0)[None]
    drawn = np.einsum("bn,nij->bij", bootstrap_counts(len(cells)), cells)
    three = _cells(truth, told, 3).sum(axis=0)[None]
    figures = {
        name: percentile_interval(float(figure(whole)[0]), figure(drawn))
        for name, figure in _FIGURES.items()
    }
    return Report(
        task="score_sentiment",
        n=len(pairs),
        n_scored=len(cells),
        figures=figures,
        neutral_aware={n: float(f(three)[0]) for n, f in _FIGURES.items()},
        sizes={
            "positive_gold": float((truth == _POSITIVE).mean()),
            "positive_predicted": float((told == _POSITIVE).mean()),
        },
        dropped=_dropped(pairs, unmatched),
    )


def _cells(truth: Ints, told: Ints, classes: int) -> Floats:
    """One confusion table a clip, [n, true, told]."""
    cells = np.zeros((len(truth), classes, classes))
    cells[np.arange(len(truth)), truth.astype(int), told.astype(int)] = 1
    return cells


def _dropped(
    pairs: Sequence[tuple[LabelRow, LabelRow]], unmatched: list[str]
) -> Dropped:
    zero = [gold.name for gold, _ in pairs if gold.sentiment == 0]
    unnamed = [
        ", ".join(told.labels)
        for gold, told in pairs
        if gold.sentiment != 0 and told.labels not in _CALLED
    ]
    return Dropped(
        labels=len(unnamed),
        samples=len(zero),
        predicted={label: [] for label in sorted(set(unnamed))},
        names={name: [] for name in zero},
        unmatched=unmatched,
    )
