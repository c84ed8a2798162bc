"""Perception: one branch a sense; one that fails becomes absent evidence."""

import time

from langgraph.runtime import Runtime
from langgraph.types import Send

from affectgraph.graphs.schema import Look, Sensed
from affectgraph.graphs.state import Context, Glance, State
from affectgraph.tools.errors import SenseError, one_line
from affectgraph.tools.perception import PerceptionTool


def dispatch(state: State, runtime: Runtime[Context]) -> list[Send]:
    """Send every sense to the whole clip."""
    context = runtime.context
    return [
        Send("perceive", Glance(look=look, first=1))
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
        sends.append(Send("perceive", Glance(look=look, first=known + 1)))
    return sends


def perceive(glance: Glance, runtime: Runtime[Context]) -> State:
    """Let one sense look; what goes wrong in it stays in it."""
    look, clip = glance["look"], runtime.context.clip
    tool = runtime.context.tool(look.tool)
    runtime.stream_writer({"node": "perceive", "tool": tool.name, "event": "started"})
    started = time.perf_counter()
    lacking = tool.lacks(clip)
    if lacking:
        return {"modalities": {tool.modality: Sensed(state="absent", reason=lacking)}}
    try:
        evidence = tool.perceive(clip, look.span, first=glance["first"], fine=look.fine)
    except SenseError as error:
        sensed = Sensed(state="absent", reason=one_line(error), seconds=_since(started))
        return _nothing(tool, look, sensed)
    except Exception as error:  # whatever a plug-in raises must not cost the run more
        reason = one_line(error)
        sensed = Sensed(state="failed", reason=reason, seconds=_since(started))
        return _nothing(tool, look, sensed)
    runtime.stream_writer(
        {"node": "perceive", "tool": tool.name, "event": "done", "found": len(evidence)}
    )
    if look.fine:
        return {"evidence": evidence}
    sensed = Sensed(state="present", seconds=_since(started))
    return {"evidence": evidence, "modalities": {tool.modality: sensed}}


def _nothing(tool: PerceptionTool, look: Look, sensed: Sensed) -> State:
    if look.fine:
        note = f"{tool.name} looked again at {look.span}: {sensed.reason}"
        return {"notes": [note]}
    return {"modalities": {tool.modality: sensed}}


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 3)
