"""Perceive: one branch for each sense; a sense that fails becomes absent evidence."""

import time
from collections.abc import Sequence
from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Send

from affectgraph.graphs.external_calls import PerceptionRequest, PerceptionResult
from affectgraph.graphs.schema import SenseStatus
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SenseError, one_line
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.perception import PerceptionTool

# Of the facts about one of many utterances, so many are kept.
_FACTS_PER_UTTERANCE = 2


def dispatch_senses(state: VerdictState, runtime: Runtime[Context]) -> list[Send]:
    """Send every sense to the whole clip, or to each utterance that it can perceive."""
    context = runtime.context
    stretches = state.get("spoken", [])
    requests = []
    for tool in context.tools:
        request = perception_request(context, tool.name, context.clip.span)
        if tool.needs != "any":
            utterances = tuple(
                stretch.span
                for stretch in stretches
                if stretch.person or tool.needs == "video"
            )
            request = request.model_copy(update={"utterances": utterances})
        requests.append(Send("perceive", request))
    return requests


def perception_request(
    context: Context, tool: str, span: Span, *, fine: bool = False, first: int = 1
) -> PerceptionRequest:
    """The request for one look of one sense; see `PerceptionRequest`."""
    return PerceptionRequest(
        tool=tool,
        weights=context.weights.get(tool, {}),
        clip=context.clip.sha256,
        span=span,
        fine=fine,
        first=first,
    )


def look_again(
    context: Context, tool: str, span: Span, evidence: Sequence[Evidence]
) -> PerceptionResult:
    """Take a closer look at a span with one sense; numbers follow the evidence's."""
    sense = context.tool(tool)
    count = sum(piece.tool == tool for piece in evidence)
    request = perception_request(context, tool, span, fine=True, first=count + 1)
    return _call_sense(request, sense, context)


def perceive(request: PerceptionRequest, runtime: Runtime[Context]) -> VerdictState:
    """Run one sense; its failure does not end the run."""
    context = runtime.context
    tool = context.tool(request.tool)
    runtime.stream_writer({"node": "perceive", "tool": tool.name, "event": "started"})
    result = _call_sense(request, tool, context)
    if result.sensed.state == "present":
        count = len(result.evidence)
        runtime.stream_writer(
            {"node": "perceive", "tool": tool.name, "event": "done", "found": count}
        )
    cache = context.evidence_cache
    warning = cache.take_warning() if cache else ""
    return {
        "evidence": list(result.evidence),
        "modalities": {tool.modality: result.sensed},
        "notes": [warning] if warning else [],
    }


def _call_sense(
    request: PerceptionRequest, tool: PerceptionTool, context: Context
) -> PerceptionResult:
    """The only call of a sense in the graph: recorded, and cached where asked for.

    The time limit and the validation of what it returns are `PerceptionTool`'s.
    """

    def run() -> PerceptionResult:
        return _run_sense(request, tool, context)

    def run_or_cached() -> PerceptionResult:
        if context.evidence_cache is None:
            return run()
        return context.evidence_cache.answer(request, tool, context.clip, run)

    return context.external_calls.answer(request, run_or_cached)


def _run_sense(
    request: PerceptionRequest, tool: PerceptionTool, context: Context
) -> PerceptionResult:
    clip = context.clip
    if lacking := tool.missing_input(clip):
        return PerceptionResult(sensed=SenseStatus(state="absent", reason=lacking))
    started = time.perf_counter()
    try:
        evidence = _perceive_spans(request, tool, clip)
    except SenseError as error:
        return _no_evidence("absent", one_line(error), started)
    except Exception as error:  # a plug-in may raise anything
        return _no_evidence("failed", one_line(error), started)
    status = SenseStatus(state="present", seconds=_seconds_since(started))
    return PerceptionResult(evidence=tuple(evidence), sensed=status)


def _perceive_spans(
    request: PerceptionRequest, tool: PerceptionTool, clip: Clip
) -> list[Evidence]:
    """Evidence of the span, or of every utterance in which there is any.

    Raises:
        SenseError: If there is none at all.
    """
    if not request.utterances:
        return tool.perceive(clip, request.span, first=request.first, fine=request.fine)
    evidence: list[Evidence] = []
    problem: SenseError | None = None
    for span in request.utterances:
        try:
            found = tool.perceive(clip, span, first=request.first + len(evidence))
        except SenseError as error:
            problem = problem or error
            continue
        votes = sum(piece.distribution is not None for piece in found)
        evidence += found[: votes + _FACTS_PER_UTTERANCE]
    if problem and not evidence:
        raise problem
    return evidence


def _no_evidence(
    state: Literal["absent", "failed"], reason: str, started: float
) -> PerceptionResult:
    status = SenseStatus(state=state, reason=reason, seconds=_seconds_since(started))
    return PerceptionResult(sensed=status)


def _seconds_since(started: float) -> float:
    return round(time.perf_counter() - started, 3)
