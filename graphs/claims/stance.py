"""Where a piece of evidence stands on an emotion: for it, against it, or neither."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from affectgraph.tools.evidence import Evidence, Measurement

Stance = Literal["for", "against", "neither"]

# Against its own favourite, an emotion this probable is still backed, or ruled out.
_BACKED = 0.7
_RULED_OUT = 0.3


def stance(piece: Evidence, label: str) -> Stance:
    """Where evidence stands on an emotion.

    By its distribution where it has one; else by its measurements, which point to the
    emotions that raise or lower them (sources in `expectations.json`).
    """
    if piece.distribution is not None:
        share = piece.distribution[label] / max(piece.distribution.values())
        if share >= _BACKED:
            return "for"
        return "against" if share <= _RULED_OUT else "neither"
    backed, opposed = measurement_votes(piece.measurements, label)
    if backed == opposed:
        return "neither"
    return "for" if backed > opposed else "against"


def measurement_votes(
    measurements: Mapping[str, Measurement], label: str
) -> tuple[int, int]:
    """How many measurements point to an emotion, and how many away from it."""
    backed = opposed = 0
    for name, measurement in measurements.items():
        for direction, other in (("high", "low"), ("low", "high")):
            if measurement.direction != direction:
                continue
            backed += label in _expected(direction).get(name, ())
            opposed += label in _expected(other).get(name, ())
    return backed, opposed


def supporting_and_contradicting(
    evidence: list[Evidence], label: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the evidence for an emotion, and of the evidence against it."""
    stances = {piece.id: stance(piece, label) for piece in evidence}
    return (
        tuple(name for name, where in stances.items() if where == "for"),
        tuple(name for name, where in stances.items() if where == "against"),
    )


@cache
def _expected(direction: str) -> dict[str, list[str]]:
    file = Path(__file__).parent / "expectations.json"
    table: dict[str, list[str]] = json.loads(file.read_text())[direction]
    return table
