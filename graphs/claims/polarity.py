"""Polarity: for or against which emotion a claim says that its evidence speaks."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from affectgraph.graphs.claims.lexicon import emotions_in, unquoted
from affectgraph.graphs.claims.stance import stance
from affectgraph.tools.evidence import Evidence

_AGAINST = (
    r"against|contradict\w*|oppos(?:es?|ing)|rul(?:es?|ing) out|excludes?"
    r"|(?:away|far) from|inconsistent with|incompatible with|at odds with|unlike"
)
_FOR = (
    r"(?:speak|argue|count|tell|weigh|evidence|argument|sign|cue)\w* (?:for|of)"
    r"|in favou?r of|supports?|supporting|backs?|favou?rs?|suggest(?:s|ing)?"
    r"|indicat(?:es?|ing)|point(?:s|ing)? (?:to|towards?)|consistent with|in line with"
    r"|fits?|matches|agrees? with"
)
_STATED_SIDE = re.compile(
    rf"(?P<denied>\b(?:not|n't|never|hardly|neither|nor)\b(?: \w+){{0,2}}? )?"
    rf"\b(?:(?P<against>{_AGAINST})|(?P<for>{_FOR}))"
    r"(?P<what>(?: (?!but\b|and\b|though\b|while\b|than\b)[a-z'-]+){1,4})"
)
_VERDICT = re.compile(r"\b(?:it|this|that|verdict|label|hypothesis|conclusion)\b")


def polarity_problem(text: str, cited: Sequence[Evidence], label: str) -> str:
    """Why a claim is wrong about the side of its evidence; empty if it is right.

    Args:
        text: Text of the claim.
        cited: The evidence that it cites.
        label: The emotion that `it` and `the verdict` refer to.
    """
    for side, emotion in stated_sides(text, label):
        stances = {stance(piece, emotion) for piece in cited}
        if stances == {"for", "against"} - {side}:
            (actual,) = stances
            return f"the evidence cited speaks {actual} {emotion}, not {side} it"
    return ""


def stated_sides(
    text: str, label: str
) -> Iterator[tuple[Literal["for", "against"], str]]:
    """Each emotion that a text says something speaks for or against, in order."""
    for match in _STATED_SIDE.finditer(unquoted(text)):
        against = bool(match["against"]) != bool(match["denied"])
        emotion = next(iter(emotions_in(match["what"])), "")
        if not emotion and _VERDICT.search(match["what"]):
            emotion = label
        if emotion:
            yield ("against" if against else "for"), emotion
