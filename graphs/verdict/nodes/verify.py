"""Verify: test the hypotheses, and look closer where senses conflict."""

from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Send

from affectgraph.graphs.external_calls import PerceptionRequest
from affectgraph.graphs.schema import Check, Hypothesis, ModelUsage
from affectgraph.graphs.verdict import checks
from affectgraph.graphs.verdict.nodes.perceive import perception_request
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.tools.evidence import Evidence, Span

MAX_CHECKED = 2
_CLOSER_LOOK_SECONDS = 2.0


def verify(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Check the leading hypotheses; request a closer look where it may help."""
    number = state.get("rounds", 0) + 1
    if not state["fused"].by_modality:
        return {"rounds": number, "looks": [], "stopped": "nothing to check"}
    hypotheses = rank_hypotheses(state)[:MAX_CHECKED]
    blind, spent, notes = _blind_check(state, hypotheses, runtime.context)
    results = [
        check.model_copy(update={"round": number})
        for check in (
            *checks.code_checks(
                hypotheses, state["fused"], state["evidence"], state["cases"]
            ),
            *blind,
        )
    ]
    looks, stopped = _next_looks(state, results, number, runtime.context)
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


def route_after_verify(state: VerdictState) -> Literal["decide"] | list[Send]:
    """Perceive again if verification requested it, else decide."""
    return [Send("perceive", request) for request in state["looks"]] or "decide"


def rank_hypotheses(state: VerdictState) -> list[Hypothesis]:
    """Hypotheses, by the fused probability of their label."""
    fused = state["fused"].distribution
    return sorted(state["hypotheses"], key=lambda h: -fused[h.label])


def _blind_check(
    state: VerdictState, hypotheses: list[Hypothesis], context: Context
) -> tuple[list[Check], ModelUsage, list[str]]:
    """Run the blind check once in a run; note if the budget forbids it."""
    done = any(check.kind == "blind" for check in state.get("checks", []))
    if context.reasoner is None or len(hypotheses) < 2 or done:
        return [], ModelUsage(), []
    exhausted = context.budget.exhausted_notes(
        state.get("spent", ModelUsage()), "the blind check was not made"
    )
    if exhausted:
        known = exhausted[0] in state.get("notes", [])
        return [], ModelUsage(), [] if known else exhausted
    leading, rival = hypotheses
    check, spent = checks.blind_check(
        leading, rival, state["fused"], state["evidence"], context.reasoner
    )
    return [check], spent, []


def _next_looks(
    state: VerdictState, results: list[Check], number: int, context: Context
) -> tuple[list[PerceptionRequest], str]:
    """Requests for a closer look, or the reason why verification ends."""
    leading = rank_hypotheses(state)[0].label
    failed = [c for c in results if c.hypothesis == leading and c.result == "fails"]
    if not failed and not state["fused"].conflicts:
        return [], "winner: no check refutes it"
    if number >= context.budget.rounds:
        return [], "budget: no more rounds"
    look = _closer_look(state, context)
    if look is None:
        return [], "no further gain: no sense in doubt can look closer"
    return [look], ""


def _closer_look(state: VerdictState, context: Context) -> PerceptionRequest | None:
    """Request to the weakest sense in conflict, at its most decided moment."""
    fused = state["fused"]
    in_conflict = [m for c in fused.conflicts for m in c.modalities]
    candidates = in_conflict or [*fused.by_modality]
    # A second closer look would see the same again.
    looked = {look.tool for look in state.get("looked", [])}
    pieces = [
        piece
        for piece in state["evidence"]
        if piece.modality in candidates
        and piece.tool not in looked
        and piece.distribution is not None
        and piece.span.seconds > 0
        and _can_look_closer(context, piece)
    ]
    if not pieces:
        return None
    weakest = min(pieces, key=lambda piece: piece.quality)
    prefix = context.tool(weakest.tool).prefix
    count = sum(piece.id.startswith(prefix) for piece in state["evidence"])
    span = _most_decided_span(weakest)
    return perception_request(context, weakest.tool, span, fine=True, first=count + 1)


def _can_look_closer(context: Context, piece: Evidence) -> bool:
    """Whether the sense can look closer; a photograph was seen whole already."""
    tool = context.tool(piece.tool)
    return tool.looks_closer and not (tool.needs == "video" and context.clip.still)


def _most_decided_span(piece: Evidence) -> Span:
    """Two seconds around the moment with the highest probability of any emotion."""
    if not piece.timeline:
        return piece.span
    moment = max(piece.timeline, key=lambda m: max(m.distribution.values())).span
    middle = (moment.start + moment.end) / 2
    start = max(piece.span.start, middle - _CLOSER_LOOK_SECONDS / 2)
    return Span(start=start, end=min(piece.span.end, start + _CLOSER_LOOK_SECONDS))
