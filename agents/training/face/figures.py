"""Figures for the model card, with bootstrap intervals, next to plain baselines."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.evaluation.bootstrap import Figure, score_interval
from affectgraph.agents.evaluation.metrics import (
    Floats,
    accuracy,
    confusion_tables,
    ece,
    macro_f1,
    top_ece,
    uar,
)
from affectgraph.tools.emotions import BASIC_EMOTIONS

Array = NDArray[np.float32]
Labels = NDArray[np.int64]
Metric = Callable[[Floats], Floats]


def divergence(shares: Array, probabilities: Array) -> float:
    """Mean Kullback-Leibler divergence of answers from shares of votes, in nats."""
    likely, votes = (np.maximum(rows, 1e-6) for rows in (probabilities, shares))
    return float((shares * (np.log(votes) - np.log(likely))).sum(axis=1).mean())


def one_annotator(counts: Array) -> float:
    """Divergence of what one annotator's vote tells from the votes of the others.

    One vote is read as the mean of what the others vote where somebody votes so: a
    vote alone would be infinitely far from most of the others.

    Args:
        counts: float32 [n, c], votes; faces with fewer than two are passed over.
    """
    counts = counts[counts.sum(axis=1) > 1]
    classes = counts.shape[1]
    left = counts[:, None] - np.eye(classes, dtype=np.float32)
    others = np.maximum(left, 0.0) / (counts.sum(axis=1) - 1.0)[:, None, None]
    weight = counts / counts.sum(axis=1, keepdims=True)
    expected = np.einsum("nk,nkc->kc", weight, others)
    total = np.maximum(expected.sum(axis=1, keepdims=True), 1e-9)
    expected = np.maximum(expected / total, 1e-6)
    logs = np.log(expected)
    gaps = [
        weight[:, k]
        * (others[:, k] * (np.log(np.maximum(others[:, k], 1e-6)) - logs[k])).sum(
            axis=1
        )
        for k in range(classes)
        if counts[:, k].any()
    ]
    return float(np.sum(gaps) / len(counts))


def shared_error(probabilities: Array, shares: Array) -> float:
    """Calibration error of the top answer against the share of votes it has."""
    top = probabilities.argmax(axis=1)
    return ece(probabilities.max(axis=1), shares[np.arange(len(top)), top])


def figures(title: str, before: Array, after: Array, truth: Labels) -> str:
    """Lines of the card about one labelling.

    Args:
        title: Which labels.
        before: Probabilities [n, 7] without temperature.
        after: Probabilities [n, 7] as shipped.
        truth: Labels [n].
    """
    answer = after.argmax(axis=1)
    majority = np.full_like(truth, np.bincount(truth, minlength=7).argmax())
    recalls = [
        f"{emotion} {(answer[truth == c] == c).mean():.2f}"
        for c, emotion in enumerate(BASIC_EMOTIONS)
        if (truth == c).any()
    ]
    lines = [f"{title}, n = {len(truth)}"]
    for name, metric in (("accuracy", accuracy), ("UAR", uar), ("macro F1", macro_f1)):
        plain = metric(confusion_tables(truth, majority))[0]
        score = _interval(metric, truth, answer)
        lines.append(f"  {name} {score} (majority {plain:.3f})")
    error = score_interval(
        np.arange(len(truth)), lambda rows: top_ece(after[rows], truth[rows])
    )
    return "\n".join(
        [
            *lines,
            f"  calibration error {top_ece(before, truth):.3f} before, {error} after",
            f"  recall: {', '.join(recalls)}",
        ]
    )


def _interval(metric: Metric, truth: Labels, answer: Labels) -> Figure:
    """A metric of confusion tables, over resampled faces."""

    def score(rows: Labels) -> float:
        return float(metric(confusion_tables(truth[rows], answer[rows]))[0])

    return score_interval(np.arange(len(truth)), score)


def quality_curve(quality: Array, right: NDArray[np.bool_]) -> str:
    """Share right among faces of rising quality, in five equal parts."""
    parts = np.array_split(np.argsort(quality), 5)
    shares = [f"{quality[p].mean():.2f}: {right[p].mean():.2f}" for p in parts]
    return f"  quality: share right  {', '.join(shares)}"
