"""Figures of the model card: scores with intervals, and their baselines."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.evaluation import metrics
from affectgraph.agents.evaluation.bootstrap import score_interval
from affectgraph.agents.evaluation.metrics import (
    class_f1,
    confusion_tables,
    mean_recall,
    top_ece,
)
from affectgraph.agents.training.transcript.data import TextExample, class_indices

Ints = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]
Score = Callable[[Ints], float]


def macro_f1(truth: Ints, guess: Ints) -> float:
    """Mean F1 of the seven classes, absent ones included."""
    return float(class_f1(confusion_tables(truth, guess)).mean())


def weighted_f1(truth: Ints, guess: Ints) -> float:
    """F1 of the classes, weighted by how often they occur."""
    return float(metrics.weighted_f1(confusion_tables(truth, guess))[0])


def basic_report(
    name: str, examples: Sequence[TextExample], probabilities: Floats, raw: Floats
) -> list[str]:
    """Report figures of one register on one set, without multi-label comments.

    Args:
        name: Of the set.
        examples: The set.
        probabilities: Calibrated, `[n, 7]`.
        raw: Softmax without calibration, `[n, 7]`.
    """
    truth, groups = class_indices(examples), np.array([e.group for e in examples])
    single = truth >= 0
    truth, groups = truth[single], groups[single]
    guess = probabilities[single].argmax(axis=1)
    scores: dict[str, Score] = {
        "weighted F1": lambda rows: weighted_f1(truth[rows], guess[rows]),
        "UAR": lambda rows: mean_recall(truth[rows], guess[rows]),
        "macro F1": lambda rows: macro_f1(truth[rows], guess[rows]),
        "accuracy": lambda rows: float((truth[rows] == guess[rows]).mean()),
    }
    lines = [f"{name}: n {len(truth)}"]
    lines += [
        f"  {label} {score_interval(groups, score)}" for label, score in scores.items()
    ]
    before, after = top_ece(raw[single], truth), top_ece(probabilities[single], truth)
    lines.append(f"  calibration error {before:.3f} before, {after:.3f} after")
    each = " ".join(
        f"{value:.2f}" for value in class_f1(confusion_tables(truth, guess))[0]
    )
    return [*lines, f"  F1 by class in the order of the house: {each}"]


def quality_report(
    name: str, examples: Sequence[TextExample], probabilities: Floats, quality: Floats
) -> str:
    """Report the share of right answers in five equal groups by rising quality."""
    truth = class_indices(examples)
    single = truth >= 0
    right = (probabilities.argmax(axis=1) == truth)[single]
    order = np.argsort(quality[single], kind="stable")
    shares = [right[part].mean() for part in np.array_split(order, 5)]
    return f"{name}, right by quality: {' '.join(f'{s:.2f}' for s in shares)}"


def majority_report(name: str, examples: Sequence[TextExample]) -> str:
    """Report the scores of always the most frequent class."""
    truth = class_indices(examples)
    truth = truth[truth >= 0]
    guess = np.full_like(truth, np.bincount(truth).argmax())
    return _line(f"{name}, majority", truth, guess)


def tfidf_report(
    name: str, train: Sequence[TextExample], examples: Sequence[TextExample]
) -> str:
    """Report the scores of TF-IDF of words and pairs with logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        LogisticRegression(C=4.0, class_weight="balanced", max_iter=300),
    )
    target, truth = class_indices(train), class_indices(examples)
    model.fit(
        [e.text for e, t in zip(train, target, strict=True) if t >= 0],
        target[target >= 0],
    )
    guess = model.predict([e.text for e in examples])
    return _line(f"{name}, TF-IDF", truth[truth >= 0], guess[truth >= 0])


def _line(name: str, truth: Ints, guess: Ints) -> str:
    return (
        f"{name}: weighted F1 {weighted_f1(truth, guess):.3f}, "
        f"UAR {mean_recall(truth, guess):.3f}, macro F1 {macro_f1(truth, guess):.3f}"
    )
