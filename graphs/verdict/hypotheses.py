"""Hypotheses: candidate emotions, what they predict, and their order."""

from collections.abc import Sequence
from typing import Literal

from affectgraph.graphs.claims.stance import (
    expected_directions,
    supporting_and_contradicting,
)
from affectgraph.graphs.schema import Hypothesis, Prediction
from affectgraph.graphs.verdict.state import VerdictState
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence

_MAX_HYPOTHESES = 4
_MIN_PROBABILITY = 0.1
_MAX_PREDICTIONS = 6


def propose_by_arithmetic(state: VerdictState) -> list[Hypothesis]:
    """Candidates without a language model, the most probable first."""
    fused, evidence = state["fused"], state.get("evidence", [])
    ranked = sorted(BASIC_EMOTIONS, key=lambda e: -fused.distribution[e])
    labels = [e for e in ranked if fused.distribution[e] >= _MIN_PROBABILITY]
    labels = labels or ranked[:1]
    labels += [top_emotion(vote) for vote in fused.by_modality.values()]
    return [
        _candidate(label, evidence)
        for label in list(dict.fromkeys(labels))[:_MAX_HYPOTHESES]
    ]


def _candidate(label: str, evidence: list[Evidence]) -> Hypothesis:
    """A hypothesis with the evidence for and against it, found by arithmetic."""
    supports, contradicts = supporting_and_contradicting(evidence, label)
    return Hypothesis(label=label, supports=supports, contradicts=contradicts)


def rank_hypotheses(state: VerdictState) -> list[Hypothesis]:
    """Hypotheses, by the fused probability of their label."""
    fused = state["fused"].distribution
    return sorted(state["hypotheses"], key=lambda h: -fused[h.label])


def predict(label: str, evidence: Sequence[Evidence]) -> tuple[Prediction, ...]:
    """Predictions about what was measured, those that failed first.

    They explain; they move nothing: how many come true predicts being right worse than
    the fused probability does (AUC 0.62 against 0.68, n 6,031; see `decision.md`).
    """
    by_measurement: dict[tuple[str, str], Prediction] = {}
    for piece in evidence:
        for name, measurement in piece.measurements.items():
            direction = expected_directions(label).get(name)
            if direction is None or measurement.direction == "unknown":
                continue
            by_measurement[piece.modality, name] = Prediction(
                sense=piece.modality,
                span=piece.span,
                measurement=name,
                direction=direction,
                result=_result(measurement.direction, direction),
            )
    ordered = sorted(by_measurement.values(), key=lambda p: p.result != "fails")
    return tuple(ordered[:_MAX_PREDICTIONS])


def _result(
    measured: str, predicted: Literal["high", "low"]
) -> Literal["holds", "fails", "inconclusive"]:
    if measured == "typical":
        return "inconclusive"
    return "holds" if measured == predicted else "fails"
