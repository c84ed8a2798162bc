"""Where evidence stands: for an emotion, against it, or neither."""

from typing import Any

import pytest

from affectgraph.graphs.claims.stance import (
    measurement_votes,
    stance,
    supporting_and_contradicting,
)
from affectgraph.tools.emotions import distribution
from affectgraph.tools.evidence import Evidence, Measurement, Provenance, Span

LOW, TYPICAL, HIGH = 90.0, 150.0, 210.0


def make_evidence(name: str = "P1", **fields: Any) -> Evidence:
    return Evidence(
        id=name,
        span=Span(start=0, end=1),
        observation="It is so.",
        quality=0.5,
        provenance=Provenance(model="m"),
        **fields,
    )


def measurements(**values: float) -> dict[str, Measurement]:
    """Each value, for which 100 to 200 is typical."""
    return {
        name: Measurement(value=value, low=100, high=200)
        for name, value in values.items()
    }


@pytest.mark.parametrize(
    ("share", "side"),
    [(0.5, "for"), (0.35, "for"), (0.2, "neither"), (0.15, "against"), (0, "against")],
)
def test_a_vote_stands_by_how_near_an_emotion_comes_to_its_favourite(
    share: float, side: str
) -> None:
    rest = 0.5 - share
    vote = distribution({"sad": 0.5, "fear": share, "happy": rest})
    assert stance(make_evidence(distribution=vote), "fear") == side
    assert stance(make_evidence(distribution=vote), "sad") == "for"


@pytest.mark.parametrize(
    ("pitch", "label", "side"),
    [
        (HIGH, "angry", "for"), (HIGH, "sad", "against"), (HIGH, "disgust", "neither"),
        (LOW, "sad", "for"), (LOW, "angry", "against"),
        (TYPICAL, "angry", "neither"), (TYPICAL, "sad", "neither"),
    ],
)  # fmt: skip
def test_a_measurement_stands_by_the_emotions_that_raise_or_lower_it(
    pitch: float, label: str, side: str
) -> None:
    assert stance(make_evidence(measurements=measurements(pitch=pitch)), label) == side


def test_measurements_are_counted_for_and_against() -> None:
    found = measurements(pitch=HIGH, rate=HIGH, effort=LOW, colour=HIGH)
    assert measurement_votes(found, "angry") == (2, 1)
    assert measurement_votes(found, "sad") == (1, 2)
    assert measurement_votes(measurements(pitch=HIGH, effort=LOW), "angry") == (1, 1)
    assert stance(make_evidence(measurements=found), "angry") == "for"
    even = make_evidence(measurements=measurements(pitch=HIGH, effort=LOW))
    assert stance(even, "angry") == "neither"


def test_a_vote_is_heard_before_measurements() -> None:
    vote = distribution({"happy": 1.0})
    assert stance(
        make_evidence(distribution=vote, measurements=measurements(pitch=LOW)), "sad"
    ) == ("against")


def test_evidence_is_cited_by_its_side_in_its_order() -> None:
    evidence = [
        make_evidence("P1", measurements=measurements(pitch=HIGH)),
        make_evidence("F1", distribution=distribution({"happy": 1.0})),
        make_evidence("T1", distribution=distribution({"angry": 1.0})),
        make_evidence("T2"),
    ]
    assert supporting_and_contradicting(evidence, "angry") == (("P1", "T1"), ("F1",))
