"""Calibration of the logits, fitted on held-out texts."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.evaluation.metrics import mean_recall, multilabel_f1
from affectgraph.agents.training.transcript.data import TextExample, class_indices
from affectgraph.agents.training.transcript.figures import weighted_f1
from affectgraph.tools.transcript.emotion import calibrate_logits

Floats = NDArray[np.floating[Any]]
Score = Callable[[NDArray[np.int64], NDArray[np.int64]], float]

_SHIFTS = np.arange(-0.5, 1.01, 0.1)
_TEMPERATURES = np.geomspace(0.4, 4.0, 60)
_THRESHOLDS = np.arange(0.10, 0.71, 0.02)
_MIN_EXAMPLES = 20


def balanced_score(truth: NDArray[np.int64], guess: NDArray[np.int64]) -> float:
    """Return the mean of weighted F1 and mean recall, the two targets on dialogue."""
    return (weighted_f1(truth, guess) + mean_recall(truth, guess)) / 2


def fit_register(
    logits: Floats, examples: Sequence[TextExample], score: Score
) -> dict[str, Any]:
    """Fit shift, temperature and quality of one register.

    The shift is a multiple of the log class shares, chosen by `score`. The temperature
    minimises the negative log-likelihood. Quality is a logistic regression of being
    right on the top log-odds and the length.
    """
    truth = class_indices(examples)
    single = truth >= 0
    logits, truth = logits[single], truth[single]
    share = np.log(np.bincount(truth, minlength=7) / len(truth))
    share -= share.mean()
    chosen = max(
        _SHIFTS, key=lambda shift: score(truth, (logits - shift * share).argmax(1))
    )
    register: dict[str, Any] = {"bias": (-chosen * share).round(5).tolist()}
    rows = np.arange(len(truth))

    def log_loss(temperature: float) -> float:
        probabilities = calibrate_logits(
            logits, {**register, "temperature": temperature}
        )
        return float(-np.log(probabilities[rows, truth]).mean())

    register["temperature"] = round(float(min(_TEMPERATURES, key=log_loss)), 4)
    words = np.array([len(example.text.split()) for example in examples])[single]
    register["quality"] = _fit_quality(calibrate_logits(logits, register), words, truth)
    return register


def _fit_quality(
    probabilities: Floats, words: NDArray[np.int64], truth: NDArray[np.int64]
) -> list[float]:
    """Fit a logistic regression with a small ridge by Newton's method."""
    right = (probabilities.argmax(1) == truth).astype(float)
    at_top = np.clip(probabilities.max(axis=1), 1e-6, 1 - 1e-6)
    inputs = np.stack(
        [np.ones(len(truth)), np.log(at_top / (1 - at_top)), np.log1p(words)], axis=1
    )
    weights = np.zeros(3)
    for _ in range(25):
        fitted = 1 / (1 + np.exp(-inputs @ weights))
        curvature = inputs.T @ (inputs * (fitted * (1 - fitted))[:, None]) + np.eye(3)
        weights += np.linalg.solve(curvature, inputs.T @ (right - fitted) - weights)
    return [round(float(weight), 5) for weight in weights]


def fit_thresholds(logits: Floats, examples: Sequence[TextExample]) -> list[float]:
    """Fit thresholds of best F1 of the 28 words; rare words share one."""
    truth = np.stack([example.words for example in examples]) > 0
    probabilities = 1 / (1 + np.exp(-logits.astype(float)))
    f1 = np.stack([multilabel_f1(truth, probabilities > t) for t in _THRESHOLDS])
    common = int(f1.mean(axis=1).argmax())
    best = np.where(truth.sum(axis=0) >= _MIN_EXAMPLES, f1.argmax(axis=0), common)
    return [round(float(_THRESHOLDS[index]), 2) for index in best]
