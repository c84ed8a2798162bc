"""Softmax regression with shared parameters, bounds and a ridge."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from affectgraph.agents.evaluation.metrics import softmax

Floats = NDArray[np.float64]


def fit_softmax(
    features: Floats,
    targets: Floats,
    *,
    weights: Floats | None = None,
    start: Floats | None = None,
    nonnegative: Sequence[int] = (),
    ridge: float = 1e-3,
) -> Floats:
    """Fit w of softmax(features @ w) by maximum likelihood.

    Args:
        features: [n, classes, d].
        targets: Distribution of each row, [n, classes].
        weights: Of the rows, [n]; all equal if None.
        start: Values that the ridge draws w towards, [d]; zeros if None.
        nonnegative: Indices of the parameters that may not be negative.
        ridge: Penalty of the squared distance from `start`.

    Returns:
        [d].
    """
    share = np.full(len(features), 1.0) if weights is None else weights
    share = share / share.sum()
    start = np.zeros(features.shape[2]) if start is None else start

    def loss(w: Floats) -> tuple[float, Floats]:
        fitted = softmax(features @ w)
        log_loss = -(targets * np.log(fitted + 1e-12)).sum(axis=1) @ share
        gradient = np.einsum("n,nk,nkd->d", share, fitted - targets, features)
        away = w - start
        return float(log_loss + ridge * away @ away), gradient + 2 * ridge * away

    bounds = [(0.0 if i in nonnegative else None, None) for i in range(len(start))]
    fitted: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return fitted


def soft_log_loss(shares: Floats, targets: Floats) -> Floats:
    """Cross entropy of predicted shares [n, classes] under targets: [n]."""
    result: Floats = -(targets * np.log(np.maximum(shares, 1e-6))).sum(axis=1)
    return result
