"""Fit of the irony model on sit-com scenes, and its figures on unseen ones."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from affectgraph.agents.evaluation.metrics import mean_recall, top_ece
from affectgraph.agents.training.transcript.data import SarcasmScene, class_indices
from affectgraph.agents.training.transcript.figures import macro_f1
from affectgraph.tools.transcript.emotion import calibrate_logits
from affectgraph.tools.transcript.irony import irony_probability

Floats = NDArray[np.floating[Any]]
Contract = dict[str, Any]

# Half of the scenes are sarcastic; of ordinary talk we assume fewer.
PRIOR = 0.15
_STRENGTH = 0.1
_FOLDS = 10


def fit_irony(features: Floats, scenes: Sequence[SarcasmScene]) -> Contract:
    """Fit the contract: a logistic regression, and what ironic lines mean.

    Args:
        features: `irony_features` of each scene, `[n, 35]`.
        scenes: The scenes.
    """
    sarcastic = np.array([scene.sarcastic for scene in scenes])
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=500)
    ).fit(features, sarcastic)
    scaler, regression = model[0], model[1]
    weights = regression.coef_[0] / scaler.scale_
    meant = np.mean([s.line.basic for s in scenes if s.sarcastic], axis=0)
    return {
        "weights": weights.round(5).tolist(),
        "bias": round(float(regression.intercept_[0] - weights @ scaler.mean_), 5),
        "prior": PRIOR,
        "meant": meant.round(5).tolist(),
    }


def irony_report(
    features: Floats,
    logits: Floats,
    scenes: Sequence[SarcasmScene],
    register: Contract,
) -> list[str]:
    """Report irony and meant emotion on unseen scenes, and on unseen shows."""
    by_scene = np.arange(len(scenes))
    shows = np.unique([scene.show for scene in scenes], return_inverse=True)[1]
    words = calibrate_logits(logits, register)
    uncalibrated = {
        **register,
        "temperature": 1.0,
        "neutral_weight": 0,
    }
    report = [
        _meant_line(
            "sarcasm scenes, words as they are",
            scenes,
            calibrate_logits(logits, uncalibrated),
        ),
        _meant_line("sarcasm scenes, calibrated words", scenes, words),
    ]
    for name, groups in (("scenes", by_scene), ("shows", shows)):
        probability, shifted = _cross_validate(features, words, scenes, groups)
        truth = np.array([scene.sarcastic for scene in scenes])
        odds = PRIOR / (1 - PRIOR)
        even = probability / (1 - probability) / odds > 1
        report += [
            f"irony on unseen {name}: accuracy {(even == truth).mean():.3f}, "
            f"majority {max(truth.mean(), 1 - truth.mean()):.3f}",
            _meant_line(f"unseen {name}, with irony", scenes, shifted),
        ]
    return report


def _cross_validate(
    features: Floats,
    words: Floats,
    scenes: Sequence[SarcasmScene],
    groups: NDArray[np.int64],
) -> tuple[Floats, Floats]:
    """Probability of irony and shifted votes, each from a fit without its group."""
    probability, shifted = np.zeros(len(scenes)), words.copy()
    folds = GroupKFold(min(_FOLDS, len(np.unique(groups))))
    for train, test in folds.split(features, groups=groups):
        contract = fit_irony(features[train], [scenes[i] for i in train])
        for i in test:
            probability[i] = irony_probability(features[i], contract)
            excess = max(0.0, (probability[i] - PRIOR) / (1 - PRIOR))
            meant = np.asarray(contract["meant"])
            shifted[i] = (1 - excess) * words[i] + excess * meant
    return probability, shifted


def _meant_line(
    name: str, scenes: Sequence[SarcasmScene], probabilities: Floats
) -> str:
    truth = class_indices([scene.line for scene in scenes])
    guess = probabilities.argmax(axis=1)
    scores: dict[str, Callable[[], float]] = {
        "accuracy": lambda: float((truth == guess).mean()),
        "UAR": lambda: mean_recall(truth, guess),
        "macro F1": lambda: macro_f1(truth, guess),
        "calibration error": lambda: top_ece(probabilities, truth),
    }
    return f"{name}: " + ", ".join(f"{k} {v():.3f}" for k, v in scores.items())
