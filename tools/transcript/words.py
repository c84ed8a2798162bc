"""Words with their times, and the passages in which they are read."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from affectgraph.tools.evidence import Fraction, Frozen, Span

MOST_WORDS = 60
_LONGEST_SECONDS = 30.0
_PAUSE = 1.5
CLOSING = "\"'\u201d\u2019)"
MARKS = f".,;:!?\u2026{CLOSING}"
_SENTENCE_END = re.compile(rf"[.!?\u2026][{CLOSING}]*$")


class Word(Frozen):
    """One word as it is written, with its time and how surely it was heard."""

    text: str
    span: Span
    probability: Fraction = 1.0


class Passage(Frozen):
    """Words that are read together.

    Attributes:
        words: At least one, in order.
        certainty: Mean probability of the recogniser's tokens; 1 for a given text.
        silence: Probability, to the recogniser, that nobody spoke.
    """

    words: tuple[Word, ...]
    certainty: Fraction = 1.0
    silence: Fraction = 0.0

    @property
    def text(self) -> str:
        """The words, joined."""
        return " ".join(word.text for word in self.words)

    @property
    def span(self) -> Span:
        """From the first word to the last."""
        return Span(start=self.words[0].span.start, end=self.words[-1].span.end)

    @property
    def heard(self) -> float:
        """How surely these words were spoken at all, in [0, 1]; 1 for a given text."""
        return self.certainty * (1 - self.silence)

    def part(self, start: int, stop: int) -> "Passage":
        """Some of the words, heard as surely as the whole."""
        return self.model_copy(update={"words": self.words[start:stop]})


def clean(text: str) -> str:
    """Text as data: no control or invisible formatting characters, single spaces."""
    kept = (
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in text
        if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn")
    )
    return " ".join("".join(kept).split())


def sentences(passage: Passage) -> list[Passage]:
    """Cut after `.`, `!` or `?`, and where the speaker pauses."""
    cuts = [0]
    for index, (word, following) in enumerate(pairwise(passage.words), 1):
        if _SENTENCE_END.search(word.text) or _gap(word, following) > _PAUSE:
            cuts.append(index)
    cuts.append(len(passage.words))
    return [passage.part(a, b) for a, b in pairwise(cuts)]


def passages(found: Sequence[Passage]) -> list[Passage]:
    """Join what was heard piece by piece to passages of at most 60 words and 30 s."""
    joined: list[Passage] = []
    for sentence in (s for whole in found for s in sentences(whole)):
        for piece in _pieces(sentence):
            if joined and _fits(joined[-1], piece):
                joined[-1] = _join(joined[-1], piece)
            else:
                joined.append(piece)
    return joined


def spread(text: str, spans: Sequence[Span]) -> tuple[Word, ...]:
    """Give the words of a known text times: spread over speech by their length.

    Args:
        text: The words.
        spans: Where somebody speaks, in order; at least one.

    Returns:
        The words. Each character is taken to last as long as any other, so a time may
        be off by some tenths of a second; pauses in the sound are respected.
    """
    words = text.split()
    total = sum(len(word) + 1 for word in words)
    found, before = [], 0
    for word in words:
        after = before + len(word) + 1
        start, end = _at(spans, before / total), _at(spans, after / total)
        found.append(Word(text=word, span=Span(start=start, end=end)))
        before = after
    return tuple(found)


def _at(spans: Sequence[Span], share: float) -> float:
    """The time at which a share of all speech has passed."""
    left = share * sum(span.seconds for span in spans)
    for span in spans:
        if left <= span.seconds:
            return span.start + left
        left -= span.seconds
    return spans[-1].end


def _gap(word: Word, following: Word) -> float:
    return following.span.start - word.span.end


def _pieces(sentence: Passage) -> Iterator[Passage]:
    for start in range(0, len(sentence.words), MOST_WORDS):
        yield sentence.part(start, start + MOST_WORDS)


def _fits(passage: Passage, piece: Passage) -> bool:
    return (
        len(passage.words) + len(piece.words) <= MOST_WORDS
        and piece.span.end - passage.span.start <= _LONGEST_SECONDS
    )


def _join(passage: Passage, piece: Passage) -> Passage:
    share = len(piece.words) / (len(passage.words) + len(piece.words))
    return Passage(
        words=(*passage.words, *piece.words),
        certainty=(1 - share) * passage.certainty + share * piece.certainty,
        silence=(1 - share) * passage.silence + share * piece.silence,
    )
