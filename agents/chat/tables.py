"""What is shown as a table."""

from collections.abc import Collection, Sequence

from affectgraph.agents.chat.messages import Table, Turn
from affectgraph.graphs.external_calls import (
    ModelReply,
    ModelRequest,
    PerceptionRequest,
    PerceptionResult,
    RecallResult,
)
from affectgraph.graphs.replay.recording import RecordedCall, RunRecord
from affectgraph.graphs.replay.what_if import WhatIf
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.emotions import top_emotion


def evidence(verdict: Verdict, senses: Collection[str]) -> Table:
    """The evidence of some senses; and what became of those that have none."""
    rows = [
        (p.id, p.modality, str(p.span), f"{p.quality:.2f}", p.observation)
        for p in verdict.evidence
        if p.modality in senses
    ]
    rows += [
        ("", name, "", "", f"{sensed.state}: {sensed.reason}")
        for name, sensed in verdict.modalities.items()
        if name in senses and sensed.state != "present"
    ]
    columns = ("id", "sense", "span", "quality", "observation")
    return Table(columns=columns, rows=tuple(rows))


def graph(verdict: Verdict, outcome: WhatIf | None) -> Table:
    """What each node of the graph came to, in order; and whether edits reached it."""
    present = [n for n, sensed in verdict.modalities.items()
               if sensed.state == "present"]  # fmt: skip
    failed = sum(check.result == "fails" for check in verdict.checks)
    record = verdict.provenance
    came_to = {
        "perceive": f"{len(verdict.evidence)} pieces of {', '.join(present)}",
        "fuse": top_emotion(verdict.distribution),
        "recall": f"{len(verdict.cases)} cases",
        "hypothesize": ", ".join(one.label for one in verdict.hypotheses),
        "verify": f"{len(verdict.checks)} checks in {record.rounds} rounds, {failed} "
        f"failed; {record.stopped}",
        "explain": f"{len(verdict.claims)} claims ({verdict.explanation_source})",
        "conclude": verdict.label or f"abstains: {verdict.abstention_reason}",
    }
    reached = {} if outcome is None else dict.fromkeys(outcome.changed, "changed")
    if outcome is not None and outcome.changed:
        reached["conclude"] = "changed"
    rows = tuple(
        (n, told, reached.get(n, "as recorded")) for n, told in came_to.items()
    )
    return Table(columns=("node", "came to", "beside the record"), rows=rows)


def told(sheet: RunRecord) -> Table:
    """What the run was told from outside, in the order of the answers."""
    rows = tuple(_told(one) for one in sheet.calls)
    return Table(columns=("asked", "what", "answer"), rows=rows)


def steps(turns: Sequence[Turn]) -> Table:
    """Every turn, and how things stood after it."""
    rows = tuple(
        (
            str(turn.step),
            turn.line or "(the verdict)",
            f"{turn.label or 'no label'} {turn.confidence:.2f}",
            "; ".join(turn.edits.descriptions) or "as recorded",
        )
        for turn in turns
    )
    return Table(columns=("step", "line", "label", "evidence"), rows=rows)


def _told(one: RecordedCall) -> tuple[str, str, str]:
    question, answer = one.question, one.answer
    if isinstance(question, PerceptionRequest) and isinstance(answer, PerceptionResult):
        how = "closer at" if question.fine else "at"
        found = f"{len(answer.evidence)} pieces" if answer.evidence else ""
        told = found or f"{answer.sensed.state}: {answer.sensed.reason}"
        time = f", {answer.sensed.seconds:.1f} s" if answer.sensed.seconds else ""
        return question.tool, f"{how} {question.span}", told + time
    if isinstance(question, ModelRequest) and isinstance(answer, ModelReply):
        spent = answer.spent
        tokens = f"{spent.prompt_tokens} + {spent.completion_tokens} tokens"
        what = question.messages[-1][1][:60]
        return (
            question.model,
            what,
            answer.problem or f"{tokens}, {spent.seconds:.1f} s",
        )
    cases = answer.cases if isinstance(answer, RecallResult) else ()
    return "memory", "cases like it", f"{len(cases)} cases"
