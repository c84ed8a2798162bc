"""Predictions: what should have been measured if a hypothesis were true."""

from collections.abc import Sequence
from typing import Literal

from affectgraph.graphs.claims.stance import expected_directions
from affectgraph.graphs.schema import Prediction
from affectgraph.tools.evidence import Evidence

_MAX_PREDICTIONS = 6


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
