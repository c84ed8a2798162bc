"""Which act to take next: by the measured table, or by the language model's tool calls.

The table's acts are the same with and without a language model, and what they find
enters the pool. A language model's acts inform the model alone: they move the answer
through its judgement, as far as that is trusted.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from affectgraph.graphs.external_calls import ToolCall
from affectgraph.graphs.reasoner.dossier import Dossier
from affectgraph.graphs.reasoner.prompt_builder import render_prompt
from affectgraph.graphs.schema import Act, ActKind, ModelUsage
from affectgraph.graphs.verdict.act_table import act_table
from affectgraph.graphs.verdict.calibration import situation
from affectgraph.graphs.verdict.reason.judge import asked_methods, dossier_of
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Evidence, Span

_CLOSER_LOOK_SECONDS = 2.0
# Function name of each kind of act, and what a model is told of it.
_TOOLS: Mapping[str, tuple[ActKind, str]] = {
    "look_again": ("look again", "Perceive a span of the clip again, more closely."),
    "recall_contrast_pair": (
        "contrast pair",
        "Recall the most similar annotated clip of each of the two likeliest emotions.",
    ),
    "measure": ("measure", "State a measurement of a sense with its typical range."),
    "leave_out": ("leave out", "See what is left to judge by without one sense."),
    "read_the_words": ("read the words", "Read the words again with their context."),
}


class ActChoice(NamedTuple):
    """The next act and who chose it; without an act, why reasoning ends."""

    act: Act | None
    by_model: bool = False
    stopped: str = ""
    spent: ModelUsage = ModelUsage()


def choose_act(state: VerdictState, context: Context) -> ActChoice:
    """The next act, by the table first, then by the language model."""
    if not state["fused"].by_modality:
        return ActChoice(None, stopped="nothing to check")
    if state.get("rounds", 0) >= context.budget.rounds:
        return ActChoice(None, stopped="budget: no more rounds")
    table = context.acts or act_table()
    done = {result.act for result in state.get("acts", [])}
    able = [act for act in possible_acts(state, context) if act not in done]
    if act := table.best(able, situation(state["fused"])):
        return ActChoice(act)
    if _lets_model_act(state, context):
        return _choose_by_model(state, context)
    return ActChoice(None, stopped="no further gain: no act is worth its cost")


def possible_acts(state: VerdictState, context: Context) -> list[Act]:
    """Acts that can move the pool: closer looks, and senses to leave out."""
    fused = state["fused"]
    looks = [
        Act(kind="look again", sense=piece.modality, span=_most_decided_span(piece))
        for piece in state["evidence"]
        if piece.distribution is not None
        and piece.span.seconds > 0
        and piece.modality in fused.by_modality
        and _can_look_closer(context, piece)
    ]
    first_looks = {act.sense: act for act in reversed(looks)}
    senses = fused.by_modality if len(fused.by_modality) > 1 else ()
    return [
        *first_looks.values(),
        *(Act(kind="leave out", sense=sense) for sense in senses),
    ]


def _lets_model_act(state: VerdictState, context: Context) -> bool:
    reasoner = context.reasoner
    deliberates = any(m.startswith("deliberate") for m in asked_methods(state, context))
    return reasoner is not None and reasoner.calls_tools and deliberates


def _choose_by_model(state: VerdictState, context: Context) -> ActChoice:
    reasoner = context.reasoner
    spent = state.get("spent", ModelUsage())
    if reasoner is None or context.budget.exhausted_limit(spent):
        return ActChoice(None, stopped="budget: no more calls")
    task = render_prompt("act", labels=", ".join(BASIC_EMOTIONS))
    dossier = dossier_of(state, context)
    reply = reasoner.choose_tools(dossier.render(), task, _tool_schemas(dossier))
    for call in reply.tool_calls:
        if act := _parse_call(call, state):
            return ActChoice(act, by_model=True, spent=reply.spent)
    stopped = f"{reasoner.name} wants no further act"
    return ActChoice(None, stopped=stopped, spent=reply.spent)


def _tool_schemas(dossier: Dossier) -> list[dict[str, Any]]:
    senses = sorted({piece.modality for piece in dossier.evidence})
    names = sorted({name for p in dossier.evidence for name in p.measurements})
    sense = {"type": "string", "enum": senses}
    second = {"type": "number", "minimum": 0}
    arguments: dict[str, dict[str, Any]] = {
        "look_again": {"sense": sense, "start": second, "end": second},
        "recall_contrast_pair": {},
        "measure": {"sense": sense, "measurement": {"type": "string", "enum": names}},
        "leave_out": {"sense": sense},
        "read_the_words": {},
    }
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": description,
                "parameters": {
                    "type": "object",
                    "properties": arguments[name],
                    "required": [*arguments[name]],
                },
            },
        }
        for name, (_, description) in _TOOLS.items()
    ]


def _parse_call(call: ToolCall, state: VerdictState) -> Act | None:
    """The act of a tool call; None for an unknown, impossible or repeated one."""
    if call.name not in _TOOLS:
        return None
    kind, _ = _TOOLS[call.name]
    given = call.arguments
    end = max((piece.span.end for piece in state["evidence"]), default=0.0)
    try:
        span = None
        if kind == "look again":
            span = Span(start=given["start"], end=min(given["end"], end))
        act = Act(
            kind=kind,
            sense=given.get("sense", ""),
            span=span,
            measurement=given.get("measurement", ""),
        )
    except (KeyError, TypeError, ValidationError):
        return None
    done = {result.act for result in state.get("acts", [])}
    senses: Sequence[str] = ["", *{piece.modality for piece in state["evidence"]}]
    return None if act in done or act.sense not in senses else act


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
