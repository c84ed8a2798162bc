"""Fusion: arithmetic that can be reasoned about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.graphs.fuse import distance, log_pool, pool, pooling
from affectgraph.tools.emotions import distribution, top
from affectgraph.tools.evidence import Evidence, Provenance, Span

distributions = st.lists(st.floats(0.001, 1.0), min_size=7, max_size=7).map(
    distribution
)
FLAT = distribution({})
qualities = st.floats(0.05, 1.0)


def voting(modality: str, vote: dict[str, float], quality: float) -> Evidence:
    return Evidence(
        id=modality[0].upper() + "1",
        modality=modality,
        span=Span(start=0, end=1),
        observation="It is so.",
        distribution=vote,
        quality=quality,
        provenance=Provenance(model="m"),
    )


@given(vote=distributions, quality=qualities)
def test_one_sense_alone_is_taken_at_its_word(vote: dict, quality: float) -> None:
    assert pool([voting("face", vote, quality)]).distribution == pytest.approx(vote)


def test_a_vote_tells_what_it_says_beyond_the_usual() -> None:
    usual = pooling().usual.get("transcript", distribution({}))
    sure = distribution({"angry": 0.8, "neutral": 0.2})
    with_usual = [voting("prosody", sure, 0.7), voting("transcript", usual, 0.7)]
    assert top(pool(with_usual).distribution) == "angry"


@given(vote=distributions, one=qualities, other=qualities)
def test_two_senses_that_agree_are_never_in_conflict(
    vote: dict, one: float, other: float
) -> None:
    fused = pool([voting("face", vote, one), voting("prosody", vote, other)])
    assert fused.conflicts == ()
    assert sum(fused.weights.values()) == pytest.approx(1)


@given(face=distributions, voice=distributions, quality=qualities)
def test_leaving_a_sense_out_is_as_if_it_had_not_been(
    face: dict, voice: dict, quality: float
) -> None:
    both = [voting("face", face, quality), voting("prosody", voice, quality)]
    assert pool(both, without={"face"}) == pool(both[1:])


@given(face=distributions, voice=distributions)
def test_the_order_of_evidence_does_not_matter(face: dict, voice: dict) -> None:
    both = [voting("face", face, 0.5), voting("prosody", voice, 0.7)]
    one, other = pool(both).distribution, pool(both[::-1]).distribution
    assert one == pytest.approx(other)


def test_a_sense_of_no_quality_does_not_vote() -> None:
    sure = distribution({"happy": 1.0})
    assert pool([voting("face", sure, 0.0)]).by_modality == {}


def test_nothing_perceived_is_uniform() -> None:
    fused = pool([])
    assert set(fused.distribution.values()) == {1 / 7}
    assert fused.valence is None and fused.arousal is None


@given(one=distributions, other=distributions)
def test_distance_is_a_distance(one: dict, other: dict) -> None:
    assert distance(one, one) == pytest.approx(0, abs=1e-6)
    assert 0 <= distance(one, other) <= 1
    assert distance(one, other) == pytest.approx(distance(other, one))


def test_opposite_certainties_are_as_far_as_can_be() -> None:
    happy, sad = distribution({"happy": 1.0}), distribution({"sad": 1.0})
    assert distance(happy, sad) == pytest.approx(1)


@given(vote=st.lists(st.floats(0.1, 1.0), min_size=7, max_size=7).map(distribution))
def test_a_pool_of_nothing_but_equal_votes_is_that_vote(vote: dict) -> None:
    weights, usual = {"gaze": 0.5, "heart": 0.5}, {"gaze": FLAT, "heart": FLAT}
    pooled = log_pool({"gaze": vote, "heart": vote}, weights, usual)
    assert pooled == pytest.approx(vote)


def test_no_sense_rules_an_emotion_out_alone() -> None:
    sure, unsure = distribution({"happy": 1.0}), distribution({"sad": 6, "happy": 1})
    weights, usual = {"gaze": 0.5, "heart": 1.0}, {"gaze": FLAT, "heart": FLAT}
    pooled = log_pool({"gaze": sure, "heart": unsure}, weights, usual)
    assert pooled["sad"] > 0.1


def test_a_closer_look_counts_unless_it_saw_worse() -> None:
    sad, neutral = distribution({"sad": 1.0}), distribution({"neutral": 1.0})
    first = voting("transcript", sad, 0.6)
    closer = voting("transcript", neutral, 0.6).model_copy(
        update={"span": Span(start=0.2, end=0.8)}
    )
    worse = closer.model_copy(update={"quality": 0.3})
    assert pool([first, closer]).distribution["neutral"] > 0.3
    assert pool([first, worse]) == pool([first])
