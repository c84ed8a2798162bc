"""Emotion words of any kind, mapped to the basic emotions.

The words beside this file are our own, grouped after the families of Ekman (1992),
Parrott (2001) and Plutchik's wheel (1980): words of trust, love and anticipation count
as happy, of shame and boredom as sad, of contempt as disgust, of interest as surprise.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution, distribution

_WORDS = Path(__file__).with_suffix(".json")
_REVERSALS = frozenset(["not", "no", "never", "without", "less", "hardly", "isn't"])
# Endings and what may stand in their place in the word as the list has it.
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
    """The basic emotion that an emotion word belongs to.

    Tolerates case, spaces, inflections and words around it; the last known word of a
    phrase counts. A negated phrase belongs to none.

    Examples:
        >>> to_basic("Heartbroken"), to_basic("mildly annoyed"), to_basic("calmly")
        ('sad', 'angry', 'neutral')
        >>> to_basic("not happy") is to_basic("table") is None
        True
    """
    whole = "-".join(word.lower().strip(" .,;:!?\"'").split())
    parts = whole.replace("_", "-").split("-")
    if _REVERSALS.intersection(parts):
        return None
    for candidate in (whole, *reversed(parts)):
        for form in base_forms(candidate):
            if form in _families():
                return _families()[form]
    return None


def vote_from_scores(scores: Mapping[str, float]) -> tuple[Distribution, float]:
    """Scores of emotion words of any kind, as probabilities of the basic emotions.

    A word may be cut short to its first letters, as in the label `ang`.

    Args:
        scores: Word to a finite score of at least 0.

    Returns:
        The distribution, uniform where no word is known; and the share of the scores
        that known words have, in [0, 1].

    Raises:
        ValueError: On a score that is negative or not finite.

    Examples:
        >>> likely, known = vote({"joy": 0.6, "ang": 0.2, "LABEL_2": 0.2})
        >>> round(likely["happy"], 2), round(likely["angry"], 2), round(known, 2)
        (0.75, 0.25, 0.8)
    """
    totals = dict.fromkeys(BASIC_EMOTIONS, 0.0)
    for word, score in scores.items():
        emotion = to_basic(word) or _cut_short(word)
        if emotion is not None:
            totals[emotion] += score
    whole = sum(scores.values())
    return distribution(totals), sum(totals.values()) / whole if whole else 0.0


def words_of(emotion: str) -> tuple[str, ...]:
    """The words of one basic emotion, sorted; empty for anything else."""
    return tuple(word for word, basic in _families().items() if basic == emotion)


def _cut_short(word: str) -> str | None:
    short = word.strip().lower()
    fitting = [e for e in BASIC_EMOTIONS if len(short) > 2 and e.startswith(short)]
    return fitting[0] if fitting else None


def base_forms(word: str) -> Iterator[str]:
    """A word in lower case, then what it may be an inflection of."""
    yield word
    for ending, replacements in _ENDINGS.items():
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            yield from (stem + replacement for replacement in replacements)
            if ending in ("ing", "ed") and stem[-1] == stem[-2]:
                yield stem[:-1]


@cache
def _families() -> dict[str, str]:
    lists: dict[str, list[str]] = json.loads(_WORDS.read_text(encoding="utf-8"))
    return {word: emotion for emotion, words in lists.items() for word in words}
