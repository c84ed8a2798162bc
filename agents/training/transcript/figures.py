"""The figures of the model card: scores with intervals, beside their baselines."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.transcript.data import TextExample, class_indices

Ints = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]
Metric = Callable[[Ints], float]

_BINS = 15
_RESAMPLES = 1000


def recalls(truth: Ints, guess: Ints) -> NDArray[np.float64]:
    """Recall of each class that occurs."""
    hits = np.bincount(truth[truth == guess], minlength=7)
    count = np.bincount(truth, minlength=7)
    result: NDArray[np.float64] = hits[count > 0] / count[count > 0]
    return result


def class_f1(truth: Ints, guess: Ints) -> NDArray[np.float64]:
    """F1 of the seven classes; 0 for one that neither occurs nor is guessed."""
    hits = np.bincount(truth[truth == guess], minlength=7)
    total = np.bincount(truth, minlength=7) + np.bincount(guess, minlength=7)
    result: NDArray[np.float64] = 2 * hits / np.maximum(total, 1)
    return result


def macro_f1(truth: Ints, guess: Ints) -> float:
    """Mean F1 of the seven classes."""
    return float(class_f1(truth, guess).mean())


def weighted_f1(truth: Ints, guess: Ints) -> float:
    """F1 of the classes, weighted by how often they occur."""
    share = np.bincount(truth, minlength=7) / len(truth)
    return float((share * class_f1(truth, guess)).sum())


def words_f1(truth: NDArray[np.bool_], guess: NDArray[np.bool_]) -> float:
    """Mean F1 of the 28 words."""
    both, total = (truth & guess).sum(axis=0), truth.sum(axis=0) + guess.sum(axis=0)
    return float((2 * both / np.maximum(total, 1)).mean())


def calibration_error(truth: Ints, probabilities: Floats) -> float:
    """Expected calibration error of the top class in 15 equal bins."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    return float(
        sum(
            abs(right[bins == b].mean() - confidence[bins == b].mean())
            * (bins == b).mean()
            for b in np.unique(bins)
        )
    )


def interval(groups: Ints, metric: Metric, seed: int = 0) -> str:
    """A score with its bootstrap 95% interval, whole groups drawn at a time.

    Args:
        groups: Group of each row, such as its dialogue.
        metric: From indices of rows to the score.
        seed: Of the resampling.
    """
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(_RESAMPLES):
        chosen = random.integers(0, len(members), len(members))
        drawn.append(metric(np.concatenate([members[i] for i in chosen])))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{metric(np.arange(len(groups))):.3f} [{low:.3f}, {high:.3f}]"


def basic_report(
    name: str, examples: Sequence[TextExample], probabilities: Floats, raw: Floats
) -> list[str]:
    """Lines of the card for one register on one set.

    Comments with several basic emotions are left out.

    Args:
        name: Of the set.
        examples: The set.
        probabilities: Calibrated, `[n, 7]`.
        raw: Softmax without calibration, `[n, 7]`.
    """
    truth, groups = class_indices(examples), np.array([e.group for e in examples])
    one = truth >= 0
    truth, groups = truth[one], groups[one]
    guess = probabilities[one].argmax(axis=1)
    scores: dict[str, Metric] = {
        "weighted F1": lambda rows: weighted_f1(truth[rows], guess[rows]),
        "UAR": lambda rows: float(recalls(truth[rows], guess[rows]).mean()),
        "macro F1": lambda rows: macro_f1(truth[rows], guess[rows]),
        "accuracy": lambda rows: float((truth[rows] == guess[rows]).mean()),
    }
    lines = [f"{name}: n {len(truth)}"]
    lines += [f"  {label} {interval(groups, score)}" for label, score in scores.items()]
    before = calibration_error(truth, raw[one])
    after = calibration_error(truth, probabilities[one])
    lines.append(f"  calibration error {before:.3f} before, {after:.3f} after")
    each = " ".join(f"{value:.2f}" for value in class_f1(truth, guess))
    return [*lines, f"  F1 by class in the order of the house: {each}"]


def quality_report(
    name: str, examples: Sequence[TextExample], probabilities: Floats, quality: Floats
) -> str:
    """Share of right answers in five equal groups by rising quality."""
    truth = class_indices(examples)
    one = truth >= 0
    right = (probabilities.argmax(axis=1) == truth)[one]
    order = np.argsort(quality[one], kind="stable")
    shares = [right[part].mean() for part in np.array_split(order, 5)]
    return f"{name}, right by quality: {' '.join(f'{s:.2f}' for s in shares)}"


def majority_report(name: str, examples: Sequence[TextExample]) -> str:
    """The same scores for always answering the commonest class."""
    truth = class_indices(examples)
    truth = truth[truth >= 0]
    guess = np.full_like(truth, np.bincount(truth).argmax())
    return _line(f"{name}, majority", truth, guess)


def tfidf_report(
    name: str, learned: Sequence[TextExample], examples: Sequence[TextExample]
) -> str:
    """The same scores for TF-IDF of words and pairs with logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        LogisticRegression(C=4.0, class_weight="balanced", max_iter=300),
    )
    target, truth = class_indices(learned), class_indices(examples)
    model.fit(
        [e.text for e, t in zip(learned, target, strict=True) if t >= 0],
        target[target >= 0],
    )
    guess = model.predict([e.text for e in examples])
    return _line(f"{name}, TF-IDF", truth[truth >= 0], guess[truth >= 0])


def _line(name: str, truth: Ints, guess: Ints) -> str:
    return (
        f"{name}: weighted F1 {weighted_f1(truth, guess):.3f}, "
        f"UAR {recalls(truth, guess).mean():.3f}, macro F1 {macro_f1(truth, guess):.3f}"
    )
