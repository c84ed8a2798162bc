"""Calibration: confidence, prediction sets and the effect of checks, as learned.

The numbers are in `decision.json`; `decision.md` is their card. The fast answer is the
fused distribution; the slow answer is that distribution adjusted by the checks, each
kind as far as it was found to help. Confidence is a logistic function of
`confidence_features`. The prediction set is conformal (Sadinle, Lei & Wasserman 2019,
"Least ambiguous set-valued classifiers with bounded error levels", JASA), with separate
thresholds for each observable situation: which senses vote, and whether they conflict
(Vovk 2012, "Conditional validity of inductive conformal predictors").
"""

from collections.abc import Mapping, Sequence
from functools import cache
from math import exp, log
from pathlib import Path

from affectgraph.graphs.schema import Check, Fused
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    top_emotion,
)
from affectgraph.tools.evidence import Fraction, Frozen

_RESULT_SIGN = {"holds": 1.0, "fails": -1.0, "inconclusive": 0.0}
# Probabilities are clipped to [MIN_PROBABILITY, 1 - MIN_PROBABILITY] before logarithms.
MIN_PROBABILITY = 1e-4
# Thresholds for situations that training did not cover, such as a plug-in's modality.
ANY_SITUATION = "any"


class DecisionParameters(Frozen):
    """The numbers of `decision.json`.

    Attributes:
        confidence: Weight of each of `confidence_features`, and the `constant`.
        slow: How far a check of each kind moves the log-odds of its hypothesis.
        thresholds: Situation to coverage to the minimum probability in a set.
        least_confidence: Below it the decision abstains.
        least_quality: Minimum quality of each sense; if all voting senses are below it,
            the clip lies outside the domain of the numbers above.
    """

    confidence: dict[str, float]
    slow: dict[str, float]
    thresholds: dict[str, dict[str, float]]
    least_confidence: Fraction
    least_quality: dict[str, Fraction]


@cache
def decision_parameters() -> DecisionParameters:
    """The parameters that ship with the package."""
    file = Path(__file__).parent / "decision.json"
    return DecisionParameters.model_validate_json(file.read_text())


def apply_checks(
    fused: Fused, checks: Sequence[Check], weights: Mapping[str, float]
) -> Distribution:
    """The slow answer: the fused distribution, adjusted by the results of the checks.

    Args:
        fused: The fast answer.
        checks: Checks of all rounds.
        weights: How far each kind of check moves the log-odds of its hypothesis.
    """
    results = latest_results(checks)
    scores = {
        emotion: log(max(share, MIN_PROBABILITY))
        + sum(weights.get(kind, 0.0) * sign for kind, sign in results[emotion].items())
        for emotion, share in fused.distribution.items()
    }
    if not any(weights.get(kind) for signs in results.values() for kind in signs):
        return fused.distribution
    return distribution({emotion: exp(score) for emotion, score in scores.items()})


def latest_results(checks: Sequence[Check]) -> dict[str, dict[str, float]]:
    """Latest result of each kind of check, by emotion and kind.

    Returns:
        1 where the hypothesis holds, -1 where it fails, 0 where the check could not
        tell.
    """
    results: dict[str, dict[str, float]] = {emotion: {} for emotion in BASIC_EMOTIONS}
    for check in sorted(checks, key=lambda check: check.round):
        results[check.hypothesis][check.kind] = _RESULT_SIGN[check.result]
    return results


def confidence_features(
    fused: Fused, answer: Distribution, checks: Sequence[Check]
) -> dict[str, float]:
    """Features from which confidence is computed.

    Args:
        fused: The fast answer.
        answer: The slow answer.
        checks: Checks of all rounds.

    Returns:
        `log_odds` of the top label; `margin`, its log-ratio to the second; `moved`, the
        probability mass by which slow and fast answers differ; `conflict`, the
        largest distance between two senses; `quality`, the mean over voting senses;
        `with face` and so on, 1 for each sense that votes; and for each kind of check
        its result for the top label minus that for the second, in [-1, 1].
    """
    first, second = sorted(BASIC_EMOTIONS, key=lambda e: -answer[e])[:2]
    results = latest_results(checks)
    kinds = dict.fromkeys(check.kind for check in checks)
    probability = min(max(answer[first], MIN_PROBABILITY), 1.0 - MIN_PROBABILITY)
    voting = len(fused.quality)
    return {
        "log_odds": log(probability / (1.0 - probability)),
        "margin": log(
            max(answer[first], MIN_PROBABILITY) / max(answer[second], MIN_PROBABILITY)
        ),
        "moved": sum(abs(answer[e] - fused.distribution[e]) for e in answer) / 2,
        "conflict": max((c.amount for c in fused.conflicts), default=0.0),
        "quality": sum(fused.quality.values()) / voting if voting else 0.0,
        **{f"with {modality}": 1.0 for modality in fused.quality},
        **{
            kind: (results[first].get(kind, 0.0) - results[second].get(kind, 0.0)) / 2
            for kind in kinds
        },
    }


def confidence(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Probability that the top label is right."""
    score = weights["constant"]
    score += sum(weights.get(name, 0.0) * value for name, value in features.items())
    return 1.0 / (1.0 + exp(-score))


def situation(fused: Fused) -> str:
    """Which senses vote, and whether they agree: `face and prosody, in conflict`."""
    voting = " and ".join(sorted(fused.by_modality))
    return f"{voting}, in conflict" if fused.conflicts else voting


def prediction_set(
    answer: Distribution,
    situation: str,
    coverage: float,
    parameters: DecisionParameters,
) -> tuple[str, ...]:
    """Labels that hold the right one with the given coverage, most probable first.

    Contains every label at least as probable as the threshold learned for this
    situation and coverage, or for the next higher coverage that was learned.
    """
    thresholds = parameters.thresholds
    by_coverage = thresholds.get(situation, thresholds[ANY_SITUATION])
    sufficient = [name for name in by_coverage if float(name) >= coverage]
    threshold = by_coverage[min(sufficient, key=float)] if sufficient else 0.0
    ranked = sorted(BASIC_EMOTIONS, key=lambda e: -answer[e])
    likely = [emotion for emotion in ranked if answer[emotion] >= threshold]
    return tuple(likely or [top_emotion(answer)])


def out_of_domain(fused: Fused, min_quality: Mapping[str, float]) -> str:
    """Why a clip is unlike those that the numbers were learned on; empty if it is not.

    Args:
        fused: The fast answer.
        min_quality: Minimum quality of each modality, in [0, 1].
    """
    poor = [
        m for m, quality in fused.quality.items() if quality < min_quality.get(m, 0)
    ]
    if not poor or len(poor) < len(fused.quality):
        return ""
    return (
        f"out of domain: {' and '.join(poor)} evidence is poorer than nearly all that "
        "confidence was learned on"
    )
