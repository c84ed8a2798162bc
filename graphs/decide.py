"""Decide: from the fused answer and the checks to a label, or to an abstention."""

from affectgraph.graphs.fuse import prediction_set
from affectgraph.graphs.schema import Check, Fused
from affectgraph.graphs.state import State
from affectgraph.graphs.words import named
from affectgraph.tools.emotions import Distribution, top
from affectgraph.tools.evidence import Fraction, Frozen
from affectgraph.tools.vocabulary import to_basic

# What a failed check of the leading hypothesis, or a conflict, leaves of confidence.
_FAILED = 0.93
_CONFLICT = 0.93
_LEAST_CONFIDENCE = 0.25
_MIXED = 0.25
_NAMED = 4


class Decision(Frozen):
    """What the run comes to, before it is explained; fields as in `Verdict`."""

    label: str | None
    leading: str
    labels: tuple[str, ...]
    distribution: Distribution
    prediction_set: tuple[str, ...]
    confidence: Fraction
    abstention_reason: str
    mixed: bool


def decide(state: State, coverage: float) -> Decision:
    """Take the fused label, with as much confidence as the checks leave it.

    The reasoner moves the confidence and the words, not the label: how far it may
    move the label has to be earned on validation data first.
    """
    fused = state["fused"]
    leading = top(fused.distribution)
    checks = [c for c in state.get("checks", []) if c.round == state.get("rounds")]
    confidence = _confidence(fused, leading, checks)
    reason = _abstention(fused, confidence)
    second = sorted(fused.distribution.values())[-2]
    return Decision(
        label=None if reason else leading,
        leading=leading,
        labels=_labels(state, None if reason else leading),
        distribution=fused.distribution,
        prediction_set=prediction_set(fused.distribution, coverage),
        confidence=confidence,
        abstention_reason=reason,
        mixed=bool(fused.conflicts) or second >= _MIXED,
    )


def _confidence(fused: Fused, leading: str, checks: list[Check]) -> float:
    confidence = fused.distribution[leading]
    for check in checks:
        if check.hypothesis == leading and check.result == "fails":
            confidence *= _FAILED
    return confidence * _CONFLICT if fused.conflicts else confidence


def _abstention(fused: Fused, confidence: float) -> str:
    if not fused.by_modality:
        return "too little evidence: no sense could tell an emotion"
    if confidence >= _LEAST_CONFIDENCE:
        return ""
    if fused.conflicts:
        one, other = fused.conflicts[0].modalities
        return f"unresolved conflict between {one} and {other}"
    return "too little evidence: no emotion stands out"


def _labels(state: State, label: str | None) -> tuple[str, ...]:
    """Open words: the reasoner's for the label, those that evidence uses, the label.

    Descriptions name emotions even where no sense votes, and there is no label.
    """
    words = [*named(state.get("evidence", []), state["fused"], _NAMED)]
    words += state.get("expressed", [])
    if label is not None:
        proposed = [
            word
            for hypothesis in state.get("hypotheses", [])
            if hypothesis.label == label
            for word in hypothesis.words
        ]
        words = [*(w for w in proposed if to_basic(w) == label), *words, label]
    return tuple(dict.fromkeys(words))
