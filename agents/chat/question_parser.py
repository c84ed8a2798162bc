"""What a plain question is about: a small reader that knows when it does not know."""

import re

from affectgraph.graphs.claims.lexicon import SENSE_OF
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.evidence import Frozen, Span
from affectgraph.tools.language.emotion_mentions import emotion_words
from affectgraph.tools.language.vocabulary import to_basic

# Words by which people ask for something; the first letters of a word are enough.
_TOPICS = {
    "why": r"why|how come|reason|because|what makes|speaks? (?:for|against)",
    "sure": r"sure|certain|confiden|trust|reliab|likely|probab",
    "change": r"chang|otherwise|flip|convince|differently|what would",
    "conflict": r"disagree|conflict|contradict|mixed",
    "cases": r"cases?\b|similar|remember|resembl",
}
TOPICS = (*_TOPICS, "evidence")
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight",
            "nine", "ten", "eleven", "twelve")  # fmt: skip
_NUMBER = rf"(\d+(?:\.\d+)?|{'|'.join(_NUMBERS)})( and a half)?"
_UNIT = r" ?(?:s|secs?|seconds?)\b"
_TIMES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:between|from) {_NUMBER}(?:{_UNIT})? ?(?:-|and|to|until) ?{_NUMBER}\b",
        rf"\b{_NUMBER}(?:{_UNIT})? ?(?:-|to|until) ?{_NUMBER}{_UNIT}",
        r"\b(\d+(?:\.\d+)?)() ?- ?(\d+(?:\.\d+)?)()\b",
        rf"\b{_NUMBER}{_UNIT}",
        r"\b(?:at|around|second) (\d+(?:\.\d+)?)()\b",
    )
)
_ID = re.compile(r"\b([A-Z]\d+)\b")
# Words that name a sense only where no other word does: a voice says words.
_VAGUE = {"said", "say", "says", "sound", "speech", "expression", "tone"}


class Asked(Frozen):
    """What a question is about.

    Attributes:
        topics: Some of `TOPICS`.
        label: The basic emotion that it names.
        sense: The modality that it names.
        span: The time that it names; of no length for a moment.
        ids: Evidence and cases that it names.
    """

    topics: tuple[str, ...]
    label: str | None = None
    sense: str | None = None
    span: Span | None = None
    ids: tuple[str, ...] = ()


def read(question: str, verdict: Verdict) -> Asked | None:
    """What a question about a verdict is about; None if that is not clear."""
    text = " ".join(question.lower().replace("\N{EN DASH}", "-").split())
    words = re.findall(r"[a-z]+", text)
    emotions = [found[0] for word in words if (found := emotion_words(word))]
    cases = [f"C{number}" for number in range(1, len(verdict.cases) + 1)]
    known = {*cases, *(piece.id for piece in verdict.evidence)}
    ids = tuple(name for name in _ID.findall(question.upper()) if name in known)
    topics = [t for t, words in _TOPICS.items() if re.search(rf"\b(?:{words})", text)]
    sense, span = _sense(words, verdict), _span(text)
    label = to_basic(emotions[0]) if emotions else None
    if not topics and label:
        topics = ["why"]
    if (span or ids or sense) and set(topics) <= {"sure"}:
        topics.append("evidence")
    if not topics:
        return None
    return Asked(topics=tuple(topics), label=label, sense=sense, span=span, ids=ids)


def _sense(words: list[str], verdict: Verdict) -> str | None:
    own = {name: name for name in verdict.modalities}
    of: dict[str, str] = {**SENSE_OF, "say": "transcript", **own}
    named = sorted((w for w in words if w in of), key=_VAGUE.__contains__)
    return of[named[0]] if named else None


def _span(text: str) -> Span | None:
    for pattern in _TIMES:
        if found := pattern.search(text):
            start, end = _value(*found.groups()[:2]), _value(*found.groups()[-2:])
            return Span(start=min(start, end), end=max(start, end))
    return None


def _value(number: str, half: str | None) -> float:
    value = _NUMBERS.index(number) if number in _NUMBERS else float(number)
    return value + 0.5 * bool(half)
