"""What would turn a verdict is computed, and turns it."""

from collections.abc import Callable
from typing import Any

from affectgraph.graphs.replay.counterfactuals import counterfactuals
from affectgraph.graphs.replay.edits import Edits
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.replay.what_if import what_if
from affectgraph.tools.evidence import Evidence, Span


def test_every_turning_turns_the_label(recorded: Callable[..., RecordedRun]) -> None:
    run = recorded()
    found = counterfactuals(run, Edits())
    assert found
    for one in found:
        assert one.verdict == what_if(run, one.edits).verdict
        assert one.verdict.label != run.record.verdict.label
        assert set(one.cites) <= {piece.id for piece in run.record.verdict.evidence}


def test_no_smaller_move_of_that_vote_turns_it(
    recorded: Callable[..., RecordedRun],
) -> None:
    run = recorded()
    (vote,) = [
        one
        for one in counterfactuals(run, Edits())
        if "distribution" in one.description
    ]
    name = vote.cites[0]
    (piece,) = [p for p in run.record.verdict.evidence if p.id == name]
    (moved,) = [p for p in vote.verdict.evidence if p.id == name]
    assert piece.distribution is not None and moved.distribution is not None
    less = (vote.amount - 0.02) / vote.amount
    shares = ",".join(
        f"{e}:{p + less * (moved.distribution[e] - p):.3f}"
        for e, p in piece.distribution.items()
    )
    nearly = what_if(run, Edits.of([f"{name}.distribution={shares}"])).verdict
    assert nearly.label == run.record.verdict.label


def test_edits_in_force_are_kept(recorded: Callable[..., RecordedRun]) -> None:
    run, edits = recorded(), Edits(without=("face",))
    for one in counterfactuals(run, edits):
        assert one.edits.without[0] == "face"


def test_a_sense_alone_is_silenced_or_says_otherwise(
    recorded: Callable[..., RecordedRun], senses: Any
) -> None:
    silenced, said = counterfactuals(recorded(tools=senses[:1]), Edits())
    assert silenced.description == "F1.quality=0.00" and silenced.verdict.abstained
    assert said.description.startswith("F1.distribution=")


def test_added_evidence_votes_and_can_be_edited(
    recorded: Callable[..., RecordedRun], evidence: list[Evidence]
) -> None:
    run = recorded()
    closer = evidence[0].model_copy(
        update={"id": "F9", "span": Span(start=1, end=2), "timeline": ()}
    )
    added = what_if(run, Edits(added=(closer,)))
    assert "F9" in {piece.id for piece in added.verdict.evidence}
    assert added.verdict.provenance.edits == ("face at 1.0-2.0 s",)
    before = {piece.id for piece in run.record.verdict.evidence}
    assert before <= {piece.id for piece in added.verdict.evidence}
    sad = Edits(added=(closer,), values={"F9.distribution": "sad"})
    (piece,) = [p for p in what_if(run, sad).verdict.evidence if p.id == "F9"]
    assert piece.distribution is not None and piece.distribution["sad"] > 0.9
    left = what_if(run, Edits(added=(closer,), without=("face",))).verdict
    assert not any(piece.modality == "face" for piece in left.evidence)
