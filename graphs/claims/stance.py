"""Stance of a piece of evidence on an emotion: for it, against it, or neither."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from affectgraph.graphs.schema import Claim
from affectgraph.tools.evidence import Evidence, Measurement

Stance = Literal["for", "against", "neither"]

# Probability of an emotion, relative to the top one, from which a vote is for it, and
# up to which it is against it.
_MIN_FOR = 0.7
_MAX_AGAINST = 0.3


def stance(piece: Evidence, label: str) -> Stance:
    """Stance of evidence on an emotion.

    Evidence with a distribution is judged by it; else by its measurements, which point
    to the emotions that raise or lower them (sources in `expectations.json`).
    """
    if piece.distribution is not None:
        share = piece.distribution[label] / max(piece.distribution.values())
        if share >= _MIN_FOR:
            return "for"
        return "against" if share <= _MAX_AGAINST else "neither"
    backed, opposed = measurement_votes(piece.measurements, label)
    if backed == opposed:
        return "neither"
    return "for" if backed > opposed else "against"


def claim_about(piece: Evidence, text: str, label: str) -> Claim:
    """A claim about one piece of evidence, on the side that the piece takes.

    Args:
        piece: The evidence.
        text: The sentence.
        label: The emotion that the explanation argues for.
    """
    against = stance(piece, label) == "against"
    return Claim(text=text, cites=(piece.id,), supports=not against)


def measurement_votes(
    measurements: Mapping[str, Measurement], label: str
) -> tuple[int, int]:
    """How many measurements point to an emotion, and how many away from it."""
    backed = opposed = 0
    for name, measurement in measurements.items():
        for direction, opposite in (("high", "low"), ("low", "high")):
            if measurement.direction == direction:
                backed += label in _expected_emotions(direction).get(name, ())
                opposed += label in _expected_emotions(opposite).get(name, ())
    return backed, opposed


def expected_directions(label: str) -> dict[str, Literal["high", "low"]]:
    """Where each measurement should lie if an emotion is expressed, by its name."""
    directions: dict[str, Literal["high", "low"]] = {}
    sides: tuple[Literal["high", "low"], ...] = ("low", "high")
    for side in sides:
        for name, emotions in _expected_emotions(side).items():
            if label in emotions:
                directions[name] = side
    return directions


def supporting_and_contradicting(
    evidence: list[Evidence], label: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the evidence for an emotion, and of the evidence against it."""
    stances = {piece.id: stance(piece, label) for piece in evidence}
    return (
        tuple(name for name, side in stances.items() if side == "for"),
        tuple(name for name, side in stances.items() if side == "against"),
    )


@cache
def _expected_emotions(direction: str) -> dict[str, list[str]]:
    """Emotions that move a measurement in a direction, by its name."""
    file = Path(__file__).parent / "expectations.json"
    table: dict[str, list[str]] = json.loads(file.read_text())[direction]
    return table
