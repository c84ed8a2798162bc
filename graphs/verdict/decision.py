"""The decision: from the fused answer to a label, a set, or an abstention."""

from affectgraph.graphs.reasoner.measurement import ReasonerMeasurement
from affectgraph.graphs.schema import Decision, Fused
from affectgraph.graphs.verdict import calibration
from affectgraph.graphs.verdict.open_vocabulary import most_named_emotions
from affectgraph.graphs.verdict.parameters import (
    ANY_SITUATION,
    DecisionParameters,
    decision_parameters,
)
from affectgraph.graphs.verdict.pooling import REASONER, add_up, contributions
from affectgraph.graphs.verdict.state import VerdictState
from affectgraph.tools.language.forbidden_terms import replace_forbidden
from affectgraph.tools.language.vocabulary import to_basic

_MIXED_PROBABILITY = 0.25
_MAX_NAMED_WORDS = 4


def decide(state: VerdictState, coverage: float) -> Decision:
    """Decide by the sum of what the experts add."""
    fused, parameters = state["fused"], decision_parameters()
    measured = state.get("measurement") if REASONER in fused.terms else None
    if measured is not None:
        parameters = with_reasoner(parameters, measured)
    leading, runner_up = calibration.top_two(fused.distribution)
    confidence = _confidence(fused, parameters, judged=measured is not None)
    abstention_reason = _abstention_reason(fused, confidence, parameters)
    label = None if abstention_reason else leading
    senses = [term for name, term in fused.terms.items() if name in fused.by_modality]
    return Decision(
        label=label,
        leading=leading,
        runner_up=runner_up,
        contributions=contributions(fused, leading, runner_up, parameters),
        labels=_open_labels(state, label),
        fast=add_up(senses),
        distribution=fused.distribution,
        prediction_set=calibration.prediction_set(fused, coverage, parameters),
        confidence=confidence,
        abstention_reason=abstention_reason,
        mixed=bool(fused.conflicts)
        or fused.distribution[runner_up] >= _MIXED_PROBABILITY,
    )


def with_reasoner(
    parameters: DecisionParameters, measurement: ReasonerMeasurement
) -> DecisionParameters:
    """The parameters with the confidence and the sets fitted with a reasoner."""
    if not measurement.confidence:
        return parameters
    shipped = {ANY_SITUATION: parameters.thresholds[ANY_SITUATION]}
    return parameters.model_copy(
        update={
            "confidence": measurement.confidence,
            "thresholds": shipped | measurement.thresholds,
        }
    )


def _confidence(fused: Fused, parameters: DecisionParameters, *, judged: bool) -> float:
    """The learned confidence; a single sense is calibrated already."""
    if len(fused.by_modality) < 2 and not judged:
        return max(fused.distribution.values())
    features = calibration.confidence_features(fused)
    return calibration.confidence(features, parameters.confidence)


def _abstention_reason(
    fused: Fused, confidence: float, parameters: DecisionParameters
) -> str:
    if not fused.by_modality:
        return "too little evidence: no sense could tell an emotion"
    if confidence >= parameters.least_confidence:
        return ""
    if reason := calibration.unfamiliar(fused):
        return reason
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
