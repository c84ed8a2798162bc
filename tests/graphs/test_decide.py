"""The decision: how sure, which labels, and when it would rather not say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.graphs.schema import Check, Decision, Fused
from affectgraph.graphs.verdict.calibration import (
    DecisionParameters,
    apply_checks,
    confidence,
    confidence_features,
    decision_parameters,
    out_of_domain,
    prediction_set,
    situation,
)
from affectgraph.graphs.verdict.decision import decide
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution, top_emotion
from affectgraph.tools.evidence import Evidence, Provenance, Span

distributions = st.lists(st.floats(0.001, 1.0), min_size=7, max_size=7).map(
    distribution
)
results = st.sampled_from(["holds", "fails", "inconclusive"])


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


def decide_on(fused: Fused, *checks: Check) -> Decision:
    return decide({"fused": fused, "checks": list(checks)}, 0.9)


def check(label: str, result: Any, kind: Any = "counterfactual", at: int = 1) -> Check:
    return Check(hypothesis=label, kind=kind, result=result, reason=".", round=at)


@given(vote=distributions, result=results)
def test_checks_that_may_not_move_the_answer_leave_it_to_fusion(
    vote: dict, result: str
) -> None:
    fused = fused_votes(prosody=vote)
    still = dict.fromkeys(decision_parameters().slow, 0.0)
    assert apply_checks(fused, [check("sad", result)], still) == fused.distribution


def test_checks_move_the_answer_as_far_as_they_may() -> None:
    fused = fused_votes(prosody={"happy": 0.5, "sad": 0.45, "neutral": 0.05})
    told = [check("happy", "fails"), check("sad", "holds")]
    moved = apply_checks(fused, told, {"counterfactual": 0.2})
    assert top_emotion(fused.distribution) == "happy" and top_emotion(moved) == "sad"
    assert sum(moved.values()) == pytest.approx(1)


@given(vote=distributions, before=results, after=results)
def test_the_last_check_of_a_kind_counts(vote: dict, before: str, after: str) -> None:
    fused, weights = fused_votes(prosody=vote), {"physical": 0.5}
    last = check("sad", after, "physical", at=2)
    both = [check("sad", before, "physical"), last]
    assert apply_checks(fused, both, weights) == apply_checks(fused, [last], weights)


@given(vote=distributions, kind=st.sampled_from(["counterfactual", "physical"]))
def test_a_failed_check_of_the_answer_never_makes_it_surer(
    vote: dict, kind: str
) -> None:
    fused = fused_votes(prosody=vote)
    leading = top_emotion(fused.distribution)
    sure = [
        decide_on(fused, check(leading, result, kind)).confidence
        for result in ("holds", "inconclusive", "fails")
    ]
    assert sure == sorted(sure, reverse=True)


def test_what_the_language_model_says_moves_neither_label_nor_confidence() -> None:
    fused = fused_votes(prosody={"happy": 0.6, "sad": 0.4})
    told = decide_on(fused, check("happy", "fails", "blind"))
    assert told.confidence == decide_on(fused).confidence
    assert told.distribution == told.fast == fused.distribution


def test_conflict_makes_it_less_sure() -> None:
    angry, happy = {"angry": 0.9, "sad": 0.1}, {"happy": 0.9, "sad": 0.1}
    told = fused_votes(prosody=angry, face=happy)
    agreed = told.model_copy(update={"conflicts": ()})
    assert decide_on(told).confidence <= decide_on(agreed).confidence


@given(vote=distributions)
def test_a_prediction_set_begins_with_the_top_and_grows_with_coverage(
    vote: dict,
) -> None:
    for name in (*decision_parameters().thresholds, "gaze"):
        narrow, usual, wide = (
            prediction_set(vote, name, coverage, decision_parameters())
            for coverage in (0.6, 0.93, 0.999)
        )
        assert narrow[0] == max(BASIC_EMOTIONS, key=lambda e: vote[e])
        assert set(narrow) <= set(usual) <= set(wide) == set(BASIC_EMOTIONS)


def test_what_can_be_seen_of_a_clip_puts_it_into_its_situation() -> None:
    angry, happy = {"angry": 0.9, "sad": 0.1}, {"happy": 0.9, "sad": 0.1}
    assert situation(fused_votes(prosody=angry)) == "prosody"
    assert situation(fused_votes(prosody=angry, face=angry)) == "face and prosody"
    torn = situation(fused_votes(prosody=angry, face=happy))
    assert torn == "face and prosody, in conflict"
    assert torn in decision_parameters().thresholds


def test_it_says_why_it_abstains() -> None:
    assert decide_on(pool([])).abstention_reason.startswith("too little evidence")
    flat = distribution({})
    unsure = decide_on(fused_votes(prosody=flat))
    assert unsure.label is None
    assert unsure.abstention_reason.startswith("too little evidence")
    poor = decide_on(fused_votes(prosody={"angry": 0.9, "sad": 0.1}, quality=0.01))
    assert poor.abstention_reason.startswith("out of domain: prosody evidence")


def test_only_where_every_sense_is_poor_is_a_clip_out_of_domain() -> None:
    fused = fused_votes(prosody={"angry": 1.0}, face={"angry": 1.0})
    least = {"prosody": 0.8, "face": 0.5}
    assert out_of_domain(fused, least) == ""
    assert "face and prosody" in out_of_domain(
        fused, {"prosody": 0.8, "face": 0.8}
    ) or ("prosody and face" in out_of_domain(fused, {"prosody": 0.8, "face": 0.8}))


def test_a_sense_of_unknown_quality_is_never_out_of_domain() -> None:
    assert (
        out_of_domain(fused_votes(gesture={"angry": 1.0}, quality=0.01), {"face": 0.3})
        == ""
    )


def test_confidence_is_learned_for_every_feature_that_code_can_tell() -> None:
    told = [check("happy", "holds"), check("happy", "fails", "physical")]
    fused = fused_votes(prosody={"happy": 0.6, "sad": 0.4})
    found = confidence_features(fused, fused.distribution, told)
    known = set(decision_parameters().confidence)
    assert set(found) < known and {"with face", "constant"} < known
    assert 0 < confidence(found, decision_parameters().confidence) < 1


def test_numbers_of_a_decision_are_read_strictly() -> None:
    numbers = decision_parameters().model_dump()
    with pytest.raises(ValueError, match="least_confidence"):
        DecisionParameters.model_validate({**numbers, "least_confidence": 1.5})
