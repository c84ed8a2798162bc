"""What if: an edit goes as far as it reaches, and no further."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affectgraph.graphs.replay.edits import Edits
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.replay.what_if import what_if
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError


def test_without_a_sense_the_rest_decides(recorded: Callable[..., RecordedRun]) -> None:
    run = recorded()
    outcome = what_if(run, Edits(without=("face",)))
    rest = [p for p in run.record.verdict.evidence if p.modality != "face"]
    kept = [p for p in outcome.verdict.evidence if p in rest]
    assert list(outcome.verdict.evidence) == kept
    assert outcome.verdict.distribution == pool(kept).distribution
    assert outcome.verdict.label == "sad"
    assert outcome.verdict.modalities["face"].state == "absent"
    assert outcome.verdict.provenance.edits == ("without face",)
    assert outcome.original == run.record.verdict


def test_only_a_sense_is_without_the_others(
    recorded: Callable[..., RecordedRun],
) -> None:
    run = recorded()
    one = what_if(run, Edits(only=("prosody",))).verdict
    other = what_if(run, Edits(without=("face", "transcript"))).verdict
    assert one.distribution == other.distribution
    assert {piece.modality for piece in one.evidence} == {"prosody"}


def test_a_measurement_reaches_the_checks_and_not_the_fusion(
    recorded: Callable[..., RecordedRun],
) -> None:
    outcome = what_if(recorded(), Edits.of(["P2.pitch=high"]))
    (piece,) = [p for p in outcome.verdict.evidence if p.id == "P2"]
    assert piece.measurements["pitch"].value == 275
    assert piece.observation == "Pitch is high: 275 Hz, typical 110 to 220."
    assert "reason" in outcome.changed and "fuse" in outcome.unchanged
    assert outcome.verdict.distribution == outcome.original.distribution


def test_a_distribution_votes_as_it_was_set(
    recorded: Callable[..., RecordedRun],
) -> None:
    outcome = what_if(recorded(), Edits.of(["T1.distribution=happy:0.9"]))
    (piece,) = [p for p in outcome.verdict.evidence if p.id == "T1"]
    assert piece.distribution is not None
    assert piece.distribution["happy"] == pytest.approx(0.9)
    assert '"I cannot stop crying" read most as happy (0.90)' in piece.observation
    assert outcome.verdict.label == "happy"
    assert {"perceive", "fuse"} <= set(outcome.changed)


@given(quality=st.floats(0, 1), emotion=st.sampled_from(BASIC_EMOTIONS))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=15,
    deadline=None,
)
def test_any_edit_gives_a_verdict_that_is_whole(
    recorded: Callable[..., RecordedRun], quality: float, emotion: str
) -> None:
    edits = Edits.of([f"P1.quality={quality}", f"F1.distribution={emotion}"])
    verdict = what_if(recorded(), edits).verdict
    assert sum(verdict.distribution.values()) == pytest.approx(1)
    known = {piece.id for piece in verdict.evidence}
    assert {name for claim in verdict.claims for name in claim.cites} <= known


def test_an_edit_that_changes_nothing_changes_nothing(
    recorded: Callable[..., RecordedRun],
) -> None:
    outcome = what_if(recorded(), Edits.of(["P1.quality=0.6"]))
    provenance = outcome.original.provenance
    assert outcome.changed == ()
    assert outcome.verdict.model_copy(update={"provenance": provenance}) == (
        outcome.original
    )


def test_the_model_is_asked_only_where_its_prompt_has_changed(
    recorded: Callable[..., RecordedRun], scripted: Any, fitting_reply: Any
) -> None:
    fill = fitting_reply("So it is.")
    run = recorded(scripted(fill))
    asked = run.record.verdict.provenance.spent.calls
    again = scripted(fill)
    same = what_if(run, Edits.of(["F2.quality=0.5"]), model=again)
    assert (same.recorded, same.asked, again.history) == (asked, 0, [])
    other = what_if(run, Edits.of(["T1.distribution=happy"]), model=again)
    assert other.asked == len(again.history) > 0
    alone = what_if(run, Edits.of(["T1.distribution=happy"]))
    assert alone.asked == 0 and alone.unanswered > 0
    assert any("no language model" in n for n in alone.verdict.provenance.notes)


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        (["X9.pitch=1"], "there are F1, F2"),
        (["P2.volume=1"], "P2 has no 'volume'; it has quality, pitch"),
        (["F2.distribution=sad"], "F2 has no 'distribution'"),
        (["P2.pitch=loud"], "a number, low, typical or high"),
        (["P2.pitch=nan"], "a number, low, typical or high"),
        (["P1.quality=2"], "from 0 to 1"),
        (["T1.distribution=glee"], "unknown emotion 'glee'; use one or more"),
        (["pitch"], "write ID.NAME=VALUE"),
    ],
)
def test_an_edit_that_does_not_fit_lists_what_does(
    recorded: Callable[..., RecordedRun], edits: list[str], message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        what_if(recorded(), Edits.of(edits))


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        (Edits(without=("smell",)), "there are face, prosody, transcript"),
        (Edits(only=("face",), without=("face",)), "no sense is left"),
    ],
)
def test_a_sense_that_is_not_there_cannot_be_left_out(
    recorded: Callable[..., RecordedRun], edits: Edits, message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        what_if(recorded(), edits)
