"""Fusion: arithmetic that can be reasoned about."""

import sys
from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.graphs.verdict.parameters import (
    DecisionParameters,
    decision_parameters,
)
from affectgraph.graphs.verdict.pooling import contributions, pool, strongest_modality
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    distribution,
    js_distance,
    top_emotion,
)
from affectgraph.tools.evidence import Calibration, Evidence, Provenance, Span

distributions = st.lists(st.floats(0.001, 1.0), min_size=7, max_size=7).map(
    distribution
)
FLAT = distribution({})
qualities = st.floats(0.05, 1.0)


def vote_of(
    modality: str,
    vote: dict[str, float],
    quality: float,
    seconds: tuple[float, float] = (0, 1),
    calibration: Calibration | None = None,
) -> Evidence:
    start, end = seconds
    return Evidence(
        id=modality[0].upper() + "1",
        modality=modality,
        span=Span(start=start, end=end),
        calibration=calibration,
        observation="It is so.",
        distribution=vote,
        quality=quality,
        provenance=Provenance(model="m"),
    )


def measured(temperature: float = 1.0, **trust: float) -> DecisionParameters:
    """The parameters that ship, but for these senses."""
    shipped = decision_parameters()
    senses = {
        name: shipped.sense(name).model_copy(
            update={
                "temperature": temperature,
                "trust": shipped.other.model_copy(update={"value": value}),
                "by_emotion": {},
            }
        )
        for name, value in trust.items()
    }
    return shipped.model_copy(update={"senses": senses})


@given(vote=distributions)
def test_one_sense_alone_is_taken_at_its_word(vote: dict) -> None:
    evidence = [vote_of("gaze", vote, 1.0)]
    assert pool(evidence).distribution == pytest.approx(vote, abs=1e-3)


@given(vote=distributions, temperature=st.floats(1.0, 5.0))
def test_a_sense_is_as_sure_as_it_was_right_on_strangers(
    vote: dict, temperature: float
) -> None:
    evidence = [vote_of("gaze", vote, 1.0)]
    cool = pool(evidence, parameters=measured(temperature, gaze=1.0)).distribution
    assert max(cool.values()) <= max(vote.values()) + 1e-9
    assert cool[top_emotion(vote)] == pytest.approx(max(cool.values()))


@given(vote=distributions, low=qualities, high=qualities)
def test_a_vote_is_no_surer_than_its_quality_allows(
    vote: dict, low: float, high: float
) -> None:
    low, high = sorted((low, high))
    unsure, sure = (
        max(pool([vote_of("gaze", vote, quality)]).distribution.values())
        for quality in (low, high)
    )
    assert unsure <= sure + 1e-9


@given(face=distributions, voice=distributions, words=distributions)
def test_contributions_add_up_to_the_answer(
    face: dict, voice: dict, words: dict
) -> None:
    fused = pool(
        [
            vote_of("face", face, 0.7),
            vote_of("prosody", voice, 0.6),
            vote_of("transcript", words, 0.9),
        ]
    )
    answer = fused.distribution
    for label in BASIC_EMOTIONS:
        parts = contributions(fused, label, "neutral")
        assert {part.expert for part in parts} == {"face", "prosody", "transcript"}
        total = sum(part.log_odds for part in parts)
        assert total == pytest.approx(log(answer[label] / answer["neutral"]), abs=1e-9)


def test_a_contribution_says_how_its_trust_was_measured() -> None:
    both = [vote_of("face", HAPPY, 0.7), vote_of("prosody", SAD, 0.6)]
    parts = {part.expert: part for part in contributions(pool(both), "happy", "sad")}
    trust = parts["face"].trust
    assert trust.n > 0 and trust.measured_on
    assert trust.low <= trust.value <= trust.high
    assert parts["face"].log_odds > 0 > parts["prosody"].log_odds


def test_neutral_words_are_no_conflict() -> None:
    neutral, sad = distribution({"neutral": 0.9, "happy": 0.1}), 0.9
    voice = distribution({"sad": sad, "neutral": 0.1})
    both = [vote_of("prosody", voice, 0.9), vote_of("transcript", neutral, 0.9)]
    assert pool(both).conflicts == ()
    assert top_emotion(pool(both).distribution) == "sad"


def test_what_is_unlike_all_that_was_measured_counts_half() -> None:
    sure = vote_of("face", distribution({"happy": 0.9, "sad": 0.1}), 0.9)
    strange = sure.model_copy(update={"novelty": 1.0})
    familiar, novel = pool([sure]), pool([strange])
    assert novel.novel == ("face",) and familiar.novel == ()
    assert novel.distribution["happy"] < familiar.distribution["happy"]


