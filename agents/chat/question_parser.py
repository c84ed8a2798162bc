"""Questions in plain words: what they want, and what they are about."""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from affectgraph.agents.chat.intents import NOT_UNDERSTOOD, load_classifier
from affectgraph.graphs.claims.words import senses_by_word
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.evidence import Frozen, Span
from affectgraph.tools.language.emotion_mentions import emotion_words
from affectgraph.tools.language.vocabulary import to_basic

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
        rf"\b{_NUMBER} ?(?:(?<=\d)s|(?<= )s|secs?|seconds?)\b",
        r"\b(?:at|around|second) (\d+(?:\.\d+)?)()\b",
    )
)
_ID = re.compile(r"\b([A-Z]\d+)\b")
# A line of so few words that names an emotion asks about it.
_MAX_LABEL_WORDS = 4
# Experts that are no senses, by the words that name them.
_EXPERT_PATTERNS = {
    "reasoner": r"reasoner|language model|llm|model",
    "seed": r"seed|shipped (?:cases|memory)",
    "memory": r"memory|(?:my|own) cases|corrections",
}
# Words with which people ask about a sense, beside its names.
_SENSE_WORDS = {
    "face": "brow brows cry cries cried crying eyebrow eyebrows eye eyes expression "
    "face facial frown frowns frowned frowning glance grin grinned lip lips look looks "
    "mouth nod picture see smile smiles smiled smiling video visual",
    "prosody": "audio calmly hear heard intonation loud loudly loudness pitch shout "
    "shouted sound sounds speak speaking speaks spoke tone vocal voice volume",
    "transcript": "said say says sentence speech text transcript word words wording",
}
# Words that name a sense only if no other word does: a voice also says words.
_AMBIGUOUS = {
    "said", "say", "says", "sound", "sounds", "speech", "expression", "tone", "look",
    "looks", "see", "hear", "heard", "video", "cry", "cries", "cried", "crying", "loud",
    "sentence", "picture", "speak", "speaking", "speaks", "spoke",
}  # fmt: skip
# Words of questions that keep a sense and leave the others out.
_ONLY = re.compile(r"\b(?:only|just|alone|solely|nothing but|based on|judge by)\b")
# Emotions that these words also name are not asked about.
_NO_EMOTION = {
    "confident", "fine", "good", "great", "like", "lost", "love", "nice", "sure",
    "trust", "unsure", "well", "wrong",
}  # fmt: skip
_PERSON = re.compile(
    r"\b(?:person|speaker|people|about|does|is|was|and|with|mark|moment|voice of|claim)"
    r" ([A-HJ-Z])\b"
)
# Between two questions in one line.
_NEXT_QUESTION = re.compile(r"\? +|[.;] +|,? and (?=what|how|why|when|who|which)")


class ParsedQuestion(Frozen):
    """Content of a question.

    Attributes:
        intents: What it wants: names of `intents.json`.
        labels: The basic emotions in the question, in its order.
        sense: The modality in the question.
        only: Whether the sense is to be kept alone, not left out.
        expert: The expert in the question that is no sense: `memory`, `reasoner`, ...
        span: The time in the question, in seconds; of length 0 for a moment.
        person: The person in the question: `A`, `B`, ...
        ids: Ids of evidence and cases in the question.
    """

    intents: tuple[str, ...]
    labels: tuple[str, ...] = ()
    sense: str | None = None
    only: bool = False
    expert: str | None = None
    span: Span | None = None
    person: str | None = None
    ids: tuple[str, ...] = ()

    @property
    def label(self) -> str | None:
        """The first emotion in the question."""
        return self.labels[0] if self.labels else None


def parse_question(question: str, verdict: Verdict) -> ParsedQuestion | None:
    """Parse a question about a verdict; None if it is not understood."""
    text = " ".join(question.lower().replace("\N{EN DASH}", "-").split())
    words = re.findall(r"[^\W\d_]+", text)
    cases = [f"C{number}" for number in range(1, len(verdict.cases) + 1)]
    known = {*cases, *(piece.id for piece in verdict.evidence)}
    named = (n for n, p in _EXPERT_PATTERNS.items() if re.search(rf"\b(?:{p})\b", text))
    person = _PERSON.search(question)
    about = ParsedQuestion(
        intents=(),
        labels=_find_labels(text),
        sense=_find_sense(words, verdict),
        only=bool(_ONLY.search(text)),
        expert=next(named, None),
        span=_find_span(text),
        person=person[1] if person else None,
        ids=tuple(name for name in _ID.findall(question.upper()) if name in known),
    )
    intents = _find_intents(text, about)
    return about.model_copy(update={"intents": intents}) if intents else None


def _find_intents(text: str, about: ParsedQuestion) -> tuple[str, ...]:
    """What each part of a line wants; what it names decides where the words do not."""
    if about.ids:
        return ("evidence",)
    classify = load_classifier()
    parts = [part for part in _NEXT_QUESTION.split(text) if part.strip(" ?!.")]
    found = dict.fromkeys(classify(part) for part in parts)
    intents = [intent for intent in found if intent != NOT_UNDERSTOOD]
    if about.span and {*intents} <= {"summary", "when", "which_words", "evidence"}:
        return ("evidence",)
    if not intents and about.sense:
        return ("evidence",)
    if (
        intents in ([], ["summary"])
        and about.labels
        and len(text.split()) <= _MAX_LABEL_WORDS
    ):
        return ("why",)
    return tuple(intents)


def _find_labels(text: str) -> tuple[str, ...]:
    """Basic emotions in the order in which a question names them."""
    phrases, pattern = _emotion_phrases()
    places = {match.start(): phrases[match[0]] for match in pattern.finditer(text)}
    for match in re.finditer(r"[^\W\d_]+", text):
        word = match[0]
        if word not in _NO_EMOTION and (named := emotion_words(word)):
            places.setdefault(match.start(), to_basic(named[0]) or "")
    labels = (places[place] for place in sorted(places))
    return tuple(dict.fromkeys(filter(None, labels)))


@cache
def _emotion_phrases() -> tuple[dict[str, str], re.Pattern[str]]:
    """Colloquial and foreign phrases with their emotions, and a pattern of them."""
    file = Path(__file__).with_name("emotion_words.json")
    groups = json.loads(file.read_text(encoding="utf-8"))
    phrases = {phrase: label for label, group in groups.items() for phrase in group}
    longest_first = sorted(phrases, key=len, reverse=True)
    return phrases, re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")


def asked_senses(modalities: Iterable[str]) -> dict[str, str]:
    """The modality that each word names when people ask about a sense."""
    by_word = {w: sense for sense, ws in _SENSE_WORDS.items() for w in ws.split()}
    return {**senses_by_word(), **by_word, **{name: name for name in modalities}}


def _find_sense(words: list[str], verdict: Verdict) -> str | None:
    senses = asked_senses(verdict.modalities)
    matches = sorted((w for w in words if w in senses), key=_AMBIGUOUS.__contains__)
    return senses[matches[0]] if matches else None


def _find_span(text: str) -> Span | None:
    for pattern in _TIME_PATTERNS:
        if match := pattern.search(text):
            start, end = _seconds(*match.groups()[:2]), _seconds(*match.groups()[-2:])
            return Span(start=min(start, end), end=max(start, end))
    return None


def _seconds(number: str, half: str | None) -> float:
    value = _NUMBER_WORDS.index(number) if number in _NUMBER_WORDS else float(number)
    return value + 0.5 * bool(half)
