"""Metrics of answers: pure functions of arrays and of confusion tables."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import BASIC_EMOTIONS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BINS = 15
CLASSES = len(BASIC_EMOTIONS)


def confusion_tables(
    truth: Ints, answer: Ints, group: Ints | None = None, classes: int = CLASSES
) -> Floats:
    """Count answers by true label, one table per group: [groups, true, answered].

    Args:
        truth: Index of the true label, [n].
        answer: Index of the answered label, [n].
        group: Index of the group, [n]; all are of one group if None.
        classes: Number of labels.
    """
    if group is None:
        group = np.zeros(len(truth), dtype=np.int64)
    tables = np.zeros((int(group.max(initial=0)) + 1, classes, classes))
    np.add.at(tables, (group, truth, answer), 1)
    return tables


def accuracy(tables: Floats) -> Floats:
    """Accuracy of confusion tables [b, true, answered]."""
    right: Floats = np.trace(tables, axis1=1, axis2=2) / tables.sum(axis=(1, 2))
    return right


def uar(tables: Floats) -> Floats:
    """Unweighted average recall: mean recall over the classes present."""
    return _mean_present(class_recall(tables), tables)


def macro_f1(tables: Floats) -> Floats:
    """Mean F1 over the classes present, of confusion tables."""
    return _mean_present(class_f1(tables), tables)


def weighted_f1(tables: Floats) -> Floats:
    """F1 weighted by class size, of confusion tables."""
    sizes = tables.sum(axis=2)
    weighted: Floats = (class_f1(tables) * sizes).sum(axis=1) / sizes.sum(axis=1)
    return weighted


def class_precision(tables: Floats) -> Floats:
    """Precision of each class, [b, class]; 0 for one that is never answered."""
    hits = np.diagonal(tables, axis1=1, axis2=2)
    result: Floats = hits / np.maximum(tables.sum(axis=1), 1)
    return result


def class_recall(tables: Floats) -> Floats:
    """Recall of each class, [b, class]; 0 for one that is absent."""
    hits = np.diagonal(tables, axis1=1, axis2=2)
    result: Floats = hits / np.maximum(tables.sum(axis=2), 1)
    return result


def class_f1(tables: Floats) -> Floats:
    """F1 of each class, [b, class]; 0 for one that is absent and never answered."""
    hits = np.diagonal(tables, axis1=1, axis2=2)
    both = tables.sum(axis=2) + tables.sum(axis=1)
    result: Floats = 2 * hits / np.maximum(both, 1)
    return result


def mean_recall(truth: Ints, answer: Ints) -> float:
    """`uar` of answers, both [n]."""
    return float(uar(confusion_tables(truth, answer))[0])


def multilabel_f1(truth: Bools, answer: Bools) -> Floats:
    """F1 of each label of a multi-label task, [labels], from [n, labels]."""
    hits, total = (truth & answer).sum(axis=0), truth.sum(axis=0) + answer.sum(axis=0)
    result: Floats = 2 * hits / np.maximum(total, 1)
    return result


def ece(confidence: Floats, right: Bools) -> float:
    """Expected calibration error: 15 bins of equal width (Naeini et al. 2015)."""
    bins = confidence_bins(confidence)
    total = np.zeros(BINS)
    np.add.at(total, bins, confidence - right)
    return float(np.abs(total).sum() / len(right))


def top_ece(probabilities: NDArray[np.floating[Any]], truth: Ints) -> float:
    """`ece` of the most probable class, from [n, class] and labels [n]."""
    return ece(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth)


def confidence_bins(confidence: Floats) -> Ints:
    """Number of the calibration bin of each confidence."""
    bins: Ints = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return bins


def aurc(confidence: Floats, right: Bools) -> float:
    """Area under the risk-coverage curve (Geifman & El-Yaniv 2017)."""
    return float(risk_curve(confidence, right).mean())


def risk_curve(confidence: Floats, right: Bools) -> Floats:
    """Share of wrong answers among the k most confident, for k from 1 to n."""
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~right[order])
    result: Floats = wrong / np.arange(1, len(right) + 1)
    return result


def softmax(
    scores: NDArray[np.floating[Any]], temperature: float = 1.0
) -> NDArray[np.float64]:
    """Probabilities along the last axis, from log-probabilities or logits."""
    raised = np.exp((scores - scores.max(axis=-1, keepdims=True)) / temperature)
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def _mean_present(scores: Floats, tables: Floats) -> Floats:
    present = tables.sum(axis=2) > 0
    result: Floats = (scores * present).sum(axis=1) / present.sum(axis=1)
    return result
