"""What can be read off the words without any network: negation and questions."""

import re
from collections.abc import Iterator, Sequence

from affectgraph.tools.transcript.words import CLOSING, Passage, Word, sentences


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_LETTERS = re.compile(r"[^a-z']")
_NEGATIONS = _set(
    "no not never none nobody nothing nowhere neither nor without hardly barely cannot "
    "ain't dont didnt doesnt cant wont isnt wasnt"
)
# Words that open a question even where the recogniser wrote no question mark.
_OPENERS = _set("who whom whose what when where why how which")
_AUXILIARIES = _set(
    "am is are was were do does did have has had can could will would shall should may "
    "might must isn't aren't wasn't don't doesn't didn't can't won't"
)
_SUBJECTS = _set("i you he she it we they this that there")
_WORDS_AFTER = 2


def plain(word: str) -> str:
    """A word in lower case, letters and apostrophes only."""
    return _LETTERS.sub("", word.lower().replace("\u2019", "'"))


def negations(passage: Passage) -> Iterator[tuple[Word, ...]]:
    """Each negating word with up to two words that it negates, in its sentence."""
    for sentence in sentences(passage):
        reach = 0
        for index, word in enumerate(sentence.words):
            if index >= reach and _negates(word):
                reach = index + 1 + _WORDS_AFTER
                yield sentence.words[index:reach]


def questions(passage: Passage) -> Iterator[Passage]:
    """Sentences that ask: by their mark, or by how they begin."""
    for sentence in sentences(passage):
        if sentence.words[-1].text.rstrip(CLOSING).endswith("?") or _asks(
            [plain(word.text) for word in sentence.words]
        ):
            yield sentence


def _negates(word: Word) -> bool:
    text = plain(word.text)
    return text in _NEGATIONS or text.endswith("n't")


def _asks(words: Sequence[str]) -> bool:
    if len(words) < 3:
        return False
    first, second = words[0], words[1]
    inverted = first in _AUXILIARIES and second in _SUBJECTS
    return inverted or (first in _OPENERS and second in _AUXILIARIES)
