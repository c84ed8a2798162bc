"""Tables of a conversation."""

from collections.abc import Collection, Sequence

from affectgraph.agents.chat.messages import AnswerTable, ChatTurn
from affectgraph.graphs.external_calls import (
    ModelReply,
    ModelRequest,
    PerceptionRequest,
    PerceptionResult,
    RecallResult,
)
from affectgraph.graphs.replay.record import RecordedCall, RunRecord
from affectgraph.graphs.replay.what_if import WhatIf
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.emotions import top_emotion

_MAX_PROMPT_CHARACTERS = 60


def evidence_table(verdict: Verdict, senses: Collection[str]) -> AnswerTable:
    """The evidence of some senses, and the status of those without evidence."""
    rows = [
        (p.id, p.modality, str(p.span), f"{p.quality:.2f}", p.observation)
        for p in verdict.evidence
        if p.modality in senses
    ]
    rows += [
        ("", name, "", "", f"{status.state}: {status.reason}")
        for name, status in verdict.modalities.items()
        if name in senses and status.state != "present"
    ]
    columns = ("id", "sense", "span", "quality", "observation")
    return AnswerTable(columns=columns, rows=tuple(rows))


def graph_table(verdict: Verdict, outcome: WhatIf | None) -> AnswerTable:
    """The result of each node of the graph, and whether edits changed it."""
    statuses = verdict.modalities.items()
    present = [name for name, status in statuses if status.state == "present"]
    failed = sum(check.result == "fails" for check in verdict.checks)
    provenance = verdict.provenance
    results = {
        "perceive": f"{len(verdict.evidence)} pieces of {', '.join(present)}",
        "fuse": top_emotion(verdict.distribution),
        "recall": f"{len(verdict.cases)} cases",
        "reason": f"{', '.join(h.label for h in verdict.hypotheses)}; "
        f"{len(verdict.acts)} acts, {len(verdict.checks)} checks, {failed} failed; "
        f"{provenance.stopped}",
        "decide": verdict.label or f"abstains: {verdict.abstention_reason}",
        "explain": f"{len(verdict.claims)} claims ({verdict.explanation_source})",
        "conclude": str(verdict),
    }
    changed = set(outcome.changed if outcome else ())
    if changed:
        changed.add("conclude")
    rows = tuple(
        (node, result, "changed" if node in changed else "as recorded")
        for node, result in results.items()
    )
    return AnswerTable(
        columns=("node", "result", "compared with the record"), rows=rows
    )


def trace_table(record: RunRecord) -> AnswerTable:
    """Every external call of the run, in the order of the answers."""
    rows = tuple(_describe_call(call) for call in record.calls)
    return AnswerTable(columns=("asked", "what", "answer"), rows=rows)


def history_table(turns: Sequence[ChatTurn]) -> AnswerTable:
    """Every turn, and the state after it."""
    rows = tuple(
        (
            str(turn.step),
            turn.line or "(the verdict)",
            f"{turn.label or 'no label'} {turn.confidence:.2f}",
            "; ".join(turn.edits.descriptions) or "as recorded",
        )
        for turn in turns
    )
    return AnswerTable(columns=("step", "line", "label", "evidence"), rows=rows)


def _describe_call(call: RecordedCall) -> tuple[str, str, str]:
    question, answer = call.question, call.answer
    if isinstance(question, PerceptionRequest) and isinstance(answer, PerceptionResult):
        return _describe_perception(question, answer)
    if isinstance(question, ModelRequest) and isinstance(answer, ModelReply):
        spent = answer.spent
        tokens = f"{spent.prompt_tokens} + {spent.completion_tokens} tokens"
        reply = answer.problem or f"{tokens}, {spent.seconds:.1f} s"
        prompt = question.messages[-1][1][:_MAX_PROMPT_CHARACTERS]
        return question.model, prompt, reply
    cases = answer.cases if isinstance(answer, RecallResult) else ()
    return "memory", "similar cases", f"{len(cases)} cases"


def _describe_perception(
    request: PerceptionRequest, result: PerceptionResult
) -> tuple[str, str, str]:
    status = result.sensed
    outcome = f"{status.state}: {status.reason}"
    if result.evidence:
        outcome = f"{len(result.evidence)} pieces"
    if status.seconds:
        outcome += f", {status.seconds:.1f} s"
    where = f"{'closer at' if request.fine else 'at'} {request.span}"
    return request.tool, where, outcome