@given(vote=distributions, one=qualities, other=qualities)
def test_two_senses_that_agree_are_never_in_conflict(
    vote: dict, one: float, other: float
) -> None:
    fused = pool([vote_of("face", vote, one), vote_of("prosody", vote, other)])
    assert fused.conflicts == ()


@given(face=distributions, voice=distributions, quality=qualities)
def test_leaving_a_sense_out_is_as_if_it_had_not_been(
    face: dict, voice: dict, quality: float
) -> None:
    both = [vote_of("face", face, quality), vote_of("prosody", voice, quality)]
    assert pool(both, without={"face"}) == pool(both[1:])


@given(face=distributions, voice=distributions)
def test_the_order_of_evidence_does_not_matter(face: dict, voice: dict) -> None:
    both = [vote_of("face", face, 0.5), vote_of("prosody", voice, 0.7)]
    one, other = pool(both).distribution, pool(both[::-1]).distribution
    assert one == pytest.approx(other)


def test_a_sense_of_no_quality_does_not_vote() -> None:
    sure = distribution({"happy": 1.0})
    assert pool([vote_of("face", sure, 0.0)]).by_modality == {}


def test_nothing_perceived_is_uniform() -> None:
    fused = pool([])
    assert set(fused.distribution.values()) == {1 / 7}
    assert fused.valence is None and fused.arousal is None


@given(one=distributions, other=distributions)
def test_distance_is_a_distance(one: dict, other: dict) -> None:
    assert js_distance(one, one) == pytest.approx(0, abs=1e-6)
    assert 0 <= js_distance(one, other) <= 1
    assert js_distance(one, other) == pytest.approx(js_distance(other, one))


def test_opposite_certainties_are_as_far_as_can_be() -> None:
    happy, sad = distribution({"happy": 1.0}), distribution({"sad": 1.0})
    assert js_distance(happy, sad) == pytest.approx(1)


def test_no_sense_rules_an_emotion_out_alone() -> None:
    sure, unsure = distribution({"happy": 1.0}), distribution({"sad": 6, "happy": 1})
    both = [vote_of("gaze", sure, 0.5), vote_of("heart", unsure, 1.0)]
    assert pool(both).distribution["sad"] > 0.1


def test_a_closer_look_counts_unless_it_saw_worse() -> None:
    sad, neutral = distribution({"sad": 1.0}), distribution({"neutral": 1.0})
    first = vote_of("transcript", sad, 0.6)
    closer = vote_of("transcript", neutral, 0.6).model_copy(
        update={"span": Span(start=0.2, end=0.8)}
    )
    worse = closer.model_copy(update={"quality": 0.3})
    assert pool([first, closer]).by_modality["transcript"]["neutral"] > 0.3
    assert pool([first, worse]) == pool([first])


HAPPY, SAD, ANGRY = (distribution({e: 1.0}) for e in ("happy", "sad", "angry"))


def test_senses_alike_in_trust_weigh_by_their_quality() -> None:
    fused = pool([vote_of("gaze", HAPPY, 0.8), vote_of("pulse", SAD, 0.4)])
    assert fused.quality == {"gaze": 0.8, "pulse": 0.4}
    assert fused.by_modality == {"gaze": HAPPY, "pulse": SAD}
    assert top_emotion(fused.distribution) == "happy"


def test_valence_and_arousal_are_those_of_the_answer() -> None:
    happy, angry = (pool([vote_of("gaze", vote, 0.5)]) for vote in (HAPPY, ANGRY))
    assert happy.valence > 0 > angry.valence and angry.arousal > 0


def test_senses_that_conflict_are_named_the_farthest_apart_first() -> None:
    mostly = distribution({"happy": 0.1, "sad": 0.9})
    fused = pool(
        [vote_of("a", mostly, 0.9), vote_of("b", HAPPY, 0.9), vote_of("c", ANGRY, 1)]
    )
    assert [(c.modalities, c.labels) for c in fused.conflicts] == [
        (("a", "c"), ("sad", "angry")),
        (("b", "c"), ("happy", "angry")),
        (("a", "b"), ("sad", "happy")),
    ]
    first, _, last = fused.conflicts
    assert first.amount == pytest.approx(1)
    assert last.amount == pytest.approx(js_distance(mostly, HAPPY))


def test_a_small_difference_is_no_conflict() -> None:
    one = distribution({"happy": 0.52, "sad": 0.48})
    other = distribution({"happy": 0.48, "sad": 0.52})
    assert pool([vote_of("a", one, 0.5), vote_of("b", other, 0.5)]).conflicts == ()


def test_half_of_the_shares_in_common_is_half_of_the_divergence() -> None:
    one = distribution({"happy": 1, "sad": 1})
    other = distribution({"happy": 1, "angry": 1})
    assert js_distance(one, other) ** 2 == pytest.approx(0.5)


