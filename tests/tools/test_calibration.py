"""Calibration: a plug-in is trusted as far as its labelled outputs warrant."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.graphs.verdict.pooling import pool
from affectgraph.tools.calibration import calibrated
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Calibration, Evidence, Provenance, Span

Outputs = list[tuple[Evidence, str]]


def vote_of(modality: str, vote: Any, quality: float = 0.5, **fields: Any) -> Evidence:
    return Evidence(
        id=f"{modality[0].upper()}1",
        modality=modality,
        span=Span(start=0, end=1),
        observation="It is so.",
        distribution=distribution(vote),
        quality=quality,
        provenance=Provenance(model="m"),
        **fields,
    )


def labelled_votes(count: int, *, boasts: float = 1.0, seed: int = 0) -> Outputs:
    """Votes right as often as they say to the power of 1 / boasts."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        truth = random.dirichlet(np.full(7, 0.5))
        label = str(random.choice(BASIC_EMOTIONS, p=truth))
        made.append((vote_of("gesture", (truth**boasts + 1e-9).tolist()), label))
    return made


@pytest.mark.parametrize("boasts", [0.5, 1.0, 2.0])
def test_a_boaster_is_cooled_and_a_doubter_warmed(boasts: float) -> None:
    learned = calibrated(labelled_votes(800, boasts=boasts))
    assert learned.temperature == pytest.approx(boasts, rel=0.25)


def test_votes_that_have_nothing_to_do_with_the_label_hardly_count() -> None:
    votes, labels = zip(*labelled_votes(800), strict=True)
    mixed = np.random.default_rng(1).permutation(labels)
    told, nothing = (
        calibrated(labelled_votes(800)),
        calibrated(zip(votes, mixed, strict=True)),
    )
    assert nothing.weight is not None and told.weight is not None
    assert nothing.weight < 0.2 * told.weight


def test_a_sense_that_is_always_wrong_does_not_vote() -> None:
    wrong = [(vote_of("gesture", {"happy": 0.9, "sad": 0.1}), "sad")] * 20
    wrong += [(vote_of("gesture", {"happy": 0.1, "sad": 0.9}), "happy")] * 20
    learned = calibrated(wrong)
    assert learned.weight == 0.0
    voice = vote_of("prosody", {"angry": 0.6, "neutral": 0.4})
    with_it = [voice, vote_of("gesture", {"happy": 1.0}, calibration=learned)]
    assert pool(with_it).distribution["angry"] == pytest.approx(
        pool([voice, vote_of("gesture", {}, calibration=learned)]).distribution["angry"]
    )


def test_what_it_always_says_tells_little() -> None:
    tells = labelled_votes(400)
    habit = [
        (vote_of("gesture", {e: p + (e == "happy") for e, p in votes.items()}), label)
        for piece, label in tells
        if (votes := piece.distribution)
    ]
    usual = calibrated(habit).usual
    assert usual is not None and max(usual, key=usual.__getitem__) == "happy"


def test_a_trusted_sense_counts_for_more() -> None:
    voice = vote_of("prosody", {"sad": 0.6, "neutral": 0.4})
    shares = [
        pool(
            [
                voice,
                vote_of("gesture", {"happy": 0.9, "neutral": 0.1}, calibration=trust),
            ]
        ).distribution["happy"]
        for trust in (Calibration(weight=0.2), Calibration(), Calibration(weight=3.0))
    ]
    assert shares == sorted(shares) and shares[0] < shares[2]


def test_a_stranger_in_the_face_s_place_is_not_trusted_as_the_face() -> None:
    vote = {"happy": 0.9, "neutral": 0.1}
    voice = vote_of("prosody", {"sad": 0.6, "neutral": 0.4})
    ours, stranger = (
        vote_of("face", vote),
        vote_of("face", vote, calibration=Calibration()),
    )
    terms = [pool([voice, face]).terms["face"] for face in (ours, stranger)]
    for_happy = [term["happy"] - term["sad"] for term in terms]
    assert for_happy[1] < for_happy[0]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7),
            st.floats(0.0, 1.0),
            st.sampled_from(BASIC_EMOTIONS),
        ),
        min_size=20,
        max_size=40,
    )
)
def test_any_outputs_give_a_calibration_or_say_why_not(rows: list) -> None:
    labelled = [(vote_of("gesture", vote, quality), e) for vote, quality, e in rows]
    if len({label for _, label in labelled}) < 2:
        return
    learned = calibrated(labelled)
    assert learned.weight is not None and learned.weight >= 0
    assert Calibration.model_validate_json(learned.model_dump_json()) == learned


@pytest.mark.parametrize("count", [0, 19])
def test_too_few_outputs_are_refused(count: int) -> None:
    with pytest.raises(SettingError, match="at least 20"):
        calibrated(labelled_votes(count))


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(SettingError, match="'bliss'"):
        calibrated([(vote_of("gesture", {"happy": 1.0}), "bliss")] * 30)
