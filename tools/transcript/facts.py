"""Negations and questions, found by rules."""

import re
from collections.abc import Iterator, Sequence

from affectgraph.tools.transcript.words import (
    CLOSING_MARKS,
    Passage,
    Word,
    split_sentences,
)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_LETTERS = re.compile(r"[^a-z']")
_NEGATIONS = _set(
    "no not never none nobody nothing nowhere neither nor without hardly barely cannot "
    "ain't dont didnt doesnt cant wont isnt wasnt"
)
# These open a question even if the recogniser wrote no question mark.
_QUESTION_WORDS = _set("who whom whose what when where why how which")
_AUXILIARIES = _set(
    "am is are was were do does did have has had can could will would shall should may "
    "might must isn't aren't wasn't don't doesn't didn't can't won't"
)
_SUBJECTS = _set("i you he she it we they this that there")
_SCOPE_WORDS = 2


def normalize_word(word: str) -> str:
    """Lower-case a word, keeping only letters and apostrophes."""
    return _LETTERS.sub("", word.lower().replace("\u2019", "'"))


def find_negations(passage: Passage) -> Iterator[tuple[Word, ...]]:
    """Each negating word with up to two words after it in the same sentence."""
    for sentence in split_sentences(passage):
        scope_end = 0
        for index, word in enumerate(sentence.words):
            if index >= scope_end and _negates(word):
                scope_end = index + 1 + _SCOPE_WORDS
                yield sentence.words[index:scope_end]


def find_questions(passage: Passage) -> Iterator[Passage]:
    """Sentences that end in a question mark or begin like a question."""
    for sentence in split_sentences(passage):
        if sentence.words[-1].text.rstrip(CLOSING_MARKS).endswith(
            "?"
        ) or _opens_question([normalize_word(word.text) for word in sentence.words]):
            yield sentence


def _negates(word: Word) -> bool:
    text = normalize_word(word.text)
    return text in _NEGATIONS or text.endswith("n't")


def _opens_question(words: Sequence[str]) -> bool:
    if len(words) < 3:
        return False
    first, second = words[0], words[1]
    inverted = first in _AUXILIARIES and second in _SUBJECTS
    return inverted or (first in _QUESTION_WORDS and second in _AUXILIARIES)
