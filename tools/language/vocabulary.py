"""Emotion vocabulary: maps emotion words to the basic emotions.

Our own word list (vocabulary.json) follows the families of Ekman (1992), Parrott (2001)
and Plutchik's wheel (1980): words of trust, love and anticipation count as happy, of
shame and boredom as sad, of contempt as disgust, of interest as surprise.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution, distribution

_WORDS_FILE = Path(__file__).with_suffix(".json")
_NEGATIONS = frozenset(["not", "no", "never", "without", "less", "hardly", "isn't"])
# Endings, and the endings that may replace them in the listed word.
_ENDINGS = {
    "iness": ("y",),
    "ness": ("",),
    "fully": ("", "ful"),
    "ily": ("y",),
    "edly": ("ed", "e", ""),
    "ingly": ("ing", "e", ""),
    "ly": ("", "le"),
    "iest": ("y",),
    "ier": ("y",),
    "ies": ("y",),
    "ied": ("y",),
    "ing": ("", "e", "ed"),
    "ed": ("", "e", "ing"),
    "es": ("", "e"),
    "s": ("",),
}


def to_basic(word: str) -> str | None:
    """Map an emotion word or phrase to its basic emotion; None if there is none.

    Case, spaces and inflections do not matter. In a phrase the last known word counts;
    a negated phrase has no basic emotion.

    Examples:
        >>> to_basic("Heartbroken"), to_basic("mildly annoyed"), to_basic("calmly")
        ('sad', 'angry', 'neutral')
        >>> to_basic("not happy") is to_basic("table") is None
        True
    """
    whole = "-".join(word.lower().strip(" .,;:!?\"'").split())
    parts = whole.replace("_", "-").split("-")
    if _NEGATIONS.intersection(parts):
        return None
    for candidate in (whole, *reversed(parts)):
        for form in base_forms(candidate):
            if form in _families():
                return _families()[form]
    return None


def vote_from_scores(scores: Mapping[str, float]) -> tuple[Distribution, float]:
    """Turn scores of emotion words into a distribution over the basic emotions.

    A word may be abbreviated to its first letters, as in the label `ang`.

    Args:
        scores: Word to finite, non-negative score.

    Returns:
        The distribution, uniform if no word is known; and the share of the scores that
        belongs to known words, in [0, 1].

    Raises:
        ValueError: On a score that is negative or not finite.

    Examples:
        >>> likely, known = vote_from_scores({"joy": 0.6, "ang": 0.2, "LABEL_2": 0.2})
        >>> round(likely["happy"], 2), round(likely["angry"], 2), round(known, 2)
        (0.75, 0.25, 0.8)
    """
    totals = dict.fromkeys(BASIC_EMOTIONS, 0.0)
    for word, score in scores.items():
        emotion = to_basic(word) or _from_abbreviation(word)
        if emotion is not None:
            totals[emotion] += score
    total = sum(scores.values())
    return distribution(totals), sum(totals.values()) / total if total else 0.0


def words_of(emotion: str) -> tuple[str, ...]:
    """The words of a basic emotion, sorted; empty for an unknown emotion."""
    return tuple(word for word, basic in _families().items() if basic == emotion)


def _from_abbreviation(word: str) -> str | None:
    prefix = word.strip().lower()
    matches = [e for e in BASIC_EMOTIONS if len(prefix) > 2 and e.startswith(prefix)]
    return matches[0] if matches else None


def base_forms(word: str) -> Iterator[str]:
    """A lower-case word, then the words that it may be an inflection of."""
    yield word
    for ending, replacements in _ENDINGS.items():
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            yield from (stem + replacement for replacement in replacements)
            if ending in ("ing", "ed") and stem[-1] == stem[-2]:
                yield stem[:-1]


@cache
def _families() -> dict[str, str]:
    lists: dict[str, list[str]] = json.loads(_WORDS_FILE.read_text(encoding="utf-8"))
    return {word: emotion for emotion, words in lists.items() for word in words}
