"""The words of a claim: what they name, and which of them say nothing of their own."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from affectgraph.tools.evidence import Evidence, Measurement
from affectgraph.tools.language.emotion_mentions import emotion_words
from affectgraph.tools.language.vocabulary import to_basic

_LISTS = json.loads((Path(__file__).parent / "lexicon.json").read_text())

# The sense that a word is about, for words by which people name the senses.
SENSE_OF = {w: sense for sense, words in _LISTS["senses"].items() for w in words}
SENSES: dict[str, set[str]] = {
    sense: set(words) for sense, words in _LISTS["senses"].items()
}
SUPERLATIVE = set(_LISTS["superlative"])
OPPOSING = set(_LISTS["opposing"])
_CALLED = {word: name for name, words in _LISTS["measures"].items() for word in words}
_DIRECTING = {*_LISTS["high"], *_LISTS["low"], *_LISTS["typical"]}
_PLAIN = _DIRECTING.union(*_LISTS["plain"].values(), OPPOSING, _LISTS["outside"])

QUOTED = re.compile(r"[\"“]([^\"”]+)[\"”]")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
# The emotion neutral is not meant by it, nor is the range that something covers.
_NEUTRAL = re.compile(
    r"\bneutral (?=(?:\w+ )?(?:baseline|level|norm|range|reference|speech|value|voice))"
)
_USUAL_RANGE = re.compile(
    r"\b(its|typical|usual|normal|expected|baseline|ordinary|common|neutral|reference)"
    r"( \w+)? range\b"
)
_DENIED = re.compile(
    r"\b(?:not|never|no|nor|neither|without|rather than|instead of|far from(?: being)?)"
    r"(?: (?!but\b)[a-z']+){1,3}"
)


def own(text: str) -> str:
    """What a claim says itself, in lower case; what it quotes is left out."""
    return _NEUTRAL.sub("", QUOTED.sub("", text).lower())


def spoken(text: str) -> str:
    """A text as its words alone, to be found in another whatever the marks."""
    return " ".join(_WORD.findall(text.lower()))


def rounded(written: str, value: float) -> bool:
    """A number as it is written is this value, rounded as far as it is written."""
    half = 0.5 * 10.0 ** -len(written.partition(".")[2]) + 1e-9
    return abs(float(written) - value) <= half


def words(text: str) -> list[str]:
    """The words of a text, possessives as their owners, each as evidence calls it."""
    found = (word.removesuffix("'s") for word in _WORD.findall(text.lower()))
    return [_CALLED.get(word, word) for word in found]


def emotion(word: str) -> str:
    """The basic emotion that a word names; none for direction, nor for behaviour."""
    named = (word, word.removesuffix("ity"))
    told = (to_basic(w) for w in named if w not in _DIRECTING and emotion_words(w))
    return next(filter(None, told), "")


def emotions(text: str) -> list[str]:
    """The basic emotions that a text names, in order, again where named again."""
    return [found for word in words(text) if (found := emotion(word))]


def said_in(cited: Sequence[Evidence]) -> set[str]:
    """Words of the evidence: what it observes, its sense and its measurements."""
    told = [
        f"{piece.observation} {piece.modality} {' '.join(piece.measurements)}"
        for piece in cited
    ]
    return set(words(" ".join(told)))


def unsupported(text: str, cited: Sequence[Evidence]) -> tuple[list[str], int]:
    """Words with a meaning of their own that no evidence cited holds.

    Returns:
        These words, and of how many with such a meaning.
    """
    for measurement in (m for piece in cited for m in piece.measurements.values()):
        text = re.sub(rf"(?<=\d) ?{re.escape(measurement.unit.lower())}\b", "", text)
    telling = [w for w in words(text) if len(w) > 2 and stem(w) not in _PLAIN_STEMS]
    known = _stems(said_in(cited)) | _stems(_LISTS["senses named"])
    return [w for w in telling if stem(w) not in known and not emotion(w)], len(telling)


def direction(text: str) -> str:
    """Where a measurement is said to lie; "above what is typical" is high.

    `outside` where it is said to lie outside its range, and no more; empty where
    nothing plain is said.
    """
    plain = {*words(_DENIED.sub(" ", text))}
    told = _stems(plain)
    said = [name for name in ("high", "low") if told & _STEMS[name]]
    if not said and plain & _BEYOND:
        return "outside" if "outside" in plain else "high"
    said += ["typical"] if plain & _TYPICAL and not said else []
    return said[0] if len(said) == 1 else ""


def measured(text: str, cited: Sequence[Evidence]) -> dict[str, list[Measurement]]:
    """The measurements that a text names, by name; those named in full, if any are."""
    told = set(words(_USUAL_RANGE.sub(r"\1\2", text)))
    found = {
        name: {word for word in words(name) if not emotion(word)}
        for piece in cited
        for name in piece.measurements
    }
    named = {name: called for name, called in found.items() if called & told}
    whole = {name: called for name, called in named.items() if called <= told} or named
    return {
        name: [p.measurements[name] for p in cited if name in p.measurements]
        for name, called in whole.items()
        if not any(called < other for other in whole.values())
    }


def stem(word: str) -> str:
    """A word without its ending, near enough to tell forms of one word.

    Examples:
        >>> stem("carries") == stem("carry"), stem("dropped") == stem("drops")
        (True, True)
    """
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 2:
            word = word.removesuffix(ending) + instead
            break
    if word[-1] == word[-2:-1] and word[-1] in "bdgmnprt":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


_ENDINGS = (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""),
            ("s", ""), ("ly", ""))  # fmt: skip


def _stems(given: Iterable[str]) -> set[str]:
    return {stem(word) for word in given}


_STEMS = {name: _stems(_LISTS[name]) for name in ("high", "low")}
_BEYOND = set(_LISTS["outside"])
# "It averages" says nothing of what is average.
_TYPICAL = set(_LISTS["typical"])
_PLAIN_STEMS = _stems(_PLAIN) - _stems(SENSE_OF)
