"""The lexicon of the claim checker: what the words of a claim name."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from affectgraph.tools.evidence import Evidence, Measurement
from affectgraph.tools.language.emotion_mentions import emotion_words
from affectgraph.tools.language.vocabulary import to_basic

_LISTS = json.loads((Path(__file__).parent / "lexicon.json").read_text())

# Modality by the words with which people name a sense.
SENSE_OF = {word: sense for sense, names in _LISTS["senses"].items() for word in names}
SENSES: dict[str, set[str]] = {
    sense: set(names) for sense, names in _LISTS["senses"].items()
}
SUPERLATIVE = set(_LISTS["superlative"])
OPPOSING = set(_LISTS["opposing"])
# Name of a measurement, by its synonyms.
_MEASUREMENT_OF = {
    word: name for name, synonyms in _LISTS["measures"].items() for word in synonyms
}
_DIRECTION_WORDS = {*_LISTS["high"], *_LISTS["low"], *_LISTS["typical"]}
# Words without content of their own, with which any explanation is written.
_FUNCTION_WORDS = _DIRECTION_WORDS.union(
    *_LISTS["plain"].values(), OPPOSING, _LISTS["outside"]
)

QUOTED = re.compile(r"[\"“]([^\"”]+)[\"”]")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
# Here `neutral` is not an emotion, and `range` is not the measured range.
_NEUTRAL_BASELINE = re.compile(
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


def unquoted(text: str) -> str:
    """The text in lower case, without its quotations."""
    return _NEUTRAL_BASELINE.sub("", QUOTED.sub("", text).lower())


def plain_words(text: str) -> str:
    """The words of a text in lower case, without punctuation."""
    return " ".join(_WORD.findall(text.lower()))


def is_rounding_of(token: str, value: float) -> bool:
    """Whether a written number is this value, rounded to the token's decimals."""
    half_unit = 0.5 * 10.0 ** -len(token.partition(".")[2]) + 1e-9
    return abs(float(token) - value) <= half_unit


def tokenize(text: str) -> list[str]:
    """The words of a text without possessive endings; measurements by their names."""
    words = (word.removesuffix("'s") for word in _WORD.findall(text.lower()))
    return [_MEASUREMENT_OF.get(word, word) for word in words]


def emotion_of(word: str) -> str:
    """The basic emotion that a word names; empty for direction or behaviour."""
    forms = (word, word.removesuffix("ity"))
    emotions = (
        to_basic(form)
        for form in forms
        if form not in _DIRECTION_WORDS and emotion_words(form)
    )
    return next(filter(None, emotions), "")


def emotions_in(text: str) -> list[str]:
    """The basic emotions that a text names, in order, with repetitions."""
    return [emotion for word in tokenize(text) if (emotion := emotion_of(word))]


def words_of_evidence(cited: Sequence[Evidence]) -> set[str]:
    """Words of the evidence: its observations, modalities and measurements."""
    texts = [
        f"{piece.observation} {piece.modality} {' '.join(piece.measurements)}"
        for piece in cited
    ]
    return set(tokenize(" ".join(texts)))


def unsupported_words(text: str, cited: Sequence[Evidence]) -> tuple[list[str], int]:
    """Content words that do not occur in the evidence cited.

    Returns:
        These words, and the number of all content words.
    """
    for measurement in (m for piece in cited for m in piece.measurements.values()):
        text = re.sub(rf"(?<=\d) ?{re.escape(measurement.unit.lower())}\b", "", text)
    content = [
        w for w in tokenize(text) if len(w) > 2 and stem(w) not in _FUNCTION_STEMS
    ]
    supported = _stems(words_of_evidence(cited)) | _stems(_LISTS["senses named"])
    unsupported = [w for w in content if stem(w) not in supported and not emotion_of(w)]
    return unsupported, len(content)


def stated_direction(text: str) -> str:
    """Where a text says that a measurement lies; "above what is typical" is high.

    Returns:
        `high`, `low`, `typical`, or `outside` if it lies outside its range on either
        side; empty if the text does not say or contradicts itself.
    """
    words = {*tokenize(_DENIED.sub(" ", text))}
    stems = _stems(words)
    directions = [name for name in ("high", "low") if stems & _DIRECTION_STEMS[name]]
    if not directions and words & _OUTSIDE:
        return "outside" if "outside" in words else "high"
    if not directions and words & _TYPICAL:
        return "typical"
    return directions[0] if len(directions) == 1 else ""


def named_measurements(
    text: str, cited: Sequence[Evidence]
) -> dict[str, list[Measurement]]:
    """The measurements that a text names, by name; those named in full, if any are."""
    text_words = set(tokenize(_USUAL_RANGE.sub(r"\1\2", text)))
    names = {
        name: {word for word in tokenize(name) if not emotion_of(word)}
        for piece in cited
        for name in piece.measurements
    }
    named = {name: words for name, words in names.items() if words & text_words}
    full = {
        name: words for name, words in named.items() if words <= text_words
    } or named
    return {
        name: [p.measurements[name] for p in cited if name in p.measurements]
        for name, words in full.items()
        if not any(words < longer for longer in full.values())
    }


def stem(word: str) -> str:
    """A word without its ending, so that forms of one word are equal.

    Examples:
        >>> stem("carries") == stem("carry"), stem("dropped") == stem("drops")
        (True, True)
    """
    for ending, replacement in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 2:
            word = word.removesuffix(ending) + replacement
            break
    if word[-1] == word[-2:-1] and word[-1] in "bdgmnprt":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


_ENDINGS = (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""),
            ("s", ""), ("ly", ""))  # fmt: skip


def _stems(words: Iterable[str]) -> set[str]:
    return {stem(word) for word in words}


_DIRECTION_STEMS = {name: _stems(_LISTS[name]) for name in ("high", "low")}
_OUTSIDE = set(_LISTS["outside"])
# Whole words, not stems: "it averages" does not say that something is average.
_TYPICAL = set(_LISTS["typical"])
_FUNCTION_STEMS = _stems(_FUNCTION_WORDS) - _stems(SENSE_OF)
