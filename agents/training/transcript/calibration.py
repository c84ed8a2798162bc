"""From logits to probabilities that can be trusted: fitted on held-out texts."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.transcript.data import Example, classes
from affectgraph.agents.training.transcript.figures import recalls, weighted_f1
from affectgraph.tools.transcript.emotion import calibrate_logits

Floats = NDArray[np.floating[Any]]
Score = Callable[[NDArray[np.int64], NDArray[np.int64]], float]

_SHIFTS = np.arange(-0.5, 1.01, 0.1)
_TEMPERATURES = np.geomspace(0.4, 4.0, 60)
_THRESHOLDS = np.arange(0.10, 0.71, 0.02)
_ENOUGH = 20


def balance(truth: NDArray[np.int64], guess: NDArray[np.int64]) -> float:
    """Mean of weighted F1 and mean recall: both bars on dialogue at once."""
    return (weighted_f1(truth, guess) + float(recalls(truth, guess).mean())) / 2


def fit_register(
    logits: Floats, examples: Sequence[Example], score: Score
) -> dict[str, Any]:
    """Shift, temperature and quality of one register.

    The shift is a multiple of the log class shares, chosen by `score`; the temperature
    has the least negative log-likelihood; quality is a logistic regression of being
    right on the top log-odds and the length.
    """
    truth = classes(examples)
    one = truth >= 0
    logits, truth = logits[one], truth[one]
    share = np.log(np.bincount(truth, minlength=7) / len(truth))
    share -= share.mean()
    chosen = max(
        _SHIFTS, key=lambda shift: score(truth, (logits - shift * share).argmax(1))
    )
    register: dict[str, Any] = {"bias": (-chosen * share).round(5).tolist()}
    rows = np.arange(len(truth))

    def surprise(temperature: float) -> float:
        probabilities = calibrate_logits(
            logits, {**register, "temperature": temperature}
        )
        return float(-np.log(probabilities[rows, truth]).mean())

    register["temperature"] = round(float(min(_TEMPERATURES, key=surprise)), 4)
    words = np.array([len(example.text.split()) for example in examples])[one]
    register["quality"] = _logistic(calibrate_logits(logits, register), words, truth)
    return register


def _logistic(
    probabilities: Floats, words: NDArray[np.int64], truth: NDArray[np.int64]
) -> list[float]:
    """Newton's method with a little ridge."""
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


def fit_thresholds(logits: Floats, examples: Sequence[Example]) -> list[float]:
    """For each of the 28 words the threshold of best F1, where it is seen enough."""
    truth = np.stack([example.words for example in examples]) > 0
    probabilities = 1 / (1 + np.exp(-logits.astype(float)))
    f1 = np.stack([_f1(truth, probabilities > t) for t in _THRESHOLDS])
    common = int(f1.mean(axis=1).argmax())
    best = np.where(truth.sum(axis=0) >= _ENOUGH, f1.argmax(axis=0), common)
    return [round(float(_THRESHOLDS[index]), 2) for index in best]


def _f1(truth: NDArray[np.bool_], guess: NDArray[np.bool_]) -> NDArray[np.float64]:
    both = (truth & guess).sum(axis=0)
    result: NDArray[np.float64] = (
        2 * both / np.maximum(truth.sum(axis=0) + guess.sum(axis=0), 1)
    )
    return result
