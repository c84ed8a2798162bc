"""Training recipe of the decision: `affectgraph train decision`.

It fits confidence, prediction sets, abstention, and the weight of the checks, on takes
composed of evidence about faces, voices and words that the senses were not fitted on.
Figures are cross-validated: faces, speakers and dialogues of a fold have no part in
fitting its parameters.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.decision.checked_takes import (
    CheckedTake,
    TakesByKind,
    compose_and_check,
    decide_folds,
    prediction_sets,
)
from affectgraph.agents.training.decision.composition import FOLDS
from affectgraph.agents.training.decision.figures import (
    decision_gain,
    print_risk_coverage,
)
from affectgraph.agents.training.decision.parameters import (
    NO_CHECK_WEIGHTS,
    fit_check_weights,
    fit_parameters,
)
from affectgraph.agents.training.decision.pieces import load_pieces
from affectgraph.graphs.verdict import calibration
from affectgraph.graphs.verdict.pooling import PoolParameters, pool_parameters
from affectgraph.tools.io.atomic_write import atomic_write_text

Floats = NDArray[np.float64]


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Fit the decision, print the figures of the card, write `decision.json`.

    Args:
        data: A folder in the shared layout.
        out: Folder of `decision.json`, of voices cached by the prosody recipe, and of
            `fusion.json`, which is used if it is there.
        seed: Of the pieces and the takes.
    """
    file = out / "fusion.json"
    fusion = pool_parameters()
    if file.is_file():
        fusion = PoolParameters.model_validate_json(file.read_text())
    stock = compose_and_check(load_pieces(data, out, seed=seed), fusion, seed=seed)
    takes = [take for fold in stock["mixed"] for take in fold]
    parameters = fit_out_of_fold(stock)
    weights = NO_CHECK_WEIGHTS
    if any(parameters[0].slow.values()):
        weights = fit_check_weights(takes)
    fitted = fit_parameters(takes, weights)
    encoded = json.dumps(fitted.model_dump(), indent=1)
    atomic_write_text(out / "decision.json", f"{encoded}\n")
    print_risk_coverage(decide_folds(stock["mixed"], parameters))
    for kind, folds in stock.items():
        _report(kind, folds, parameters)


def fit_out_of_fold(stock: TakesByKind) -> list[calibration.DecisionParameters]:
    """Fit parameters for each fold on the mixed takes of the other folds.

    The checks have weights only if that helps.
    """
    others = [
        [
            take
            for number, fold in enumerate(stock["mixed"])
            if number != out
            for take in fold
        ]
        for out in range(FOLDS)
    ]
    weights = [fit_check_weights(takes) for takes in others]
    if not slow_answer_helps(stock, weights):
        weights = [NO_CHECK_WEIGHTS] * FOLDS
    return [
        fit_parameters(takes, each) for takes, each in zip(others, weights, strict=True)
    ]


def slow_answer_helps(
    stock: TakesByKind, check_weights: Sequence[dict[str, float]]
) -> bool:
    """Return whether answers with check weights beat those of fusion alone.

    They do if the likelihood of mixed takes rises significantly, and accuracy does not
    fall for any kind of take.
    """
    print("check weights:", *check_weights)
    helps = True
    for kind, folds in stock.items():
        fast = decide_folds(folds, None)
        shares = [
            calibration.apply_checks(one.fused, one.checks, weights)
            for fold, weights in zip(folds, check_weights, strict=True)
            for one in fold
        ]
        gains = decision_gain(fast, replace(fast, shares=shares))
        for name, gain in gains.items():
            interval = f"[{gain.low:+.4f}, {gain.high:+.4f}]"
            print(f"  {kind}: {name} {gain.value:+.4f} {interval}")
        helps &= gains["accuracy"].value >= 0.0
        helps &= kind != "mixed" or gains["log_likelihood"].low > 0.0
    return helps


def _report(
    kind: str,
    folds: Sequence[Sequence[CheckedTake]],
    parameters: Sequence[calibration.DecisionParameters],
) -> None:
    fast, full = decide_folds(folds, None), decide_folds(folds, parameters)
    takes = [one for fold in folds for one in fold]
    print(f"{kind}, {len(takes)} takes")
    print(f"  fast: {fast.summary()}\n  full: {full.summary()}")
    thresholds = [fitted.least_confidence for fitted in parameters]
    answered = full.confidence >= np.repeat(thresholds, len(folds[0]))
    rejected = full.right[~answered].mean() if not answered.all() else 0.0
    print(
        f"  answers {answered.mean():.3f} of them, {full.right[answered].mean():.3f} "
        f"right; of the others {rejected:.3f} would be"
    )
    conflict = np.array([bool(one.fused.conflicts) for one in takes])
    for coverage in (0.8, 0.9, 0.95):
        sets = prediction_sets(folds, parameters, coverage)
        held = np.array([o.take.label in s for o, s in zip(takes, sets, strict=True)])
        print(
            f"  sets at {coverage}: hold {held.mean():.3f}, in conflict "
            f"{held[conflict].mean():.3f}, else {held[~conflict].mean():.3f}; "
            f"{np.mean([len(each) for each in sets]):.1f} labels"
        )
