"""Verify: try to refute the hypotheses, and look again where senses conflict."""

from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Send

from affectgraph.graphs.external_calls import PerceptionRequest
from affectgraph.graphs.schema import Check, Hypothesis, ModelUsage
from affectgraph.graphs.verdict import checks
from affectgraph.graphs.verdict.nodes.perceive import perception_request
from affectgraph.graphs.verdict.state import Context, State
from affectgraph.tools.evidence import Evidence, Span

CHECKED = 2
_LOOK_SECONDS = 2.0


def verify(state: State, runtime: Runtime[Context]) -> State:
    """Run every check on the leading hypotheses; ask for another look in a conflict."""
    number = state.get("rounds", 0) + 1
    if not state["fused"].by_modality:
        return {"rounds": number, "looks": [], "stopped": "nothing to check"}
    hypotheses = rank_hypotheses(state)[:CHECKED]
    blind, spent, notes = _blind(state, hypotheses, runtime.context)
    results = [
        check.model_copy(update={"round": number})
        for check in (
            *checks.code_checks(hypotheses, state["evidence"], state["cases"]),
            *blind,
        )
    ]
    looks, stopped = _next(state, results, number, runtime.context)
    runtime.stream_writer(
        {"node": "verify", "event": "done", "round": number, "stopped": stopped}
    )
    return {
        "checks": results,
        "spent": spent,
        "notes": notes,
        "rounds": number,
        "looks": looks,
        "looked": looks,
        "stopped": stopped,
    }


def route_after_verify(state: State) -> Literal["decide"] | list[Send]:
    """Look again where verification asked for it, else decide."""
    return [Send("perceive", request) for request in state["looks"]] or "decide"


def rank_hypotheses(state: State) -> list[Hypothesis]:
    """Hypotheses by the fused probability of their label."""
    fused = state["fused"].distribution
    return sorted(state["hypotheses"], key=lambda h: -fused[h.label])


def _blind(
    state: State, hypotheses: list[Hypothesis], context: Context
) -> tuple[list[Check], ModelUsage, list[str]]:
    """The blind check, once in a run; with a note where the budget forbids it."""
    asked = any(check.kind == "blind" for check in state.get("checks", []))
    if context.reasoner is None or len(hypotheses) < 2 or asked:
        return [], ModelUsage(), []
    undone = "the blind check was not made"
    if cut := context.budget.cut(state.get("spent", ModelUsage()), undone):
        return [], ModelUsage(), [] if cut[0] in state.get("notes", []) else cut
    leading, rival = hypotheses
    check, spent = checks.blind(
        leading, rival, state["fused"], state["evidence"], context.reasoner
    )
    return [check], spent, []


def _next(
    state: State, results: list[Check], number: int, context: Context
) -> tuple[list[PerceptionRequest], str]:
    """Where to look again, and why verification ends if it is nowhere."""
    leading = rank_hypotheses(state)[0].label
    failed = [c for c in results if c.hypothesis == leading and c.result == "fails"]
    if not failed and not state["fused"].conflicts:
        return [], "winner: no check refutes it"
    if number >= context.budget.rounds:
        return [], "budget: no more rounds"
    look = _look(state, context)
    if look is None:
        return [], "no further gain: no sense in doubt can look closer"
    return [look], ""


def _look(state: State, context: Context) -> PerceptionRequest | None:
    """The least certain of the senses in conflict, at its most telling moment."""
    fused = state["fused"]
    disputed = [m for c in fused.conflicts for m in c.modalities] or [*fused.weights]
    # A second closer look sees what the first one saw.
    looked = {look.tool for look in state.get("looked", [])}
    pieces = [
        piece
        for piece in state["evidence"]
        if piece.modality in disputed
        and piece.tool not in looked
        and piece.distribution is not None
        and piece.span.seconds > 0
        and _can_look_closer(context, piece)
    ]
    if not pieces:
        return None
    weakest = min(pieces, key=lambda piece: piece.quality)
    prefix = context.tool(weakest.tool).prefix
    known = sum(piece.id.startswith(prefix) for piece in state["evidence"])
    span = _most_decided(weakest)
    return perception_request(context, weakest.tool, span, fine=True, first=known + 1)


def _can_look_closer(context: Context, piece: Evidence) -> bool:
    """A photograph was seen whole the first time."""
    tool = context.tool(piece.tool)
    return tool.looks_closer and not (tool.needs == "video" and context.clip.still)


def _most_decided(piece: Evidence) -> Span:
    """Two seconds around the moment at which a sense is most decided."""
    if not piece.timeline:
        return piece.span
    moment = max(piece.timeline, key=lambda m: max(m.distribution.values())).span
    middle = (moment.start + moment.end) / 2
    start = max(piece.span.start, middle - _LOOK_SECONDS / 2)
    return Span(start=start, end=min(piece.span.end, start + _LOOK_SECONDS))
