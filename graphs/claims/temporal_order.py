"""The order in which a claim says that two passages were said."""

import re
from collections.abc import Sequence
from typing import Literal

from affectgraph.graphs.claims.lexicon import QUOTED, spoken
from affectgraph.tools.evidence import Evidence

Order = Literal["before", "after"]

_FRONTED = re.compile(
    r"\b(?:(after|once|following|subsequent to|starting with|from)"
    r"|(before|prior to|ahead of|until|by the time))\b[^,;:]*$"
)
_BY: dict[str, Order] = {
    "preceded by": "after",
    "followed by": "before",
    "succeeded by": "before",
}
_LATER_THAN = re.compile(r"\b(?:later|after|behind)\b.*\bthan\b")
_THEN = re.compile(
    r"\b(?:before|earlier|precede\w*|prior|ahead|first|then|next|later|lastly|finally"
    r"|afterwards?|subsequently|moves? on|leads?|second)\b"
)
_SINCE = re.compile(r"\b(?:after|follow\w*|succeed\w*|subsequent to|behind)\b")
_LAST = re.compile(r"\b(?:(later|after|afterwards|follows|second|next|last)"
                   r"|(earlier|before|first))\b")  # fmt: skip


def false_order(text: str, cited: Sequence[Evidence]) -> str:
    """Two quotations that were not said in the order told; empty if they were.

    Args:
        text: The claim.
        cited: The evidence; what it does not place in time is not judged.
    """
    quoted = QUOTED.findall(text)
    if len(quoted) != 2:
        return ""
    told, (one, other) = _order(text), (_said_at(words, cited) for words in quoted)
    if told is None or one is None or other is None or one == other:
        return ""
    if (one < other) != (told == "before"):
        return f"{quoted[0]!r} is not {told} the other"
    return ""


def _order(text: str) -> Order | None:
    """Where what is quoted first is told to be, of what is quoted second."""
    before, between, after = (
        part.lower() for part in re.split(QUOTED.pattern, text)[::2]
    )
    if fronted := _FRONTED.search(before):
        return "before" if fronted[1] else "after"
    for words, order in _BY.items():
        if words in between:
            return order
    if _LATER_THAN.search(between):
        return "after"
    then, since = _THEN.search(between), _SINCE.search(between)
    if then and not (since and since.start() < then.start()):
        return "before"
    if since:
        return "after"
    if last := _LAST.search(after):
        return "before" if last[1] else "after"
    return None


def _said_at(words: str, cited: Sequence[Evidence]) -> float | None:
    """When the shortest passage begins that holds these words."""
    said = spoken(words)
    holding = [piece.span for piece in cited if said in spoken(piece.observation)]
    shortest = min(holding, key=lambda span: span.seconds, default=None)
    return None if shortest is None else shortest.start
