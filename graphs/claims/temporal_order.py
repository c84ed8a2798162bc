"""Temporal order: a claim about which of two quotations was said first."""

import re
from collections.abc import Sequence
from typing import Literal

from affectgraph.graphs.claims.lexicon import QUOTED, plain_words
from affectgraph.tools.evidence import Evidence

Order = Literal["before", "after"]

_FRONTED_CLAUSE = re.compile(
    r"\b(?:(after|once|following|subsequent to|starting with|from)"
    r"|(before|prior to|ahead of|until|by the time))\b[^,;:]*$"
)
_PASSIVE: dict[str, Order] = {
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


def temporal_order_problem(text: str, cited: Sequence[Evidence]) -> str:
    """Why a claim about the order of two quotations is wrong; empty if it is right.

    Args:
        text: Text of the claim.
        cited: The evidence; a quotation without a time in it cannot be wrong.
    """
    quotations = QUOTED.findall(text)
    if len(quotations) != 2:
        return ""
    order = _stated_order(text)
    first, second = (_start_of(quotation, cited) for quotation in quotations)
    if order is None or first is None or second is None or first == second:
        return ""
    if (first < second) != (order == "before"):
        return f"{quotations[0]!r} is not {order} the other"
    return ""


def _stated_order(text: str) -> Order | None:
    """Whether the first quotation is said to come before or after the second."""
    before, between, after = (
        part.lower() for part in re.split(QUOTED.pattern, text)[::2]
    )
    if fronted := _FRONTED_CLAUSE.search(before):
        return "before" if fronted[1] else "after"
    for phrase, order in _PASSIVE.items():
        if phrase in between:
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


def _start_of(quotation: str, cited: Sequence[Evidence]) -> float | None:
    """Start in seconds of the shortest piece of evidence that contains a quotation."""
    words = plain_words(quotation)
    spans = [piece.span for piece in cited if words in plain_words(piece.observation)]
    shortest = min(spans, key=lambda span: span.seconds, default=None)
    return None if shortest is None else shortest.start
