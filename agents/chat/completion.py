"""Completion of unfinished commands, for terminals and web pages."""

from collections.abc import Iterable

from affectgraph.agents.chat.commands import COMMANDS
from affectgraph.agents.chat.context import ChatContext
from affectgraph.tools.emotions import BASIC_EMOTIONS


def complete_line(context: ChatContext, line: str) -> list[str]:
    """Candidates for the last word of a line that begins with `/`."""
    if not line.startswith("/"):
        return []
    *before, last = line.split(" ")
    candidates = _candidates(context, before) if before else COMMANDS
    return [word for word in candidates if word.startswith(last)]


def _candidates(context: ChatContext, before: list[str]) -> Iterable[str]:
    match before:
        case ["/evidence", *_]:
            return [*context.senses, *context.evidence]
        case ["/without" | "/only", *names]:
            return [sense for sense in context.senses if sense not in names]
        case ["/back", *names]:
            return [sense for sense in context.edits.without if sense not in names]
        case ["/why" | "/correct"]:
            return BASIC_EMOTIONS
        case ["/look"]:
            return [f"0.0-{context.verdict.clip.seconds:.1f}"]
        case ["/look", _]:
            return context.senses
        case ["/set"]:
            return _editable_values(context)
        case ["/set", target]:
            numeric = not target.endswith((".quality", ".distribution"))
            return ("low", "typical", "high") if numeric else ()
        case ["/case"]:
            return context.case_ids
        case ["/rewind"]:
            return [str(turn.step) for turn in context.history()]
    return ()


def _editable_values(context: ChatContext) -> list[str]:
    return [
        f"{piece.id}.{name.replace(' ', '_')}"
        for piece in context.evidence.values()
        for name in (
            *piece.measurements,
            "quality",
            *(["distribution"] if piece.distribution else []),
        )
    ]
