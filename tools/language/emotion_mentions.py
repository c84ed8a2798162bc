"""The emotion words that a running text mentions."""

import re
from collections.abc import Sequence

from affectgraph.tools.language.vocabulary import base_forms, to_basic


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# In running text these mostly mean something else: "the content", "a low tone".
_AMBIGUOUS = _set(
    "blank blue content cool critical cross doubt ease flat fun gross interest kind "
    "low mild quiet steady"
)
# What is seen or heard of an emotion is no word for it.
_BEHAVIOUR = _set("cry laugh laughter smile sneer sob tantrum weep")
_NEGATING = _set(
    "aren't can't cannot didn't doesn't don't hardly isn't lack lacking lacks less "
    "neither never no nor not unable wasn't weren't without"
)
_NEGATED_AFTER = 3
_QUOTED = re.compile(r"\"[^\"]*\"|\u201c[^\u201d]*\u201d")
_CLAUSE = re.compile(r"[.!?;:,\u2026]|\bbut\b|\byet\b")
_WORD = re.compile(r"[a-z][a-z'-]+")


def emotion_words(text: str) -> list[str]:
    """The words of a text that name an emotion, in their order, again if repeated.

    Not what is quoted: who says "happy" may be anything. Not what is negated up to
    three words before in the same clause, words that mostly mean something else in
    running text, nor behaviour such as smiling.

    Examples:
        >>> emotion_words('Not angry but rather worried, she says "How lovely!"')
        ['worried']
    """
    spoken = _QUOTED.sub(" . ", text.lower().replace("\u2019", "'"))
    clauses = [_WORD.findall(clause) for clause in _CLAUSE.split(spoken)]
    return [
        word
        for words in clauses
        for place, word in enumerate(words)
        if _names_emotion(word) and not _negated(words, place)
    ]


def same_word(one: str, other: str) -> bool:
    """Two emotion words are forms of one: same family, and half alike or more.

    Examples:
        >>> same_word("anger", "angry"), same_word("angry", "annoyed")
        (True, False)
    """
    common = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    alike = common >= max(3, min(len(one), len(other)) / 2)
    return alike and to_basic(one) == to_basic(other)


def _names_emotion(word: str) -> bool:
    if word in _AMBIGUOUS or not _BEHAVIOUR.isdisjoint(base_forms(word)):
        return False
    return to_basic(word) is not None


def _negated(words: Sequence[str], place: int) -> bool:
    before = words[max(0, place - _NEGATED_AFTER) : place]
    return not _NEGATING.isdisjoint(before)
