"""Which side of an emotion a claim says that its evidence is on."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from affectgraph.graphs.claims.lexicon import emotions, own
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
_SAID = re.compile(
    rf"(?P<denied>\b(?:not|n't|never|hardly|neither|nor)\b(?: \w+){{0,2}}? )?"
    rf"\b(?:(?P<against>{_AGAINST})|(?P<for>{_FOR}))"
    r"(?P<what>(?: (?!but\b|and\b|though\b|while\b|than\b)[a-z'-]+){1,4})"
)
_VERDICT = re.compile(r"\b(?:it|this|that|verdict|label|hypothesis|conclusion)\b")


def false_side(text: str, cited: Sequence[Evidence], label: str) -> str:
    """Why a claim is wrong about the side of its evidence; empty if it is not.

    Args:
        text: Of the claim.
        cited: The evidence that it cites.
        label: What `it` and `the verdict` mean.
    """
    for side, named in sides(text, label):
        stances = {stance(piece, named) for piece in cited}
        if stances == {"for", "against"} - {side}:
            (really,) = stances
            return f"the evidence cited speaks {really} {named}, not {side} it"
    return ""


def sides(text: str, label: str) -> Iterator[tuple[Literal["for", "against"], str]]:
    """Each emotion that something is said to be for or against, in order."""
    for found in _SAID.finditer(own(text)):
        against = bool(found["against"]) != bool(found["denied"])
        named = emotions(found["what"])[:1]
        if not named and _VERDICT.search(found["what"]):
            named = [label]
        for one in named:
            yield ("against" if against else "for"), one
