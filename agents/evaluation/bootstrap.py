"""95% bootstrap intervals: clips of one speaker or dialogue are drawn together."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.evaluation.metrics import Floats, Ints
from affectgraph.tools.evidence import Frozen

RESAMPLES = 1000


class Figure(Frozen):
    """A value with its 95% interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap_counts(n: int) -> Ints:
    """How often each of n units is drawn, in each of 1000 resamples, [1000, n]."""
    rng = np.random.default_rng(0)
    return rng.multinomial(n, np.full(n, 1 / n), RESAMPLES)


def percentile_interval(value: float, resampled: Floats) -> Figure:
    """Return a value with the 95% interval of its resamples."""
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Figure(value=value, low=float(low), high=float(high))


def mean_interval(values: Floats, groups: Sequence[str]) -> Figure:
    """Return the mean of values [n], with an interval over resampled groups [n]."""
    names, group = np.unique(np.asarray(groups), return_inverse=True)
    draws = bootstrap_counts(len(names))
    means = (draws @ np.bincount(group, values)) / (draws @ np.bincount(group))
    return percentile_interval(float(values.mean()), means)


def score_interval(
    groups: NDArray[Any],
    score: Callable[[Ints], float],
    *,
    resamples: int = RESAMPLES,
) -> Figure:
    """Return a score of rows, with an interval over resampled groups.

    Args:
        groups: Group of each row, such as its dialogue, [n].
        score: From indices of rows to the score.
        resamples: Number of resamples.
    """
    scores = [score(rows) for rows in resampled_rows(groups, resamples)]
    return percentile_interval(score(np.arange(len(groups))), np.array(scores))


def resampled_rows(groups: NDArray[Any], resamples: int) -> Iterator[Ints]:
    """Yield the rows of each resample of whole groups [n]."""
    rows_by_group = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    rng = np.random.default_rng(0)
    for _ in range(resamples):
        drawn = rng.integers(0, len(rows_by_group), len(rows_by_group))
        yield np.concatenate([rows_by_group[number] for number in drawn])
