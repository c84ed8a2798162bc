"""Words of a claim: each is tagged with what it names, or the claim is not read.

The vocabulary is closed. A word that `lexicon.json` does not list, and that names no
emotion, could state anything; a sentence with such a word is not read.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from affectgraph.tools.language.emotion_mentions import emotion_words
from affectgraph.tools.language.vocabulary import to_basic

QUOTED = re.compile(r"[\"“]([^\"”]+)[\"”]")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_TIME = r"(\d+(?:\.\d+)?)"
_SECONDS = r"(?:s|sec|seconds?)\b"
_TOKEN = re.compile(
    rf"""(?P<quote>["“][^"”]+["”])
    |(?P<span>(?:(?:from|between)\s)?{_TIME}\s?(?:{_SECONDS})?\s?(?:-|to|and|until)\s?
        {_TIME}\s?{_SECONDS}
        |(?:throughout|over|during|in)\sthe\s(?:\w+\s)?{_TIME}\s?{_SECONDS})
    |(?P<time>(?:after\s|from\s)?(?:{_TIME}\s?{_SECONDS}(?:\son\b)?
        |(?:(?:the\s)?first|one)\ssecond\b))
    |(?P<number>(?:by\s)?[+-]?\d+(?:\.\d+)?)
        (?:\s?(?P<unit>hz|semitones?|db|%|percent|per\scent|px|syllables?(?:/s|\s(?:a|per)\ssecond)?))?
    |(?P<id>c\d+)\b
    |(?P<word>[a-z]+(?:[-'][a-z]+)*)
    |(?P<mark>[][,;:()])|(?P<other>\S)""",
    re.VERBOSE | re.IGNORECASE,
)
_UNITS = {
    "per": "%",
    "hz": "Hz",
    "semitone": "semitones",
    "db": "dB",
    "syllable": "syllables",
}
# Apostrophes, dashes and equals signs, as they are written plainly.
_PLAIN = str.maketrans(
    {"\u2019": "'", "\u2212": "-", "\u2013": "-", "\u2014": "-", "=": " "}
)
_LONGEST_PHRASE = 7
_NUMBER_WORDS = {
    "half a": "0.5", "half of a": "0.5", "one": "1", "two": "2", "three": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10",
}  # fmt: skip
_SPELLED = re.compile(
    rf"\b({'|'.join(_NUMBER_WORDS)})(?=\s(?:seconds|semitone|syllables))"
    r"|\bhalf a(?=\ssecond)", re.IGNORECASE,
)  # fmt: skip
# "Had the face not been seen" says "without the face".
_UNLESS = re.compile(
    r"\b(?:had|were|if)\b((?:\s(?!not\b)\S+){1,5}?)\s(?:(?:had|was|were|is|are)\s?)?"
    r"(?:not|n't)\s(?:(?:been|be|to\sbe|taken\sinto)\s)?(?:heard|seen|visible|there|"
    r"counted|considered|available|used|included|present|recorded|account|weighed|said|spoken|"
    r"uttered|mentioned)\b",
    re.IGNORECASE,
)
_INFLECTIONS = ("ing", "ed", "es", "s")


@dataclass(frozen=True)
class Token:
    """One tagged word, number or quotation.

    Attributes:
        tag: What kind of thing it is, as in `lexicon.json`; `fill` says nothing,
            `unknown` could say anything.
        value: What it names: a modality, a measurement, an emotion, a number, ...
        word: The word itself.
        unit: Unit of a number.
    """

    tag: str
    value: str = ""
    word: str = ""
    unit: str | None = None


def plain_words(text: str) -> str:
    """The words of a text in lower case, without punctuation."""
    return " ".join(_WORD.findall(_plain(text.lower())))


def quotations(text: str) -> list[str]:
    """What stands in quotation marks."""
    return QUOTED.findall(text)


def emotion_of(word: str) -> str:
    """The basic emotion that a word names; empty for a level or a behaviour."""
    forms = (word, word.removesuffix("ity"))
    if word in phrases():
        return ""
    return next((to_basic(form) or "" for form in forms if emotion_words(form)), "")


def senses_by_word() -> dict[str, str]:
    """The modality of each word with which people name a sense."""
    senses = ("face", "prosody", "transcript")
    return {
        phrase: value
        for phrase, tokens in phrases().items()
        for (tag, value) in tokens[:1]
        if tag == "sense" and value in senses
    }


def tag_words(text: str) -> list[Token]:
    """The tokens of a text, in order."""
    tokens: list[Token] = []
    words: list[str] = []
    for match in _TOKEN.finditer(_spell_out(_plain(text))):
        lowered = match[0].lower()
        if match["word"]:
            words.append(lowered.removesuffix("'s"))
            continue
        tokens += [*_tag(words), *_other_token(match, lowered)]
        words = []
    return [*tokens, *_tag(words)]


@cache
def phrases() -> dict[str, tuple[tuple[str, str], ...]]:
    """Tags and values of each phrase of the lexicon."""
    file = Path(__file__).parent / "lexicon.json"
    table: dict[str, tuple[tuple[str, str], ...]] = {}
    for tags, entry in json.loads(file.read_text(encoding="utf-8")).items():
        groups = entry if isinstance(entry, dict) else {"": entry}
        for value, listed in groups.items():
            tokens = tuple((tag, value) for tag in tags.split())
            table |= dict.fromkeys(listed, tokens)
    return table


def stem(word: str) -> str:
    """A word without the ending of its inflection: `carries` and `carrying` agree."""
    for ending in _INFLECTIONS:
        stripped = word.removesuffix(ending)
        if len(word) > len(stripped) > 2 and not word.endswith("ss"):
            word = stripped[:-1] if stripped[-2] == stripped[-1] != "s" else stripped
            break
    word = word.removesuffix("e") if len(word) > 3 else word
    return f"{word[:-1]}i" if word.endswith("y") else word


@cache
def _stemmed_phrases() -> dict[str, tuple[tuple[str, str], ...]]:
    table: dict[str, tuple[tuple[str, str], ...]] = {}
    for phrase, tagged in phrases().items():
        table.setdefault(_stems(phrase), tagged)
    return table


def _stems(phrase: str) -> str:
    return " ".join(map(stem, phrase.split()))


def _plain(text: str) -> str:
    """The text with plain apostrophes, dashes and equals signs."""
    return text.translate(_PLAIN)


def _spell_out(text: str) -> str:
    """The text with numbers of units in digits, and plain conditions."""
    text = _SPELLED.sub(lambda m: _NUMBER_WORDS[m[0].lower()], text)
    return _UNLESS.sub(r"without\1", text)


def _tag(words: list[str]) -> Iterator[Token]:
    """Tag words, the longest phrase first."""
    at = 0
    while at < len(words):
        for size in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
            phrase = " ".join(words[at : at + size])
            tagged = phrases().get(phrase)
            if not tagged and not (size == 1 and emotion_of(phrase)):
                tagged = _stemmed_phrases().get(_stems(phrase))
            if tagged:
                yield from (Token(tag, value, phrase) for tag, value in tagged)
                break
        else:
            size = 1
            yield from _unlisted(words[at])
        at += size


def _unlisted(word: str) -> Iterator[Token]:
    if emotion := emotion_of(word):
        yield Token("emotion", emotion, word)
        if word.endswith("ier"):
            yield Token("more", "", word)
        return
    for ending, tag in (("er", "more"), ("est", "most")):
        base = word.removesuffix(ending)
        for form in (base, base[:-1], f"{base[:-1]}y"):
            if base != word and (emotion := emotion_of(form)):
                yield Token("emotion", emotion, word)
                yield Token(tag, "", word)
                return
    yield Token("unknown", "", word)


def _other_token(match: re.Match[str], lowered: str) -> Iterator[Token]:
    times = re.findall(r"\d+(?:\.\d+)?", lowered)
    if match["quote"]:
        yield Token("quote", match["quote"][1:-1])
    elif match["span"]:
        yield Token("span", " ".join(times if len(times) == 2 else ["0", *times]))
    elif match["time"]:
        start = not lowered[0].isdigit()
        yield Token("since" if start else "time", times[0] if times else "1")
    elif match["number"]:
        unit = (match["unit"] or "").lower()
        name = next((n for key, n in _UNITS.items() if unit.startswith(key)), unit)
        by, _, number = match["number"].rpartition(" ")
        yield Token("number", number.lstrip("+"), by.lower(), name or None)
    elif match["id"]:
        yield Token("id", lowered.upper())
    elif match["mark"]:
        yield Token("mark", match["mark"])
    elif match["other"] not in ".!-":
        yield Token("unknown", "", match["other"])
