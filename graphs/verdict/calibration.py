"""How sure, by numbers learned on takes that were judged: `decision.json`, its card.

The fast answer is what fusion says; the slow answer is that, moved by the checks as far
as they were found to help. Confidence is a logistic curve over what both leave open,
and the prediction set is conformal (Sadinle, Lei & Wasserman 2019, "Least ambiguous
set-valued classifiers with bounded error levels", JASA), by itself for each situation
that can be seen: which senses vote, and whether they conflict (Vovk 2012, "Conditional
validity of inductive conformal predictors").
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

_SIGN = {"holds": 1.0, "fails": -1.0, "inconclusive": 0.0}
# No probability is taken to be nearer to 0 or 1.
LEAST = 1e-4
# The thresholds for situations that none were learned for, such as a plug-in's.
ANY = "any"


class DecisionParameters(Frozen):
    """The numbers of `decision.json`.

    Attributes:
        confidence: Weight of each of `features`, and the `constant`.
        slow: How far a check of each kind moves the log-odds of its hypothesis.
        thresholds: Situation to coverage to the least probability in a set.
        least_confidence: Below it there is no label.
        least_quality: Of each sense; where all that vote are poorer, the numbers above
            were not learned for such a clip.
    """

    confidence: dict[str, float]
    slow: dict[str, float]
    thresholds: dict[str, dict[str, float]]
    least_confidence: Fraction
    least_quality: dict[str, Fraction]


@cache
def decision_parameters() -> DecisionParameters:
    """The numbers that ship with the package."""
    file = Path(__file__).parent / "decision.json"
    return DecisionParameters.model_validate_json(file.read_text())


def slow_answer(
    fused: Fused, checks: Sequence[Check], weights: Mapping[str, float]
) -> Distribution:
    """The fast answer, moved by what came of the checks."""
    told = latest_results(checks)
    scores = {
        emotion: log(max(share, LEAST))
        + sum(weights.get(kind, 0.0) * sign for kind, sign in told[emotion].items())
        for emotion, share in fused.distribution.items()
    }
    if not any(weights.get(kind) for each in told.values() for kind in each):
        return fused.distribution
    return distribution({emotion: exp(score) for emotion, score in scores.items()})


def latest_results(checks: Sequence[Check]) -> dict[str, dict[str, float]]:
    """By emotion and kind, what its last check says: 1 holds, -1 fails, 0 neither."""
    told: dict[str, dict[str, float]] = {emotion: {} for emotion in BASIC_EMOTIONS}
    for check in sorted(checks, key=lambda check: check.round):
        told[check.hypothesis][check.kind] = _SIGN[check.result]
    return told


def features(
    fused: Fused, slow: Distribution, checks: Sequence[Check]
) -> dict[str, float]:
    """What confidence goes by.

    Returns:
        `log_odds` of the top label; `margin`, its log-ratio to the second; `moved`, by
        how much of the probability slow and fast answers differ; `conflict`, the
        greatest distance of two senses; `quality`, the mean of the voting senses' own;
        `with face` and so on, 1 for each that votes; and by kind of check what it says
        for the top label against what it says for the second, in [-1, 1].
    """
    first, second = sorted(BASIC_EMOTIONS, key=lambda e: -slow[e])[:2]
    told = latest_results(checks)
    kinds = dict.fromkeys(check.kind for check in checks)
    share = min(max(slow[first], LEAST), 1.0 - LEAST)
    voting = len(fused.quality)
    return {
        "log_odds": log(share / (1.0 - share)),
        "margin": log(max(slow[first], LEAST) / max(slow[second], LEAST)),
        "moved": sum(abs(slow[e] - fused.distribution[e]) for e in slow) / 2,
        "conflict": max((c.amount for c in fused.conflicts), default=0.0),
        "quality": sum(fused.quality.values()) / voting if voting else 0.0,
        **{f"with {modality}": 1.0 for modality in fused.quality},
        **{
            kind: (told[first].get(kind, 0.0) - told[second].get(kind, 0.0)) / 2
            for kind in kinds
        },
    }


def confidence(found: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Probability that the top label is right."""
    score = weights["constant"]
    score += sum(weights.get(name, 0.0) * value for name, value in found.items())
    return 1.0 / (1.0 + exp(-score))


def situation(fused: Fused) -> str:
    """Which senses vote, and whether they agree: `face and prosody, in conflict`."""
    voting = " and ".join(sorted(fused.by_modality))
    return f"{voting}, in conflict" if fused.conflicts else voting


def prediction_set(
    answer: Distribution, situation: str, coverage: float, numbers: DecisionParameters
) -> tuple[str, ...]:
    """The labels that hold the right one as often as asked for, most probable first.

    Every label at least as probable as the threshold that was learned for this
    situation and coverage, or for the next coverage above it that was learned.
    """
    known = numbers.thresholds.get(situation, numbers.thresholds[ANY])
    enough = [name for name in known if float(name) >= coverage]
    least = known[min(enough or known, key=float)] if enough else 0.0
    ranked = sorted(BASIC_EMOTIONS, key=lambda e: -answer[e])
    likely = [emotion for emotion in ranked if answer[emotion] >= least]
    return tuple(likely or [top_emotion(answer)])


def out_of_domain(fused: Fused, least: Mapping[str, float]) -> str:
    """Why the numbers were not learned for such a clip; empty if they were."""
    poor = [m for m, sure in fused.quality.items() if sure < least.get(m, 0.0)]
    if not poor or len(poor) < len(fused.quality):
        return ""
    return (
        f"out of domain: {' and '.join(poor)} evidence is poorer than nearly all that "
        "confidence was learned on"
    )
