"""The decision: how sure, which labels, and when it would rather not say."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.graphs.schema import Decision, Fused
from affectgraph.graphs.verdict.calibration import (
    confidence,
    confidence_features,
    prediction_set,
    situation,
    unfamiliar,
)
from affectgraph.graphs.verdict.decision import decide
from affectgraph.graphs.verdict.parameters import (
    DecisionParameters,
    decision_parameters,
)
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution
from affectgraph.tools.evidence import Evidence, Provenance, Span

distributions = st.lists(st.floats(0.001, 1.0), min_size=7, max_size=7).map(
    distribution
)


def fused_votes(quality: float = 0.7, **votes: dict[str, float]) -> Fused:
    """What comes of senses that say this."""
    return pool(
        [
            Evidence(
                id=f"{name[0].upper()}1",
                modality=name,
                span=Span(start=0, end=1),
                observation="It is so.",
                distribution=distribution(vote),
                quality=quality,
                provenance=Provenance(model="m"),
            )
            for name, vote in votes.items()
        ]
    )


def decide_on(fused: Fused) -> Decision:
    return decide({"fused": fused}, 0.9)


@given(face=distributions, voice=distributions)
def test_what_experts_contribute_is_the_answer(face: dict, voice: dict) -> None:
    fused = fused_votes(face=face, prosody=voice)
    decision = decide_on(fused)
    answer = decision.distribution
    assert answer == decision.fast == fused.distribution
    assert answer[decision.leading] >= answer[decision.runner_up]
    total = sum(part.log_odds for part in decision.contributions)
    ratio = answer[decision.leading] / answer[decision.runner_up]
    assert total == pytest.approx(log(ratio), abs=1e-9)


def test_conflict_makes_it_no_surer() -> None:
    angry, happy = {"angry": 0.9, "sad": 0.1}, {"happy": 0.9, "sad": 0.1}
    torn = decide_on(fused_votes(0.9, prosody=angry, face=happy))
    agreed = decide_on(fused_votes(0.9, prosody=happy, face=happy))
    assert torn.mixed and torn.confidence < agreed.confidence


@given(vote=distributions)
def test_a_prediction_set_begins_with_the_top_and_grows_with_coverage(
    vote: dict,
) -> None:
    for senses in (("face",), ("face", "prosody"), ("gaze",)):
        fused = fused_votes(**dict.fromkeys(senses, vote))
        narrow, usual, wide = (
            prediction_set(fused, coverage, decision_parameters())
            for coverage in (0.6, 0.93, 0.999)
        )
        answer = fused.distribution
        assert narrow[0] == max(BASIC_EMOTIONS, key=lambda e: answer[e])
        assert set(narrow) <= set(usual) <= set(wide) == set(BASIC_EMOTIONS)


def test_what_can_be_seen_of_a_clip_puts_it_into_its_situation() -> None:
    angry, happy = {"angry": 0.9, "sad": 0.1}, {"happy": 0.9, "sad": 0.1}
    assert situation(fused_votes(prosody=angry)) == "prosody"
    assert situation(fused_votes(prosody=angry, face=angry)) == "face and prosody"
    torn = situation(fused_votes(0.9, prosody=angry, face=happy))
    assert torn == "face and prosody, in conflict"
    assert torn in decision_parameters().thresholds


def test_it_says_why_it_abstains() -> None:
    assert decide_on(pool([])).abstention_reason.startswith("too little evidence")
    flat = distribution({})
    unsure = decide_on(fused_votes(prosody=flat))
    assert unsure.label is None
    assert unsure.abstention_reason.startswith("too little evidence")


def test_a_clip_is_unfamiliar_if_it_is_to_every_sense() -> None:
    fused = fused_votes(prosody={"angry": 1.0}, face={"angry": 1.0})
    assert unfamiliar(fused) == ""
    assert unfamiliar(fused.model_copy(update={"novel": ("face",)})) == ""
    both = fused.model_copy(update={"novel": ("face", "prosody")})
    assert "unlike anything that face and prosody" in unfamiliar(both)


@given(vote=distributions)
def test_what_is_unfamiliar_widens_the_set(vote: dict) -> None:
    fused = fused_votes(prosody=vote)
    strange = fused.model_copy(update={"novel": ("prosody",)})
    usual, wide = (
        prediction_set(each, 0.9, decision_parameters()) for each in (fused, strange)
    )
    assert set(usual) <= set(wide)


def test_confidence_is_learned_of_features_that_code_can_tell() -> None:
    fused = fused_votes(prosody={"happy": 0.6, "sad": 0.4}, face={"happy": 1.0})
    features = confidence_features(fused)
    learned = decision_parameters().confidence
    assert {"constant", "log_odds"} <= set(learned) <= {"constant", *features}
    assert 0 < confidence(features, learned) < 1


def test_numbers_of_a_decision_are_read_strictly() -> None:
    numbers = decision_parameters().model_dump()
    with pytest.raises(ValueError, match="least_confidence"):
        DecisionParameters.model_validate({**numbers, "least_confidence": 1.5})
