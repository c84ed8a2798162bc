"""Perception: one branch a sense; one that fails becomes absent evidence."""

import time
from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Send

from affectgraph.graphs.external_calls import PerceptionRequest, PerceptionResult
from affectgraph.graphs.schema import Look, SenseStatus
from affectgraph.graphs.verdict.state import Context, PerceptionBranch, State
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SenseError, one_line
from affectgraph.tools.perception import PerceptionTool


def dispatch_senses(state: State, runtime: Runtime[Context]) -> list[Send]:
    """Send every sense to the whole clip."""
    context = runtime.context
    return [
        Send("perceive", PerceptionBranch(look=look, first=1))
        for look in (
            Look(tool=tool.name, span=context.clip.span, fine=False)
            for tool in context.tools
        )
    ]


def look_again(state: State, runtime: Runtime[Context]) -> list[Send]:
    """Send senses back to the spans that verification asked about."""
    sends = []
    for look in state["looks"]:
        prefix = runtime.context.tool(look.tool).prefix
        known = sum(piece.id.startswith(prefix) for piece in state["evidence"])
        sends.append(Send("perceive", PerceptionBranch(look=look, first=known + 1)))
    return sends


def perceive(glance: PerceptionBranch, runtime: Runtime[Context]) -> State:
    """Let one sense look; what goes wrong in it stays in it."""
    look, context = glance["look"], runtime.context
    tool = context.tool(look.tool)
    runtime.stream_writer({"node": "perceive", "tool": tool.name, "event": "started"})
    question = PerceptionRequest(
        tool=tool.name,
        weights=context.weights.get(tool.name, {}),
        clip=context.clip.sha256,
        span=look.span,
        fine=look.fine,
        first=glance["first"],
    )
    seen = context.tape.answer(question, lambda: _told(question, tool, context))
    if seen.sensed.state == "present":
        found = len(seen.evidence)
        runtime.stream_writer(
            {"node": "perceive", "tool": tool.name, "event": "done", "found": found}
        )
    return _update(tool, look, seen, context.kept.trouble() if context.kept else "")


def _told(
    asked: PerceptionRequest, tool: PerceptionTool, context: Context
) -> PerceptionResult:
    """What the sense says, or said before."""
    clip, kept = context.clip, context.kept
    if kept is None:
        return _see(asked, tool, clip)
    return kept.answer(asked, tool, clip, lambda: _see(asked, tool, clip))


def _see(
    asked: PerceptionRequest, tool: PerceptionTool, clip: Clip
) -> PerceptionResult:
    lacking = tool.lacks(clip)
    if lacking:
        return PerceptionResult(sensed=SenseStatus(state="absent", reason=lacking))
    started = time.perf_counter()
    try:
        evidence = tool.perceive(clip, asked.span, first=asked.first, fine=asked.fine)
    except SenseError as error:
        return _nothing("absent", one_line(error), started)
    except Exception as error:  # whatever a plug-in raises must not cost the run more
        return _nothing("failed", one_line(error), started)
    sensed = SenseStatus(state="present", seconds=_since(started))
    return PerceptionResult(evidence=tuple(evidence), sensed=sensed)


def _update(
    tool: PerceptionTool, look: Look, seen: PerceptionResult, trouble: str
) -> State:
    """A closer look adds evidence, or a note; it does not say how the sense fared."""
    notes = [trouble] if trouble else []
    if not look.fine:
        modalities = {tool.modality: seen.sensed}
        return {
            "evidence": list(seen.evidence),
            "modalities": modalities,
            "notes": notes,
        }
    if seen.sensed.state == "present":
        return {"evidence": list(seen.evidence), "notes": notes}
    note = f"{tool.name} looked again at {look.span}: {seen.sensed.reason}"
    return {"notes": [*notes, note]}


def _nothing(
    state: Literal["absent", "failed"], reason: str, started: float
) -> PerceptionResult:
    return PerceptionResult(
        sensed=SenseStatus(state=state, reason=reason, seconds=_since(started))
    )


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 3)
