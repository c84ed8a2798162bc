"""Comparisons that a claim makes, and what the evidence has to say to them.

Read from a sentence are: what is compared (two senses, two emotions, two numbers), in
which order they stand, and which way the comparison goes. "Compared with B, A is more"
and "A is more than B" say the same; "less" turns it round.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from affectgraph.graphs.claims.lexicon import emotion as emotion_of
from affectgraph.graphs.claims.lexicon import rounded
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence

_MORE = (
    r"more|higher|greater|stronger|larger|bigger|closer|nearer|likelier|clearer|rather"
    r"|better|superior|above|over|ahead|beats?|tops?|wins?|leads?|surpass\w*|exceed\w*"
    r"|out(?:weigh|scor|rank|strip|do|perform|shin)\w*|overtak\w*|dominat\w*|prevail\w*"
    r"|prefer\w*|instead of|as opposed to"
)
_LESS = (
    r"less|lower|weaker|smaller|fewer|fainter|worse|inferior|below|under|beneath|behind"
    r"|trail\w*|lag\w*|secondary|second to|yields?"
)
_COMPARED = re.compile(
    rf"(?P<not>\b(?:not|no) (?:any )?)?\b(?:(?P<more>{_MORE})|(?P<less>{_LESS}))\b"
)
_ORDER = re.compile(r"\b(?:until|before|after|only|than|as|most|first|any other)\b")
_SHARE = re.compile(r"\b([a-z]+),? (?:\(|at |with |of )+(0?\.\d+)")
_NEXT = re.compile(r"\b(?:then|followed by|second)\b")
_REFERENCE_FIRST = re.compile(
    r"^(?:(?:in )?compar(?:ed|ison) (?:with|to)|relative to|unlike|next to|beside"
    r"|against|(?:more |less )?than)\b|\bthe latter\b"
)
_DENYING = re.compile(r"\b(?:not|no|never|neither|nothing)\b")
_MOST = re.compile(
    r"\b(?:most|mostly|mainly|main|above all|best|leading|leads|top\w*|first"
    r"|(?:high|strong|large|great|bigg|likeli|clear|close|near)est|foremost|than any"
    r"|dominant|dominat\w*|predominant\w*|prevail\w*|primar\w+|chief\w*|principal\w*"
    r"|favou?rs?)\b|\bno(?:thing|body)?\b.*\b(?:more|so|as|beats|outweighs)\b"
)
_NUMBERS = r"(-?\d+(?:\.\d+)?)[^.\d]*\b(?:{})\b[^\d]*?(-?\d+(?:\.\d+)?)"
_UNEQUAL = (
    (re.compile(_NUMBERS.format(_MORE)), 1),
    (re.compile(_NUMBERS.format(_LESS)), -1),
    (re.compile(r"(\d+(?:\.\d+)?) ?s\b[^\d]*\bbefore\b[^\d]*(\d+(?:\.\d+)?) ?s\b"), -1),
    (re.compile(r"(\d+(?:\.\d+)?) ?s\b[^\d]*\bafter\b[^\d]*(\d+(?:\.\d+)?) ?s\b"), 1),
)


def false_numbers(text: str) -> str:
    """Two numbers or times, compared the wrong way; empty if none are."""
    for pattern, sign in _UNEQUAL:
        for one, other in pattern.findall(text):
            if sign * (float(one) - float(other)) <= 0:
                return f"the comparison of {one} with {other} is false"
    return ""


def false_shares(text: str, cited: Sequence[Evidence]) -> str:
    """An emotion with a number behind it, such as `sad (0.91)`, that is not its share.

    Args:
        text: The claim in lower case, without what it quotes.
        cited: The evidence; only what votes is judged by.
    """
    votes = [piece.distribution for piece in cited if piece.distribution is not None]
    for word, share in _SHARE.findall(text) if votes else ():
        named = emotion_of(word)
        if named and not any(rounded(share, vote[named]) for vote in votes):
            return f"{share} is not the share of {named} in the evidence cited"
    return ""


def false_senses(
    text: str, senses: Sequence[str], emotion: str, cited: Sequence[Evidence]
) -> str:
    """Two senses, compared in an emotion the wrong way.

    Args:
        text: The claim in lower case, without what it quotes.
        senses: The two modalities that it names, in order.
        emotion: What they are compared in.
        cited: The evidence; senses without a vote in it are not judged.
    """
    sign = _sign(text)
    if sign == 0:
        return ""
    shares = [_share(cited, modality, emotion) for modality in senses]
    if shares[0] is None or shares[1] is None:
        return ""
    if sign * (shares[0] - shares[1]) <= 0:
        return f"{emotion} in {senses[0]} and {senses[1]} compares otherwise"
    return ""


def false_emotions(
    text: str, emotions: Sequence[str], cited: Sequence[Evidence]
) -> str:
    """Two emotions, compared the wrong way, or one called the most that is not.

    Args:
        text: The claim in lower case, without what it quotes.
        emotions: Basic emotions that it names, in order, again where named again.
        cited: The evidence; only what votes is judged by.
    """
    votes = [piece.distribution for piece in cited if piece.distribution is not None]
    named = list(dict.fromkeys(emotions))
    if votes and len(named) == 1 and _MOST.search(text):
        if named[0] not in map(top_emotion, votes):
            return f"no evidence cited says most {named[0]}"
        return ""
    if not votes or (sign := comparison_problems(text, emotions)) == 0:
        return ""
    one, other = named
    if not any(sign * (vote[one] - vote[other]) > 0 for vote in votes):
        return f"{one} and {other} compare otherwise"
    return ""


def comparison_problems(text: str, emotions: Sequence[str]) -> int:
    """1 where the first of two emotions is said to be the greater, -1 the other.

    0 where no two are compared. "Between A and B, it tends to A" names A again.
    """
    named = list(dict.fromkeys(emotions))
    if len(named) != 2:
        return 0
    if sign := _sign(text):
        return sign
    if _NEXT.search(text):
        return 1
    if len(emotions) == 3 and not _DENYING.search(text):
        return 1 if emotions[2] == named[0] else -1
    return 0


def compares(text: str) -> bool:
    """Something in it is compared, or put in an order."""
    return bool(_COMPARED.search(text) or _ORDER.search(text))


def in_order(words: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """What the words name, by `names`, each once, in the order of its first mention."""
    return list(dict.fromkeys(names[word] for word in words if word in names))


def _sign(text: str) -> int:
    """1 where what is named first is the greater, -1 the smaller, 0 not compared."""
    found = _COMPARED.search(text)
    if found is None:
        return 0
    if _DENYING.search(text[: found.start()] + text[found.end() :]):
        return 0
    sign = (1 if found["more"] else -1) * (-1 if found["not"] else 1)
    return -sign if _REFERENCE_FIRST.search(text) else sign


def _share(cited: Sequence[Evidence], modality: str, emotion: str) -> float | None:
    shares = [
        piece.distribution[emotion]
        for piece in cited
        if piece.modality == modality and piece.distribution is not None
    ]
    return sum(shares) / len(shares) if shares else None
