"""Calibration of the logits, fitted on held-out texts of several domains."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from affectgraph.agents.evaluation.metrics import multilabel_f1
from affectgraph.agents.training.transcript.data import TextExample
from affectgraph.tools.transcript.emotion import calibrate_logits

Floats = NDArray[np.floating[Any]]

_THRESHOLDS = np.arange(0.10, 0.71, 0.02)
_MIN_EXAMPLES = 20
# Log temperature, and log-odds of the weight of neutral words.
_STARTS = ([0.0, 0.0], [0.3, -4.0])


@dataclass(frozen=True)
class CalibrationSet:
    """Texts of one domain, none of them learned from, and how the network read them.

    Attributes:
        logits: Of one register, `[n, 7]`.
        examples: The texts.
        weight: Of the whole set.
    """

    logits: Floats
    examples: Sequence[TextExample]
    weight: float

    @property
    def targets(self) -> Floats:
        """Weights over the basic emotions, `[n, 7]`."""
        return np.stack([example.basic for example in self.examples])


def fit_register(sets: Sequence[CalibrationSet]) -> dict[str, Any]:
    """Fit temperature, base rate, weight of neutral words, and quality.

    Args:
        sets: The first is the register's own; the others keep it honest elsewhere.

    Returns:
        What `calibrate_logits` and `estimate_quality` need. Temperature and weight of
        neutral words minimise the log loss over all sets.
    """
    total = sum(texts.weight for texts in sets)
    base_rate = sum(texts.weight * texts.targets.mean(axis=0) for texts in sets) / total

    def register(parameters: Floats) -> dict[str, Any]:
        log_temperature, weight = (float(value) for value in parameters)
        return {
            "temperature": round(float(np.exp(log_temperature)), 4),
            "base_rate": np.asarray(base_rate).round(5).tolist(),
            "neutral_weight": round(float(1 / (1 + np.exp(-weight))), 4),
        }

    def log_loss(parameters: Floats) -> float:
        fitted = register(parameters)
        return sum(
            texts.weight * _cross_entropy(calibrate_logits(texts.logits, fitted), texts)
            for texts in sets
        )

    best = min(
        (minimize(log_loss, start, method="Nelder-Mead") for start in _STARTS),
        key=lambda result: float(result.fun),
    )
    fitted = register(best.x)
    return {**fitted, "quality": _fit_quality(sets, fitted)}


def _cross_entropy(probabilities: Floats, texts: CalibrationSet) -> float:
    return float(-(texts.targets * np.log(probabilities + 1e-9)).sum(axis=1).mean())


def _fit_quality(
    sets: Sequence[CalibrationSet], register: dict[str, Any]
) -> list[float]:
    """Fit a logistic regression with a small ridge by Newton's method."""
    inputs, right, weight = [], [], []
    for texts in sets:
        probabilities = calibrate_logits(texts.logits, register)
        top = np.clip(probabilities.max(axis=1), 1e-6, 1 - 1e-6)
        words = [len(example.text.split()) for example in texts.examples]
        inputs.append([np.ones(len(top)), np.log(top / (1 - top)), np.log1p(words)])
        right.append(texts.targets[np.arange(len(top)), probabilities.argmax(axis=1)])
        weight.append(np.full(len(top), texts.weight * 1_000 / len(top)))
    rows = np.concatenate([np.stack(columns, axis=1) for columns in inputs])
    truth, importance = np.concatenate(right), np.concatenate(weight)
    coefficients = np.zeros(3)
    for _ in range(25):
        fitted = 1 / (1 + np.exp(-rows @ coefficients))
        spread = (importance * fitted * (1 - fitted))[:, None]
        curvature = rows.T @ (rows * spread) + np.eye(3)
        slope = rows.T @ (importance * (truth - fitted)) - coefficients
        coefficients += np.linalg.solve(curvature, slope)
    return [round(float(value), 5) for value in coefficients]


def fit_thresholds(logits: Floats, examples: Sequence[TextExample]) -> list[float]:
    """Fit thresholds of best F1 of the 28 words; rare words share one."""
    truth = np.stack([example.words for example in examples]) > 0
    probabilities = 1 / (1 + np.exp(-logits.astype(float)))
    f1 = np.stack([multilabel_f1(truth, probabilities > t) for t in _THRESHOLDS])
    common = int(f1.mean(axis=1).argmax())
    best = np.where(truth.sum(axis=0) >= _MIN_EXAMPLES, f1.argmax(axis=0), common)
    return [round(float(_THRESHOLDS[index]), 2) for index in best]
