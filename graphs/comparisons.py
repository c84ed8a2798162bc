"""Comparisons that a claim makes, and what the evidence has to say to them.

Read from a sentence are: what is compared (two senses, two emotions, two quotations,
two numbers), in which order they stand, and which way the comparison goes. "Compared
with B, A is more" and "A is more than B" say the same; "less" turns it round.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from affectgraph.tools.emotions import top
from affectgraph.tools.evidence import Evidence

_MORE = (
    r"more|higher|greater|stronger|larger|bigger|closer|nearer|likelier|clearer|rather"
    r"|outweigh\w*|exceed\w*|dominat\w*|prevail\w*|outscor\w*|beats?|surpass\w*"
)
_LESS = r"less|lower|weaker|smaller|fewer|fainter|below|trails?"
_COMPARED = re.compile(rf"\b(?:(?P<more>{_MORE})|(?P<less>{_LESS}))\b")
_REFERENCE_FIRST = re.compile(
    r"^(?:compared (?:with|to)|unlike|next to|against|than)\b"
)
_MOST = re.compile(
    r"\b(?:most|mostly|mainly|above all|best|leading|dominant|top|highest|strongest"
    r"|primarily|chiefly|first|favou?rs?|than any)\b|\bno(?:thing| emotion)\b.*\bmore\b"
)
_EARLIER = re.compile(r"\b(?:before|earlier|preced\w*|prior|first|followed by)\b")
_LATER = re.compile(r"\b(?:after|follow(?:s|ing)?|later|subsequent\w*|succeed\w*)\b")
_NUMBERS = r"(-?\d+(?:\.\d+)?)[^.\d]*\b(?:{})\b[^\d]*(-?\d+(?:\.\d+)?)"
_UNEQUAL = (
    (re.compile(_NUMBERS.format(rf"{_MORE}|above|over")), 1),
    (re.compile(_NUMBERS.format(rf"{_LESS}|under")), -1),
    (re.compile(r"(\d+(?:\.\d+)?) ?s\b[^\d]*\bbefore\b[^\d]*(\d+(?:\.\d+)?) ?s\b"), -1),
    (re.compile(r"(\d+(?:\.\d+)?) ?s\b[^\d]*\bafter\b[^\d]*(\d+(?:\.\d+)?) ?s\b"), 1),
)


def false_numbers(text: str) -> str:
    """Two numbers or times, compared the wrong way; empty if none are."""
    for pattern, sign in _UNEQUAL:
        for one, other in pattern.findall(text.lower()):
            if sign * (float(one) - float(other)) <= 0:
                return f"the comparison of {one} with {other} is false"
    return ""


def false_order(text: str, quoted: Sequence[str], cited: Sequence[Evidence]) -> str:
    """Two quotations, said in the other order.

    Args:
        text: The claim in lower case, without what it quotes.
        quoted: What it quotes, in order.
        cited: The evidence.
    """
    starts = [_said_at(words, cited) for words in quoted[:2]]
    earlier, later = _EARLIER.search(text), _LATER.search(text)
    if len(starts) < 2 or not (earlier or later):
        return ""
    one, other = starts
    if one is None or other is None or one == other:
        return ""
    if (one < other) != bool(earlier):
        return f"{quoted[0]!r} is not {'before' if earlier else 'after'} the other"
    return ""


def false_senses(
    text: str, senses: Sequence[str], emotion: str, cited: Sequence[Evidence]
) -> str:
    """Two senses, compared in an emotion the wrong way.

    Args:
        text: The claim in lower case, without what it quotes.
        senses: Modalities that it names, in order, each once.
        emotion: What they are compared in.
        cited: The evidence; senses without a vote in it are not judged.
    """
    sign = _sign(text)
    if sign == 0 or len(senses) != 2:
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
        emotions: Basic emotions that it names, in order, each once.
        cited: The evidence; only what votes is judged by.
    """
    votes = [piece.distribution for piece in cited if piece.distribution is not None]
    if not votes or not emotions:
        return ""
    if len(emotions) == 1 and _MOST.search(text):
        if emotions[0] not in map(top, votes):
            return f"no evidence cited says most {emotions[0]}"
        return ""
    sign = _sign(text)
    if sign == 0 or len(emotions) != 2:
        return ""
    one, other = emotions
    if not any(sign * (vote[one] - vote[other]) > 0 for vote in votes):
        return f"{one} and {other} compare otherwise"
    return ""


def in_order(words: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """What the words name, by `names`, each once, in the order of its first mention."""
    return list(dict.fromkeys(names[word] for word in words if word in names))


def _sign(text: str) -> int:
    """1 where what is named first is the greater, -1 the smaller, 0 not compared."""
    found = _COMPARED.search(text)
    if found is None or re.search(r"\b(?:not|no|never|neither|nothing)\b", text):
        return 0
    sign = 1 if found["more"] else -1
    return -sign if _REFERENCE_FIRST.search(text) else sign


def _share(cited: Sequence[Evidence], modality: str, emotion: str) -> float | None:
    shares = [
        piece.distribution[emotion]
        for piece in cited
        if piece.modality == modality and piece.distribution is not None
    ]
    return sum(shares) / len(shares) if shares else None


def _said_at(words: str, cited: Sequence[Evidence]) -> float | None:
    """When the shortest passage begins that holds these words."""
    plain = " ".join(re.findall(r"[a-z']+", words.lower()))
    holding = [
        piece.span
        for piece in cited
        if plain in " ".join(re.findall(r"[a-z']+", piece.observation.lower()))
    ]
    shortest = min(holding, key=lambda span: span.seconds, default=None)
    return None if shortest is None else shortest.start
