"""Comparisons in a claim, checked against the evidence.

A sentence is parsed for what it compares (two senses, two emotions, two numbers), in
which order it names them, and which it calls the greater. "Compared with B, A is more"
and "A is more than B" mean the same; "less" reverses the order.

Each `..._problem` function returns why a comparison is wrong; an empty string if it is
right, or if there is none.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from affectgraph.graphs.claims.lexicon import emotion_of, is_rounding_of
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
_NEGATION = re.compile(r"\b(?:not|no|never|neither|nothing)\b")
_MOST = re.compile(
    r"\b(?:most|mostly|mainly|main|above all|best|leading|leads|top\w*|first"
    r"|(?:high|strong|large|great|bigg|likeli|clear|close|near)est|foremost|than any"
    r"|dominant|dominat\w*|predominant\w*|prevail\w*|primar\w+|chief\w*|principal\w*"
    r"|favou?rs?)\b|\bno(?:thing|body)?\b.*\b(?:more|so|as|beats|outweighs)\b"
)
_NUMBERS = r"(-?\d+(?:\.\d+)?)[^.\d]*\b(?:{})\b[^\d]*?(-?\d+(?:\.\d+)?)"
_INEQUALITIES = (
    (re.compile(_NUMBERS.format(_MORE)), 1),
    (re.compile(_NUMBERS.format(_LESS)), -1),
    (re.compile(r"(\d+(?:\.\d+)?) ?s\b[^\d]*\bbefore\b[^\d]*(\d+(?:\.\d+)?) ?s\b"), -1),
    (re.compile(r"(\d+(?:\.\d+)?) ?s\b[^\d]*\bafter\b[^\d]*(\d+(?:\.\d+)?) ?s\b"), 1),
)


def number_order_problem(text: str) -> str:
    """Two numbers or times, compared the wrong way."""
    for pattern, sign in _INEQUALITIES:
        for first, second in pattern.findall(text):
            if sign * (float(first) - float(second)) <= 0:
                return f"the comparison of {first} with {second} is false"
    return ""


def share_problem(text: str, cited: Sequence[Evidence]) -> str:
    """An emotion followed by a number, such as `sad (0.91)`, that is not its share.

    Args:
        text: The claim in lower case, without quotations.
        cited: The evidence; only votes are compared with.
    """
    votes = [piece.distribution for piece in cited if piece.distribution is not None]
    for word, share in _SHARE.findall(text) if votes else ():
        named = emotion_of(word)
        if named and not any(is_rounding_of(share, vote[named]) for vote in votes):
            return f"{share} is not the share of {named} in the evidence cited"
    return ""


def sense_order_problem(
    text: str, senses: Sequence[str], emotion: str, cited: Sequence[Evidence]
) -> str:
    """Two senses, compared in an emotion the wrong way.

    Args:
        text: The claim in lower case, without quotations.
        senses: The two modalities that it names, in order.
        emotion: The emotion in which they are compared.
        cited: The evidence; senses without a vote are not compared.
    """
    sign = _order_sign(text)
    if sign == 0:
        return ""
    shares = [_mean_share(cited, modality, emotion) for modality in senses]
    if shares[0] is None or shares[1] is None:
        return ""
    if sign * (shares[0] - shares[1]) <= 0:
        return f"{emotion} in {senses[0]} and {senses[1]} compares otherwise"
    return ""


def emotion_order_problem(
    text: str, emotions: Sequence[str], cited: Sequence[Evidence]
) -> str:
    """Two emotions, compared the wrong way, or a false claim about the top emotion.

    Args:
        text: The claim in lower case, without quotations.
        emotions: Basic emotions that it names, in order, with repetitions.
        cited: The evidence; only votes are compared with.
    """
    votes = [piece.distribution for piece in cited if piece.distribution is not None]
    named = list(dict.fromkeys(emotions))
    if votes and len(named) == 1 and _MOST.search(text):
        if named[0] not in map(top_emotion, votes):
            return f"no evidence cited says most {named[0]}"
        return ""
    if not votes or (sign := compared_order(text, emotions)) == 0:
        return ""
    first, second = named
    if not any(sign * (vote[first] - vote[second]) > 0 for vote in votes):
        return f"{first} and {second} compare otherwise"
    return ""


def compared_order(text: str, emotions: Sequence[str]) -> int:
    """Which of two emotions a text calls the greater.

    "Between A and B, it tends to A" names A again.

    Returns:
        1 for the first, -1 for the second, 0 if it compares no two emotions.
    """
    named = list(dict.fromkeys(emotions))
    if len(named) != 2:
        return 0
    if sign := _order_sign(text):
        return sign
    if _NEXT.search(text):
        return 1
    if len(emotions) == 3 and not _NEGATION.search(text):
        return 1 if emotions[2] == named[0] else -1
    return 0


def makes_comparison(text: str) -> bool:
    """Whether a text compares or orders anything."""
    return bool(_COMPARED.search(text) or _ORDER.search(text))


def named_in_order(words: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """The values of `names` for the words, each once, in order of first mention."""
    return list(dict.fromkeys(names[word] for word in words if word in names))


def _order_sign(text: str) -> int:
    """1 if a text calls what it names first the greater, -1 the smaller, else 0."""
    match = _COMPARED.search(text)
    if match is None:
        return 0
    if _NEGATION.search(text[: match.start()] + text[match.end() :]):
        return 0
    sign = (1 if match["more"] else -1) * (-1 if match["not"] else 1)
    return -sign if _REFERENCE_FIRST.search(text) else sign


def _mean_share(cited: Sequence[Evidence], modality: str, emotion: str) -> float | None:
    shares = [
        piece.distribution[emotion]
        for piece in cited
        if piece.modality == modality and piece.distribution is not None
    ]
    return sum(shares) / len(shares) if shares else None
