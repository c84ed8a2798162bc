"""Calibrate the votes of a plug-in sense on labelled clips.

A temperature corrects over- and underconfidence (Guo et al. 2017, "On calibration of
modern neural networks", ICML). Then the weight and the usual vote of the log-linear
pool (`graphs/verdict/pooling.py`) are fitted by maximum likelihood, with every label
counting the same and a ridge that keeps the weight small if the votes are few.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Calibration, Evidence

Floats = NDArray[np.float64]

_MIN_VOTES = 20
_MIN_PROBABILITY = 0.01
_RIDGE = 1.0
_NEWTON_STEPS = 30
_MIN_TEMPERATURE, _MAX_TEMPERATURE = 0.2, 10.0
_MIN_WEIGHT = 0.01


def calibrated(outputs: Iterable[tuple[Evidence, str]]) -> Calibration:
    """Learn the calibration of a sense that has none yet.

    Args:
        outputs: Evidence of the sense about labelled clips that it was not made from,
            each with its clip's label. Evidence without a vote is ignored.

    Returns:
        The argument of `perception_tool(calibration=...)`; store it with
        `model_dump_json()`. A sense whose votes are uninformative gets the weight 0.

    Raises:
        SettingError: If a label is no basic emotion, or there are too few votes or
            labels.
    """
    pairs = [(p, label) for p, label in outputs if p.distribution is not None]
    unknown = {label for _, label in pairs} - set(BASIC_EMOTIONS)
    if unknown:
        raise SettingError(f"label {min(unknown)!r} is no basic emotion")
    if len(pairs) < _MIN_VOTES or len({label for _, label in pairs}) < 2:
        raise SettingError(
            f"{len(pairs)} labelled votes; calibration needs at least {_MIN_VOTES}, "
            "with at least two labels"
        )
    votes = np.array([list((p.distribution or {}).values()) for p, _ in pairs])
    log_votes = np.log(np.maximum(votes, _MIN_PROBABILITY))
    labels = np.array([BASIC_EMOTIONS.index(label) for _, label in pairs])
    quality = np.array([piece.quality for piece, _ in pairs])
    (scale,) = _fit_softmax(log_votes[..., None], labels)
    temperature = float(
        np.clip(1 / max(scale, 1e-9), _MIN_TEMPERATURE, _MAX_TEMPERATURE)
    )
    weight, usual = _fit_pool(log_votes / temperature, quality, labels)
    return Calibration(temperature=temperature, weight=weight, usual=usual)


def _fit_pool(
    log_votes: Floats, quality: Floats, labels: NDArray[np.int64]
) -> tuple[float, dict[str, float] | None]:
    """Weight w and usual vote u of the scores q w (log p - log u)."""
    log_votes = log_votes - np.log(np.exp(log_votes).sum(axis=1, keepdims=True))
    emotions = log_votes.shape[1]
    constant = np.broadcast_to(np.eye(emotions), (*log_votes.shape, emotions))
    features = np.concatenate([log_votes[..., None], constant], axis=2)
    weight, *bias = _fit_softmax(quality[:, None, None] * features, labels)
    if weight < _MIN_WEIGHT:
        return 0.0, None
    usual = np.exp(-np.array(bias) / weight)
    usual = np.maximum(usual / usual.sum(), _MIN_PROBABILITY)
    return float(weight), distribution(usual.tolist())


def _fit_softmax(features: Floats, labels: NDArray[np.int64]) -> Floats:
    """Parameters [d] of softmax(features [n, e, d] @ parameters), by Newton's method.

    The likelihood with a ridge is concave, so few steps reach its only maximum.
    """
    counts = np.bincount(labels, minlength=features.shape[1])
    weights = (len(labels) / (counts > 0).sum() / counts[labels])[:, None]
    targets = np.eye(features.shape[1])[labels]
    parameters = np.zeros(features.shape[2])
    for _ in range(_NEWTON_STEPS):
        scores = features @ parameters
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        gradient = np.einsum("ne,ned->d", weights * (targets - shares), features)
        mean = np.einsum("ne,ned->nd", shares, features)
        centred = features - mean[:, None]
        hessian = np.einsum("ne,ned,nef->df", weights * shares, centred, centred)
        hessian += _RIDGE * np.eye(len(parameters))
        step: Floats = np.linalg.solve(hessian, gradient - _RIDGE * parameters)
        parameters = parameters + step
    return parameters
