"""The decision: from the fused answer and the checks to a label or an abstention."""

from collections.abc import Sequence

from affectgraph.graphs.schema import Check, Decision, Fused
from affectgraph.graphs.verdict import calibration
from affectgraph.graphs.verdict.open_vocabulary import most_named_emotions
from affectgraph.graphs.verdict.state import VerdictState
from affectgraph.tools.emotions import Distribution, top_emotion
from affectgraph.tools.language.forbidden_terms import replace_forbidden
from affectgraph.tools.language.vocabulary import to_basic

_MIXED_PROBABILITY = 0.25
_MAX_NAMED_WORDS = 4


def decide(state: VerdictState, coverage: float) -> Decision:
    """Decide by the slow answer: the fused distribution adjusted by the checks."""
    fused, checks = state["fused"], state.get("checks", [])
    parameters = calibration.decision_parameters()
    adjusted = calibration.apply_checks(fused, checks, parameters.slow)
    leading = top_emotion(adjusted)
    confidence = _confidence(fused, adjusted, checks, parameters)
    abstention_reason = _abstention_reason(fused, confidence, parameters)
    label = None if abstention_reason else leading
    second_probability = sorted(adjusted.values())[-2]
    return Decision(
        label=label,
        leading=leading,
        labels=_open_labels(state, label),
        fast=fused.distribution,
        distribution=adjusted,
        prediction_set=calibration.prediction_set(
            adjusted, calibration.situation(fused), coverage, parameters
        ),
        confidence=confidence,
        abstention_reason=abstention_reason,
        mixed=bool(fused.conflicts) or second_probability >= _MIXED_PROBABILITY,
    )


def _confidence(
    fused: Fused,
    adjusted: Distribution,
    checks: Sequence[Check],
    parameters: calibration.DecisionParameters,
) -> float:
    """The learned confidence; a single sense is calibrated already."""
    if len(fused.by_modality) == 1:
        return max(adjusted.values())
    features = calibration.confidence_features(fused, adjusted, checks)
    return calibration.confidence(features, parameters.confidence)


def _abstention_reason(
    fused: Fused, confidence: float, parameters: calibration.DecisionParameters
) -> str:
    if not fused.by_modality:
        return "too little evidence: no sense could tell an emotion"
    if reason := calibration.out_of_domain(fused, parameters.least_quality):
        return reason
    if confidence >= parameters.least_confidence:
        return ""
    if fused.conflicts:
        first, second = fused.conflicts[0].modalities
        return f"unresolved conflict between {first} and {second}"
    return "too little evidence: no emotion stands out"


def _open_labels(state: VerdictState, label: str | None) -> tuple[str, ...]:
    """Open-vocabulary words: the reasoner's for the label, the evidence's, the label.

    Descriptions name emotions even where no sense votes and there is no label.
    """
    evidence, fused = state.get("evidence", []), state["fused"]
    words = [*most_named_emotions(evidence, fused, _MAX_NAMED_WORDS)]
    words += state.get("expressed", [])
    if label is not None:
        proposed = [
            word
            for hypothesis in state.get("hypotheses", [])
            if hypothesis.label == label
            for word in hypothesis.words
        ]
        words = [*(w for w in proposed if to_basic(w) == label), *words, label]
    return tuple(dict.fromkeys(replace_forbidden(words)))
