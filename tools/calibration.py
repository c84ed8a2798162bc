"""How far to trust a plug-in, learned from what it said about labelled clips.

The votes are made right on average by a temperature (Guo et al. 2017, "On calibration
of modern neural networks", ICML), then weighted as the pool of `graphs/verdict/nodes/fuse.py` weighs
them: weight and usual vote are those under which the labels are likeliest, every label
counting the same and the weight held back where the outputs are few.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Calibration, Evidence

Floats = NDArray[np.float64]

_FEWEST = 20
_LEAST_SHARE = 0.01
_RIDGE = 1.0
_STEPS = 30
_COLDEST, _HOTTEST = 0.2, 10.0
_LEAST_WEIGHT = 0.01


def calibrated(outputs: Iterable[tuple[Evidence, str]]) -> Calibration:
    """Learn the calibration of a sense that has none yet.

    Args:
        outputs: What the sense returned about labelled clips that it was not made
            from, each piece with its clip's label; pieces without a vote are passed
            over.

    Returns:
        What `perception_tool(calibration=...)` takes; keep it with
        `model_dump_json()`. A sense that tells nothing gets the weight 0.

    Raises:
        SettingError: If a label is no basic emotion, or votes or labels are too few.
    """
    pairs = [(p, label) for p, label in outputs if p.distribution is not None]
    unknown = {label for _, label in pairs} - set(BASIC_EMOTIONS)
    if unknown:
        raise SettingError(f"label {min(unknown)!r} is no basic emotion")
    if len(pairs) < _FEWEST or len({label for _, label in pairs}) < 2:
        raise SettingError(
            f"{len(pairs)} labelled votes; calibration takes {_FEWEST}, of two labels"
        )
    votes = np.array([list((p.distribution or {}).values()) for p, _ in pairs])
    told = np.log(np.maximum(votes, _LEAST_SHARE))
    label = np.array([BASIC_EMOTIONS.index(label) for _, label in pairs])
    quality = np.array([piece.quality for piece, _ in pairs])
    (sureness,) = _likeliest(told[..., None], label)
    temperature = float(np.clip(1 / max(sureness, 1e-9), _COLDEST, _HOTTEST))
    weight, usual = _trust(told / temperature, quality, label)
    return Calibration(temperature=temperature, weight=weight, usual=usual)


def _trust(
    told: Floats, quality: Floats, label: NDArray[np.int64]
) -> tuple[float, dict[str, float] | None]:
    """Weight w and usual vote u of q w (log p - log u), which scores the emotions."""
    told = told - np.log(np.exp(told).sum(axis=1, keepdims=True))
    constant = np.broadcast_to(np.eye(told.shape[1]), (*told.shape, told.shape[1]))
    features = np.concatenate([told[..., None], constant], axis=2)
    weight, *bias = _likeliest(quality[:, None, None] * features, label)
    if weight < _LEAST_WEIGHT:
        return 0.0, None
    usual = np.exp(-np.array(bias) / weight)
    usual = np.maximum(usual / usual.sum(), _LEAST_SHARE)
    return float(weight), distribution(usual.tolist())


def _likeliest(features: Floats, label: NDArray[np.int64]) -> Floats:
    """Parameters [d] of softmax(features [n, e, d] @ parameters), by Newton's method.

    A concave likelihood with a ridge, so few steps reach its one maximum.
    """
    counts = np.bincount(label, minlength=features.shape[1])
    share = (len(label) / (counts > 0).sum() / counts[label])[:, None]
    right = np.eye(features.shape[1])[label]
    found = np.zeros(features.shape[2])
    for _ in range(_STEPS):
        scores = features @ found
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        slope = np.einsum("ne,ned->d", share * (right - shares), features)
        middle = np.einsum("ne,ned->nd", shares, features)
        away = features - middle[:, None]
        bend = np.einsum("ne,ned,nef->df", share * shares, away, away)
        bend += _RIDGE * np.eye(len(found))
        step: Floats = np.linalg.solve(bend, slope - _RIDGE * found)
        found = found + step
    return found
