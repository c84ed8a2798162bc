"""Emotion words that a running text mentions."""

import re
from collections.abc import Sequence
from itertools import takewhile

from affectgraph.tools.language.vocabulary import base_forms, to_basic


def _word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# These mostly mean something else in running text: "the content", "a low tone".
_AMBIGUOUS = _word_set(
    "blank blue content cool critical cross doubt ease flat fun gross interest kind "
    "low mild quiet steady"
)
# Expressive behaviour is not an emotion word.
_BEHAVIOUR = _word_set("cry laugh laughter smile sneer sob tantrum weep")
_NEGATING = _word_set(
    "aren't can't cannot didn't doesn't don't hardly isn't lack lacking lacks less "
    "neither never no nor not unable wasn't weren't without"
)
_NEGATION_SCOPE = 3
_QUOTED = re.compile(r"\"[^\"]*\"|\u201c[^\u201d]*\u201d")
_CLAUSE = re.compile(r"[.!?;:,\u2026]|\bbut\b|\byet\b")
_WORD = re.compile(r"[a-z][a-z'-]+")


def emotion_words(text: str) -> list[str]:
    """Words of a text that name an emotion, in order, with repetitions.

    Left out are quoted words (who says "happy" need not be happy), words with a
    negation up to three words before them in the same clause, ambiguous words, and
    expressive behaviour such as smiling.

    Examples:
        >>> emotion_words('Not angry but rather worried, she says "How lovely!"')
        ['worried']
    """
    unquoted = _QUOTED.sub(" . ", text.lower().replace("\u2019", "'"))
    clauses = [_WORD.findall(clause) for clause in _CLAUSE.split(unquoted)]
    return [
        word
        for words in clauses
        for index, word in enumerate(words)
        if _names_emotion(word) and not _negated(words, index)
    ]


def same_word(a: str, b: str) -> bool:
    """Whether two emotion words are forms of one word.

    They share their basic emotion and at least half of their first letters.

    Examples:
        >>> same_word("anger", "angry"), same_word("angry", "annoyed")
        (True, False)
    """
    pairs = zip(a, b, strict=False)
    prefix = list(takewhile(lambda pair: pair[0] == pair[1], pairs))
    similar = len(prefix) >= max(3, min(len(a), len(b)) / 2)
    return similar and to_basic(a) == to_basic(b)


def _names_emotion(word: str) -> bool:
    if word in _AMBIGUOUS or not _BEHAVIOUR.isdisjoint(base_forms(word)):
        return False
    return to_basic(word) is not None


def _negated(words: Sequence[str], index: int) -> bool:
    before = words[max(0, index - _NEGATION_SCOPE) : index]
    return not _NEGATING.isdisjoint(before)
