"""Figures for the model card, with bootstrap intervals, next to plain baselines."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import BASIC_EMOTIONS

Array = NDArray[np.float32]
Labels = NDArray[np.int64]

_RESAMPLES = 1000


def accuracy(answer: Labels, truth: Labels) -> float:
    """Share of right answers."""
    return float((answer == truth).mean())


def mean_recall(answer: Labels, truth: Labels) -> float:
    """Recall, averaged over the classes that occur."""
    return float(np.mean([(answer[truth == c] == c).mean() for c in np.unique(truth)]))


def macro_f1(answer: Labels, truth: Labels) -> float:
    """F1, averaged over the classes that occur."""
    scores = []
    for c in np.unique(truth):
        hits = ((answer == c) & (truth == c)).sum()
        scores.append(2.0 * hits / ((answer == c).sum() + (truth == c).sum()))
    return float(np.mean(scores))


def calibration_error(probabilities: Array, truth: Labels) -> float:
    """Expected calibration error of the top answer, 15 bins of equal width."""
    right = probabilities.argmax(axis=1) == truth
    return _mean_gap(probabilities.max(axis=1), right)


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
    return _mean_gap(probabilities.max(axis=1), shares[np.arange(len(top)), top])


def _mean_gap(confidence: Array, right: Array | NDArray[np.bool_]) -> float:
    """Mean gap between confidence and what is right, over 15 bins of equal width."""
    bins = np.minimum((confidence * 15).astype(int), 14)
    gaps = [
        (bins == b).mean() * abs(confidence[bins == b].mean() - right[bins == b].mean())
        for b in np.unique(bins)
    ]
    return float(np.sum(gaps))


def interval(
    figure: Callable[[Array, Labels], float], probabilities: Array, truth: Labels
) -> str:
    """A figure with its 95% interval over resampled faces."""
    chance = np.random.default_rng(0)
    draws = [
        figure(probabilities[index], truth[index])
        for index in chance.integers(0, len(truth), (_RESAMPLES, len(truth)))
    ]
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{figure(probabilities, truth):.3f} [{low:.3f}, {high:.3f}]"


def figures(title: str, before: Array, after: Array, truth: Labels) -> str:
    """Lines of the card about one labelling.

    Args:
        title: Which labels.
        before: Probabilities [n, 7] without temperature.
        after: Probabilities [n, 7] as shipped.
        truth: Labels [n].
    """
    common = np.bincount(truth, minlength=7).argmax()
    majority = np.full_like(truth, common)
    recalls = [
        f"{emotion} {(after.argmax(1)[truth == c] == c).mean():.2f}"
        for c, emotion in enumerate(BASIC_EMOTIONS)
        if (truth == c).any()
    ]
    scores = (("accuracy", accuracy), ("UAR", mean_recall), ("macro F1", macro_f1))
    return "\n".join(
        [
            f"{title}, n = {len(truth)}",
            *(
                f"  {name} {interval(_on_top(score), after, truth)}"
                f" (majority {score(majority, truth):.3f})"
                for name, score in scores
            ),
            f"  calibration error {calibration_error(before, truth):.3f} before,"
            f" {interval(calibration_error, after, truth)} after",
            f"  recall: {', '.join(recalls)}",
        ]
    )


def quality_curve(quality: Array, right: NDArray[np.bool_]) -> str:
    """Share right among faces of rising quality, in five equal parts."""
    parts = np.array_split(np.argsort(quality), 5)
    shares = [f"{quality[p].mean():.2f}: {right[p].mean():.2f}" for p in parts]
    return f"  quality: share right  {', '.join(shares)}"


def _on_top(score: Callable[[Labels, Labels], float]) -> Callable[..., float]:
    return lambda probabilities, truth: score(probabilities.argmax(1), truth)
