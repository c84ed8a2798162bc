"""Decide: from the fused answer and the checks to a label, or to an abstention."""

from collections.abc import Sequence

from affectgraph.graphs.schema import Check, Decision, Fused
from affectgraph.graphs.verdict import calibration as sure
from affectgraph.graphs.verdict.open_vocabulary import named_emotions
from affectgraph.graphs.verdict.state import State
from affectgraph.tools.emotions import Distribution, top_emotion
from affectgraph.tools.language.forbidden_terms import replace_forbidden
from affectgraph.tools.language.vocabulary import to_basic

_MIXED = 0.25
_NAMED = 4


def decide(state: State, coverage: float) -> Decision:
    """Take the slow answer's label, as sure as such answers were found to be right."""
    fused, checks = state["fused"], state.get("checks", [])
    learned = sure.decision_parameters()
    slow = sure.slow_answer(fused, checks, learned.slow)
    leading = top_emotion(slow)
    confidence = _confidence(fused, slow, checks, learned)
    reason = _abstention(fused, confidence, learned)
    second = sorted(slow.values())[-2]
    return Decision(
        label=None if reason else leading,
        leading=leading,
        labels=_labels(state, None if reason else leading),
        fast=fused.distribution,
        distribution=slow,
        prediction_set=sure.prediction_set(
            slow, sure.situation(fused), coverage, learned
        ),
        confidence=confidence,
        abstention_reason=reason,
        mixed=bool(fused.conflicts) or second >= _MIXED,
    )


def _confidence(
    fused: Fused,
    slow: Distribution,
    checks: Sequence[Check],
    learned: sure.DecisionParameters,
) -> float:
    """As learned on takes; a sense that is alone is calibrated on its own material."""
    if len(fused.by_modality) == 1:
        return max(slow.values())
    found = sure.features(fused, slow, checks)
    return sure.confidence(found, learned.confidence)


def _abstention(
    fused: Fused, confidence: float, learned: sure.DecisionParameters
) -> str:
    if not fused.by_modality:
        return "too little evidence: no sense could tell an emotion"
    if beyond := sure.out_of_domain(fused, learned.least_quality):
        return beyond
    if confidence >= learned.least_confidence:
        return ""
    if fused.conflicts:
        one, other = fused.conflicts[0].modalities
        return f"unresolved conflict between {one} and {other}"
    return "too little evidence: no emotion stands out"


def _labels(state: State, label: str | None) -> tuple[str, ...]:
    """Open words: the reasoner's for the label, those that evidence uses, the label.

    Descriptions name emotions even where no sense votes, and there is no label.
    """
    words = [*named_emotions(state.get("evidence", []), state["fused"], _NAMED)]
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