def test_evidence_counts_by_its_quality_and_length() -> None:
    long, short = vote_of("a", HAPPY, 0.8, (0, 3)), vote_of("a", SAD, 0.4, (3, 5))
    fused = pool([long, short])
    assert fused.by_modality["a"] == pytest.approx(
        distribution({"happy": 0.8 * 3, "sad": 0.4 * 2})
    )
    assert fused.quality["a"] == pytest.approx((0.8 * 3 + 0.4 * 2) / 5)


def test_an_instant_counts_as_half_a_second() -> None:
    fused = pool([vote_of("a", HAPPY, 0.5, (0, 1)), vote_of("a", SAD, 0.5, (1, 1))])
    assert fused.by_modality["a"]["happy"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("seconds", "quality", "counts"),
    [
        ((0, 2), 0.3, False), ((1, 3), 0.3, False), ((2, 4), 0.3, False),
        ((3, 5), 0.3, True), ((0, 4), 0.3, True), ((1, 3), 0.6, True),
    ],
)  # fmt: skip
def test_only_a_worse_look_within_a_longer_one_is_set_aside(
    seconds: tuple[float, float], quality: float, counts: bool
) -> None:
    whole, look = vote_of("a", HAPPY, 0.6, (0, 4)), vote_of("a", SAD, quality, seconds)
    assert (pool([whole, look]).by_modality["a"]["sad"] > 0) is counts
    assert (pool([look, whole]).by_modality["a"]["sad"] > 0) is counts


def test_only_a_look_that_votes_sets_a_worse_one_of_its_sense_aside() -> None:
    look = vote_of("a", SAD, 0.3, (1, 2))
    mute = vote_of("a", SAD, 0.6, (0, 4)).model_copy(update={"distribution": None})
    assert pool([mute, look]).by_modality["a"] == SAD
    assert "a" in pool([vote_of("b", HAPPY, 0.6, (0, 4)), look]).by_modality


def test_a_sense_of_others_weighs_what_its_calibration_says() -> None:
    def happy(**calibration: object) -> float:
        own = Calibration(**calibration)
        both = [vote_of("a", HAPPY, 0.5, calibration=own), vote_of("b", SAD, 0.5)]
        return pool(both).distribution["happy"]

    other = decision_parameters().other.value
    assert happy(weight=0.0) < happy(weight=other / 2) < happy(weight=3 * other)
    assert happy() == pytest.approx(happy(weight=other))


def test_what_a_sense_of_others_usually_says_tells_nothing() -> None:
    often = distribution({"neutral": 0.7, "sad": 0.3})
    own = Calibration(weight=1.0, usual=often)
    fused = pool([vote_of("a", often, 1, calibration=own), vote_of("b", HAPPY, 0.1)])
    assert top_emotion(fused.distribution) == "happy"


def test_senses_that_weigh_nothing_leave_it_open() -> None:
    own = Calibration(weight=0.0)
    fused = pool([vote_of(name, HAPPY, 0.5, calibration=own) for name in "ab"])
    assert fused.distribution == pytest.approx(FLAT)


def test_a_heavy_sense_is_no_more_than_sure() -> None:
    vote, parameters = distribution({"sad": 2, "happy": 1}), measured(gaze=2e3, b=1.0)
    both = [vote_of("gaze", vote, 1.0), vote_of("b", HAPPY, 1.0)]
    assert pool(both, parameters=parameters).distribution["sad"] == pytest.approx(1)


def test_the_loudest_sense_for_a_label_is_told() -> None:
    fused = pool([vote_of("gaze", HAPPY, 0.3), vote_of("pulse", SAD, 0.9)])
    assert (
        strongest_modality(fused, "happy") == "gaze"
        and strongest_modality(fused, "sad") == "pulse"
    )
    assert strongest_modality(pool([]), "sad") == ""
    unsure = distribution({"sad": 0.6, "happy": 0.4})
    fused = pool([vote_of("gaze", unsure, 0.2), vote_of("pulse", unsure, 0.9)])
    assert strongest_modality(fused, "happy") == "pulse"


def test_the_work_grows_no_faster_than_a_text() -> None:
    """Calls of functions for passages of a text, which all have the same span."""

    def calls(passages: int) -> int:
        evidence = [
            vote_of("transcript", distribution({"sad": 1}), quality=0.1 + n / 1e5)
            for n in range(passages)
        ]
        count = 0

        def step(frame: Any, event: str, argument: Any) -> None:
            nonlocal count
            count += event == "call"

        sys.setprofile(step)
        try:
            pool(evidence)
        finally:
            sys.setprofile(None)
        return count

    assert calls(400) < 2.5 * calls(200)
