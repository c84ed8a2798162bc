"""The verdict graph: perceive, fuse, recall, hypothesize, verify, explain, conclude."""

from typing import Any, Literal, cast

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from affectgraph.graphs.schema import (
    ModelUsage,
    TimelineRow,
    Verdict,
    VerdictProvenance,
)
from affectgraph.graphs.verdict.case_influence import decide_with_influence
from affectgraph.graphs.verdict.nodes.explain import explain
from affectgraph.graphs.verdict.nodes.fuse import fuse, pool_parameters
from affectgraph.graphs.verdict.nodes.hypothesize import hypothesize
from affectgraph.graphs.verdict.nodes.perceive import dispatch_senses, perceive
from affectgraph.graphs.verdict.nodes.recall import recall
from affectgraph.graphs.verdict.nodes.verify import (
    rank_hypotheses,
    route_after_verify,
    verify,
)
from affectgraph.graphs.verdict.state import Context, Input, Output, State
from affectgraph.tools.evidence import Evidence, Span


def conclude(state: State, runtime: Runtime[Context]) -> State:
    """Put the verdict together; nothing is decided here."""
    context = runtime.context
    decision, influence, resting = decide_with_influence(state, context.coverage)
    evidence = state.get("evidence", [])
    verdict = Verdict(
        clip=state["clip"],
        label=decision.label,
        labels=decision.labels,
        distribution=decision.distribution,
        fast=decision.fast,
        prediction_set=decision.prediction_set,
        confidence=decision.confidence,
        abstained=decision.label is None,
        abstention_reason=decision.abstention_reason,
        valence=state["fused"].valence,
        arousal=state["fused"].arousal,
        mixed=decision.mixed,
        conflict=state["fused"].conflicts,
        hypotheses=tuple(rank_hypotheses(state)),
        checks=tuple(state.get("checks", [])),
        evidence=tuple(evidence),
        cases=tuple(state["cases"]),
        influence=influence,
        rests_on=resting,
        claims=tuple(state["claims"]),
        timeline=_timeline(evidence),
        explanation=" ".join(str(claim) for claim in state["claims"]),
        explanation_source=cast(Literal["llm", "template"], state["explained_by"]),
        modalities=state["modalities"],
        provenance=_record(state, context, _resting_notes(resting)),
    )
    return {"verdict": verdict}


def route_after_recall(
    state: State, runtime: Runtime[Context]
) -> Literal["hypothesize", "verify"]:
    """Candidates are proposed once; later rounds only check them again."""
    return "verify" if state.get("hypotheses") else "hypothesize"


def _timeline(evidence: list[Evidence]) -> tuple[TimelineRow, ...]:
    """In order of time; where a sense looked again, as it was seen then."""
    rows = [
        TimelineRow(
            modality=piece.modality, span=moment.span, distribution=moment.distribution
        )
        for number, piece in enumerate(evidence)
        for moment in piece.timeline
        if not _seen_again(moment.span, piece, evidence[number + 1 :])
    ]
    return tuple(sorted(rows, key=lambda row: (row.span.start, row.modality)))


def _seen_again(moment: Span, piece: Evidence, later: list[Evidence]) -> bool:
    """Half of a moment, or more, has newer moments of the same sense."""
    seen = sum(
        newer.span.overlap(moment)
        for other in later
        if other.modality == piece.modality and other.span.overlap(moment) > 0
        for newer in other.timeline
    )
    return 0 < moment.seconds <= 2 * seen


def _record(
    state: State, context: Context, notes: tuple[str, ...]
) -> VerdictProvenance:
    evidence = state.get("evidence", [])
    models = {p.provenance.model: p.provenance.sha256 for p in evidence}
    return VerdictProvenance(
        version=context.version,
        models=models | (context.reasoner.weights if context.reasoner else {}),
        reasoner=context.reasoner.name if context.reasoner else "none",
        settings={**context.settings, "memory": _memory()},
        thread=context.thread,
        rounds=state.get("rounds", 0),
        stopped=state.get("stopped", ""),
        spent=state.get("spent", ModelUsage()),
        notes=(*context.notes, *state.get("notes", []), *notes),
        edits=context.edits,
    )


def _memory() -> str:
    """Whether recalled cases move the answer, as the gate was learned."""
    if pool_parameters().gate.cases:
        return "cases move the answer"
    return "cases do not move the answer: on validation that gained too little"


def _resting_notes(resting: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        f"the answer rests on case {name}: without it it would be another or less sure"
        for name in resting
    )


builder = StateGraph(
    State, context_schema=Context, input_schema=Input, output_schema=Output
)
# It is sent a glance, not the state, of which the types know nothing.
builder.add_node("perceive", cast(Any, perceive))
builder.add_node("fuse", fuse)
builder.add_node("recall", recall)
builder.add_node("hypothesize", hypothesize)
builder.add_node("verify", verify)
builder.add_node("explain", explain)
builder.add_node("conclude", conclude)
builder.add_conditional_edges(START, dispatch_senses, ["perceive"])
builder.add_edge("perceive", "fuse")
builder.add_edge("fuse", "recall")
builder.add_conditional_edges("recall", route_after_recall)
builder.add_edge("hypothesize", "verify")
builder.add_conditional_edges("verify", route_after_verify, ["perceive", "explain"])
builder.add_edge("explain", "conclude")
builder.add_edge("conclude", END)
graph = builder.compile(name="verdict")
