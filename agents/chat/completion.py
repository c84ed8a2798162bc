"""What a line may go on with: the same for a terminal and a page."""

from collections.abc import Iterable

from affectgraph.agents.chat.commands import COMMANDS
from affectgraph.agents.chat.context import Talk
from affectgraph.tools.emotions import BASIC_EMOTIONS


def completions(talk: Talk, line: str) -> list[str]:
    """Words in place of the last one, of a line that begins with `/`."""
    if not line.startswith("/"):
        return []
    *before, last = line.split(" ")
    if not before:
        return [name for name in COMMANDS if name.startswith(last)]
    return [word for word in _words(talk, before) if word.startswith(last)]


def _words(talk: Talk, before: list[str]) -> Iterable[str]:
    match before:
        case ["/evidence", *_]:
            return [*talk.senses, *talk.evidence]
        case ["/without" | "/only", *named]:
            return [sense for sense in talk.senses if sense not in named]
        case ["/back", *named]:
            return [sense for sense in talk.edits.without if sense not in named]
        case ["/why" | "/correct"]:
            return BASIC_EMOTIONS
        case ["/look"]:
            return [f"0.0-{talk.verdict.clip.seconds:.1f}"]
        case ["/look", _]:
            return talk.senses
        case ["/set"]:
            return _targets(talk)
        case ["/set", target]:
            plain = target.endswith((".quality", ".distribution"))
            return () if plain else ("low", "typical", "high")
        case ["/case"]:
            return [f"C{number}" for number in range(1, len(talk.verdict.cases) + 1)]
        case ["/rewind"]:
            return [str(turn.step) for turn in talk.history()]
    return ()


def _targets(talk: Talk) -> list[str]:
    return [
        f"{piece.id}.{name.replace(' ', '_')}"
        for piece in talk.evidence.values()
        for name in (
            *piece.measurements,
            "quality",
            *(["distribution"] if piece.distribution else []),
        )
    ]
