"""Words with their times, grouped into sentences and passages."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.evidence import Fraction, Frozen, Span

MAX_WORDS = 60
_MAX_SECONDS = 30.0
_SENTENCE_PAUSE = 1.5
CLOSING_MARKS = "\"'\u201d\u2019)"
PUNCTUATION = f".,;:!?\u2026{CLOSING_MARKS}"
_SENTENCE_END = re.compile(rf"[.!?\u2026\u3002\uff01\uff1f][{CLOSING_MARKS}]*$")
# Chinese and Japanese sentences end without a space.
_UNSPACED_END = re.compile("([\u3002\uff01\uff1f])(?=\\w)")


class Word(Frozen):
    """One word with its time and the recogniser's probability."""

    text: str
    span: Span
    probability: Fraction = 1.0


class SpokenSpan(Frozen):
    """One utterance before anything is known of its emotion.

    Attributes:
        person: Who speaks.
        span: When.
        words: The words that it contains, in order; none if none were recognised.
    """

    person: str
    span: Span
    words: tuple[Word, ...] = ()

    @property
    def text(self) -> str:
        """The words, joined by spaces."""
        return " ".join(word.text for word in self.words)


class Passage(Frozen):
    """Words that are classified together.

    Attributes:
        words: At least one word, in order.
        certainty: Mean probability of the recogniser's tokens; 1 for given text.
        silence: The recogniser's probability that nobody spoke.
        language: Of the words.
        spoken_language: Of the speech that they were translated from; empty if they
            were not.
        recognised: Whether they were recognised, and not given.
    """

    words: tuple[Word, ...]
    certainty: Fraction = 1.0
    silence: Fraction = 0.0
    language: str = ENGLISH
    spoken_language: str = ""
    recognised: bool = False

    @property
    def text(self) -> str:
        """The words, joined by spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def span(self) -> Span:
        """From the start of the first word to the end of the last."""
        return Span(start=self.words[0].span.start, end=self.words[-1].span.end)

    @property
    def spoken_probability(self) -> float:
        """Probability that the words were spoken, in [0, 1]; 1 for given text."""
        return self.certainty * (1 - self.silence)

    def part(self, start: int, stop: int) -> "Passage":
        """Words `start` to `stop`, with the certainty of the whole passage."""
        return self.model_copy(update={"words": self.words[start:stop]})


def clean_text(text: str) -> str:
    """Remove control and invisible characters, and collapse white space."""
    characters = (
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in text
        if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn")
    )
    return " ".join(_UNSPACED_END.sub(r"\1 ", "".join(characters)).split())


def ends_sentence(word: Word) -> bool:
    """Whether a word ends in `.`, `!` or `?`, perhaps within quotes."""
    return bool(_SENTENCE_END.search(word.text))


def split_sentences(passage: Passage) -> list[Passage]:
    """Split a passage after `.`, `!` or `?`, and at long pauses."""
    cuts = [0]
    for index, (word, following) in enumerate(pairwise(passage.words), 1):
        if ends_sentence(word) or _gap(word, following) > _SENTENCE_PAUSE:
            cuts.append(index)
    cuts.append(len(passage.words))
    return [passage.part(a, b) for a, b in pairwise(cuts)]


def join_passages(segments: Sequence[Passage]) -> list[Passage]:
    """Join segments to passages of at most 60 words and 30 s."""
    joined: list[Passage] = []
    for sentence in (s for segment in segments for s in split_sentences(segment)):
        for piece in _pieces(sentence):
            if joined and _fits(joined[-1], piece):
                joined[-1] = _join(joined[-1], piece)
            else:
                joined.append(piece)
    return joined


def spread_over_speech(text: str, spans: Sequence[Span]) -> tuple[Word, ...]:
    """Estimate the times of the words of a known text.

    Args:
        text: The words.
        spans: Spans of speech, in order; at least one.

    Returns:
        The words. Every character is assumed to last equally long, so times may be
        wrong by some tenths of a second. No word falls into a pause.
    """
    words = text.split()
    total = sum(len(word) + 1 for word in words)
    timed, before = [], 0
    for word in words:
        after = before + len(word) + 1
        start = _time_of_share(spans, before / total)
        end = _time_of_share(spans, after / total)
        timed.append(Word(text=word, span=Span(start=start, end=end)))
        before = after
    return tuple(timed)


def _time_of_share(spans: Sequence[Span], share: float) -> float:
    """Time at which this share of all speech has passed."""
    remaining = share * sum(span.seconds for span in spans)
    for span in spans:
        if remaining <= span.seconds:
            return span.start + remaining
        remaining -= span.seconds
    return spans[-1].end


def _gap(word: Word, following: Word) -> float:
    return following.span.start - word.span.end


def _pieces(sentence: Passage) -> Iterator[Passage]:
    for start in range(0, len(sentence.words), MAX_WORDS):
        yield sentence.part(start, start + MAX_WORDS)


def _fits(passage: Passage, piece: Passage) -> bool:
    return (
        passage.spoken_language == piece.spoken_language
        and len(passage.words) + len(piece.words) <= MAX_WORDS
        and piece.span.end - passage.span.start <= _MAX_SECONDS
    )


def _join(passage: Passage, piece: Passage) -> Passage:
    share = len(piece.words) / (len(passage.words) + len(piece.words))
    return passage.model_copy(
        update={
            "words": (*passage.words, *piece.words),
            "certainty": (1 - share) * passage.certainty + share * piece.certainty,
            "silence": (1 - share) * passage.silence + share * piece.silence,
        }
    )
