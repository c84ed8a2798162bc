"""A small parser of plain questions that reports what it does not understand."""

import re

from affectgraph.graphs.claims.words import senses_by_word
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.evidence import Frozen, Span
from affectgraph.tools.language.emotion_mentions import emotion_words
from affectgraph.tools.language.vocabulary import to_basic

# Beginnings of the words that name a topic.
_TOPIC_PATTERNS = {
    "contribution": r"adds?|added|contribut|help(?:s|ed|ing)?\b|outweigh|weigh"
    r"|influence|what good|any use|useful|worth",
    "why": r"why|how come|reason|because|what makes|speaks? (?:for|against)",
    "sure": r"sure|certain|confiden|trust|reliab|likely|probab",
    "change": r"chang|otherwise|flip|convince|differently|what would",
    "conflict": r"disagree|conflict|contradict|mixed",
    "cases": r"cases?\b|similar|remember|resembl",
}
TOPICS = (*_TOPIC_PATTERNS, "evidence")
_NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight",
            "nine", "ten", "eleven", "twelve")  # fmt: skip
_NUMBER = rf"(\d+(?:\.\d+)?|{'|'.join(_NUMBER_WORDS)})( and a half)?"
_UNIT = r" ?(?:s|secs?|seconds?)\b"
_TIME_PATTERNS = tuple(
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
# Experts that are no senses, by the words that name them.
_EXPERT_PATTERNS = {
    "reasoner": r"reasoner|language model|llm|model",
    "seed": r"seed|shipped (?:cases|memory)",
    "memory": r"memory|(?:my|own) cases|corrections",
}
# Words with which people ask about a sense, beside its names.
_SENSE_WORDS = {
    "face": "brows eyes expression lips mouth smile smiling",
    "prosody": "intonation loudness pitch sound sounds tone",
    "transcript": "said say says",
}
# Words that name a sense only if no other word does: a voice also says words.
_AMBIGUOUS = {"said", "say", "says", "sound", "speech", "expression", "tone"}


class ParsedQuestion(Frozen):
    """Content of a question.

    Attributes:
        topics: Some of `TOPICS`.
        label: The basic emotion in the question.
        sense: The modality in the question.
        expert: The expert in the question that is no sense: `memory`, `reasoner`, ...
        span: The time in the question, in seconds; of length 0 for a moment.
        ids: Ids of evidence and cases in the question.
    """

    topics: tuple[str, ...]
    label: str | None = None
    sense: str | None = None
    expert: str | None = None
    span: Span | None = None
    ids: tuple[str, ...] = ()


def parse_question(question: str, verdict: Verdict) -> ParsedQuestion | None:
    """Parse a question about a verdict; None if it is not understood."""
    text = " ".join(question.lower().replace("\N{EN DASH}", "-").split())
    words = re.findall(r"[a-z]+", text)
    emotions = [matches[0] for word in words if (matches := emotion_words(word))]
    cases = [f"C{number}" for number in range(1, len(verdict.cases) + 1)]
    known = {*cases, *(piece.id for piece in verdict.evidence)}
    ids = tuple(name for name in _ID.findall(question.upper()) if name in known)
    topics = [
        topic
        for topic, pattern in _TOPIC_PATTERNS.items()
        if re.search(rf"\b(?:{pattern})", text)
    ]
    sense, span = _find_sense(words, verdict), _find_span(text)
    label = to_basic(emotions[0]) if emotions else None
    named = (n for n, p in _EXPERT_PATTERNS.items() if re.search(rf"\b(?:{p})\b", text))
    expert = next(named, None)
    if expert and not label and not {"sure", "change", "cases"} & {*topics}:
        topics = ["contribution"]
    if not topics and label:
        topics = ["why"]
    if (span or ids or sense) and set(topics) <= {"sure"} and not expert:
        topics.append("evidence")
    if not topics:
        return None
    return ParsedQuestion(
        topics=tuple(topics),
        label=label,
        sense=sense,
        expert=expert,
        span=span,
        ids=ids,
    )


def _find_sense(words: list[str], verdict: Verdict) -> str | None:
    modalities = {name: name for name in verdict.modalities}
    senses: dict[str, str] = {**senses_by_word(), **_asked_words(), **modalities}
    matches = sorted((w for w in words if w in senses), key=_AMBIGUOUS.__contains__)
    return senses[matches[0]] if matches else None


def _asked_words() -> dict[str, str]:
    return {w: sense for sense, words in _SENSE_WORDS.items() for w in words.split()}


def _find_span(text: str) -> Span | None:
    for pattern in _TIME_PATTERNS:
        if match := pattern.search(text):
            start, end = _seconds(*match.groups()[:2]), _seconds(*match.groups()[-2:])
            return Span(start=min(start, end), end=max(start, end))
    return None


def _seconds(number: str, half: str | None) -> float:
    value = _NUMBER_WORDS.index(number) if number in _NUMBER_WORDS else float(number)
    return value + 0.5 * bool(half)
