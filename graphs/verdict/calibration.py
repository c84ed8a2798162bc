"""Calibration: confidence and prediction sets, as learned on corpora left out whole.

Confidence is a logistic function of `confidence_features`. The prediction set is
conformal (Sadinle, Lei & Wasserman 2019, "Least ambiguous set-valued classifiers with
bounded error levels", JASA), with separate thresholds for each observable situation:
which senses vote, and whether they conflict (Vovk 2012, "Conditional validity of
inductive conformal predictors").
"""

from collections.abc import Mapping
from math import exp, log

from affectgraph.graphs.schema import Fused
from affectgraph.graphs.verdict.parameters import ANY_SITUATION, DecisionParameters
from affectgraph.graphs.verdict.pooling import add_up, equal_pool
from affectgraph.graphs.verdict.votes import MIN_PROBABILITY
from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution, top_emotion


def confidence_features(fused: Fused) -> dict[str, float]:
    """Features from which confidence is computed.

    Returns:
        `log_odds` of the top label, and `equal weights`: its log-odds if every sense
        counted the same, so that a label which rests on unequal trust is less sure.
        What other experts add is part of both.
    """
    label = top_emotion(fused.distribution)
    equal = equal_pool(fused.by_modality)
    others = [t for name, t in fused.terms.items() if name not in fused.by_modality]
    if any(any(term.values()) for term in others):
        logs = {e: log(max(p, MIN_PROBABILITY)) for e, p in equal.items()}
        equal = add_up([logs, *others])
    return {
        "log_odds": _log_odds(fused.distribution[label]),
        "equal weights": _log_odds(equal[label]),
    }


def leads_with_equal_weights(fused: Fused, label: str) -> bool:
    """Whether the label would lead if every sense counted the same."""
    return top_emotion(equal_pool(fused.by_modality)) == label


def confidence(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Probability that the top label is right."""
    score = weights["constant"]
    score += sum(weights.get(name, 0.0) * value for name, value in features.items())
    return 1.0 / (1.0 + exp(-score))


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, MIN_PROBABILITY), 1.0 - MIN_PROBABILITY)
    return log(bounded / (1.0 - bounded))


def situation(fused: Fused) -> str:
    """Which senses vote, and whether they agree: `face and prosody, in conflict`."""
    voting = " and ".join(sorted(fused.by_modality))
    return f"{voting}, in conflict" if fused.conflicts else voting


def prediction_set(
    fused: Fused, coverage: float, parameters: DecisionParameters
) -> tuple[str, ...]:
    """Labels that hold the right one with the given coverage, most probable first.

    Contains every label at least as probable as the threshold learned for this
    situation and coverage, or for the next higher coverage that was learned. Where the
    clip is unlike all that was measured, the threshold of the highest coverage is used.
    """
    answer, thresholds = fused.distribution, parameters.thresholds
    by_coverage = thresholds.get(situation(fused), thresholds[ANY_SITUATION])
    sufficient = [name for name in by_coverage if float(name) >= coverage]
    choose = max if fused.novel else min
    threshold = by_coverage[choose(sufficient, key=float)] if sufficient else 0.0
    ranked = sorted(BASIC_EMOTIONS, key=lambda e: -answer[e])
    likely = [emotion for emotion in ranked if answer[emotion] >= threshold]
    return tuple(likely or ranked[:1])


def unfamiliar(fused: Fused) -> str:
    """Why a clip is unlike those that the numbers were learned on; empty if it is not.

    It is if no sense perceives anything like what it was measured on.
    """
    if not fused.novel or len(fused.novel) < len(fused.by_modality):
        return ""
    return f"unlike anything that {' and '.join(fused.novel)} was measured on"


def top_two(answer: Distribution) -> tuple[str, str]:
    """The most probable label and its runner-up."""
    first, second = sorted(BASIC_EMOTIONS, key=lambda e: -answer[e])[:2]
    return first, second
