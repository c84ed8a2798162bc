"""The recipe of the decision, on takes made of pieces that are written here."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")
pytest.importorskip("scipy")

from affectgraph.agents.training.decision.checked_takes import check_take, decide_folds
from affectgraph.agents.training.decision.composed_takes import (
    ComposedTake,
    Kind,
    compose,
)
from affectgraph.agents.training.decision.composition import FOLDS, MODALITIES, Piece
from affectgraph.agents.training.decision.parameters import (
    FEATURES,
    NO_CHECK_WEIGHTS,
    abstention_threshold,
    conformal_threshold,
    fit_check_weights,
    fit_confidence,
    fit_parameters,
)
from affectgraph.graphs.verdict.pooling import pool_parameters
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution
from affectgraph.tools.evidence import Evidence, Measurement, Provenance, Span

pytestmark = pytest.mark.slow

_SMILE = "AU12 lip corner puller"


def piece(
    modality: str, label: str, fold: int, *, moving: bool = False, sure: float = 0.6
) -> Piece:
    """What a sense says that is right about its label, and smiles where it is happy."""
    smile = Measurement(value=float(label == "happy"), low=0.2, high=0.8)
    return Piece(
        label=label,
        fold=fold,
        group=f"{modality} {label} {fold}",
        moving=moving,
        evidence=(
            Evidence(
                id=f"{modality[0].upper()}1",
                modality=modality,
                span=Span(start=0, end=1),
                observation="It is so.",
                measurements={_SMILE: smile} if modality == "face" else {},
                distribution=distribution(
                    {e: 1 - sure for e in BASIC_EMOTIONS} | {label: 6 * sure}
                ),
                quality=0.7,
                provenance=Provenance(model="m"),
            ),
        ),
    )


@pytest.fixture(scope="module")
def material() -> dict[str, list[Piece]]:
    return {
        modality: [
            piece(modality, label, fold, moving=moving)
            for label in BASIC_EMOTIONS
            for fold in range(FOLDS)
            for moving in ((False, True) if modality == "face" else (False,))
        ]
        for modality in MODALITIES
    }


def compose_takes(
    material: dict[str, list[Piece]], kind: Kind, n: int = 60
) -> Sequence[ComposedTake]:
    return compose(material, fold=1, kind=kind, n=n, seed=0)


def test_takes_are_put_together_as_their_kind_says(
    material: dict[str, list[Piece]],
) -> None:
    for take in compose_takes(material, "congruent"):
        assert {one.label for one in take.pieces.values()} == {take.label}
    for take in compose_takes(material, "conflict"):
        assert take.pieces["face"].label != take.label
        assert take.pieces["prosody"].label == take.label
    for take in compose_takes(material, "no prosody"):
        assert set(take.pieces) == {"face", "transcript"}
    lacking = {len(take.pieces) for take in compose_takes(material, "mixed")}
    assert lacking == {1, 2, 3}


def test_a_take_is_of_one_fold_and_the_same_every_time(
    material: dict[str, list[Piece]],
) -> None:
    takes = compose_takes(material, "mixed")
    assert {one.fold for take in takes for one in take.pieces.values()} == {1}
    assert takes == compose_takes(material, "mixed")
    assert {take.label for take in takes} == set(BASIC_EMOTIONS)


def test_a_text_by_itself_is_labelled_by_what_it_says(
    material: dict[str, list[Piece]],
) -> None:
    alone = [
        t
        for t in compose_takes(material, "mixed", 400)
        if set(t.pieces) == {"transcript"}
    ]
    assert alone and all(t.pieces["transcript"].label == t.label for t in alone)


def test_what_is_learned_knows_every_situation_and_decides(
    material: dict[str, list[Piece]],
) -> None:
    judged = [
        check_take(take, pool_parameters())
        for take in compose_takes(material, "mixed", 300)
    ]
    learned = fit_parameters(judged, NO_CHECK_WEIGHTS)
    assert set(learned.confidence) == set(FEATURES)
    assert {"any", "face", "face and prosody and transcript"} <= set(learned.thresholds)
    fast, full = decide_folds([judged], None), decide_folds([judged], [learned])
    assert full.right.tolist() == fast.right.tolist()
    assert abs(full.confidence.mean() - full.right.mean()) < 0.03


def test_a_check_that_tells_the_right_label_earns_weight_and_one_that_does_not_none(
    material: dict[str, list[Piece]],
) -> None:
    takes = [t for t in compose_takes(material, "congruent", 200) if t.label == "happy"]
    right = [check_take(take, pool_parameters()) for take in takes]
    assert fit_check_weights(right)["physical"] > 0.0
    wrong = [
        check_take(ComposedTake("mixed", "sad", take.pieces), pool_parameters())
        for take in takes
    ]
    assert fit_check_weights(wrong)["physical"] == 0.0


def test_answering_stops_where_it_costs_more_than_it_gains() -> None:
    certain = np.array([0.9, 0.8, 0.7, 0.4, 0.3, 0.2, 0.1])
    right = np.array([True, True, True, True, False, False, False])
    assert abstention_threshold(certain, right) == 0.4


def test_fitting_finds_how_sure_answers_were_found_to_be() -> None:
    rng = np.random.default_rng(0)
    rows = np.zeros((4000, len(FEATURES)))
    rows[:, 0] = 1.0
    odds = FEATURES.index("log_odds")
    rows[:, odds] = rng.normal(size=4000)
    truth = 1 / (1 + np.exp(-(0.5 + 2 * rows[:, odds])))
    weights = fit_confidence(rows, rng.random(4000) < truth)
    assert np.abs(1 / (1 + np.exp(-rows @ weights)) - truth).mean() < 0.05
    # What should lower confidence may not come to raise it.
    conflict = FEATURES.index("conflict")
    rows[:, conflict] = rng.random(4000)
    weights = fit_confidence(rows, rng.random(4000) < rows[:, conflict])
    assert weights[conflict] == 0.0


@settings(deadline=None)
@given(seed=st.integers(0, 50), coverage=st.sampled_from([0.8, 0.9, 0.95]))
def test_sets_hold_the_right_label_as_often_as_asked(
    seed: int, coverage: float
) -> None:
    rng = np.random.default_rng(seed)
    known, fresh = rng.beta(2, 1, 2000), rng.beta(2, 1, 20_000)
    assert (known >= conformal_threshold(known, coverage)).mean() >= coverage
    held = (fresh >= conformal_threshold(known, coverage)).mean()
    assert abs(held - coverage) < 0.04


def test_few_takes_make_sets_wide_rather_than_wrong() -> None:
    assert conformal_threshold(np.array([0.4, 0.6]), 0.9) == 0.0
