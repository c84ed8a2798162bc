"""Cut a conversation into utterances: by speaker, pauses, sentences and length."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil

from affectgraph.tools.clip import Clip
from affectgraph.tools.diarization import SpeakerTurn, diarize
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Span
from affectgraph.tools.transcript.sense import UTTERANCES_KEY, read_passages
from affectgraph.tools.transcript.words import SpokenSpan, Word, ends_sentence

# A longer pause ends an utterance.
MAX_PAUSE = 0.7
# A longer utterance is cut where it is best to cut.
MAX_SECONDS = 12.0
# Nothing shorter is cut off.
_MIN_SECONDS = 1.0
# The end of a sentence is worth as much as a pause of so many seconds.
_SENTENCE_END = 1.0
# Where there is a picture, so long a silence is looked at, in parts of so many seconds.
_MIN_SILENCE, _MAX_SILENCE = 1.0, 30.0
# A word belongs to one of so many stretches that begin before or after it.
_NEARBY = 8

# A time to cut at, and how good it is, in seconds of pause.
Cut = tuple[float, float]


def find_utterances(
    clip: Clip, *, people: int | None = None, with_words: bool = True
) -> tuple[SpokenSpan, ...]:
    """Find who says what, and when; the clip keeps it for the transcript sense.

    Longer silences of a film are stretches of nobody.

    Args:
        clip: A clip with audio.
        people: How many people speak; None if unknown.
        with_words: Recognise the words, too.

    Raises:
        SettingError: If `people` is out of range.
        WeightsError: If weights are missing.
    """
    turns = diarize(clip, people=people)
    words: list[Word] = []
    if turns and with_words:
        try:
            passages = read_passages(clip, clip.span)
        except SenseError:  # nothing said can be read
            passages = []
        words = [word for passage in passages for word in passage.words]
    spoken = clip.artifact(UTTERANCES_KEY, lambda: cut_utterances(turns, words))
    if not clip.has_video or clip.still:
        return spoken
    silent = find_silences(spoken, clip.span)
    return tuple(sorted((*spoken, *silent), key=lambda stretch: stretch.span.start))


def find_silences(spoken: Sequence[SpokenSpan], whole: Span) -> Iterator[SpokenSpan]:
    """The stretches of at least a second in which nobody speaks: without a person."""
    end = whole.start
    for start, next_end in [
        *((stretch.span.start, stretch.span.end) for stretch in spoken),
        (whole.end, whole.end),
    ]:
        if start - end >= _MIN_SILENCE:
            count = ceil((start - end) / _MAX_SILENCE)
            edges = [end + (start - end) * n / count for n in range(count + 1)]
            for first, last in pairwise(edges):
                yield SpokenSpan(person="", span=Span(start=first, end=last))
        end = max(end, next_end)


def cut_utterances(
    turns: Sequence[SpeakerTurn], words: Sequence[Word] = ()
) -> tuple[SpokenSpan, ...]:
    """Cut a conversation into utterances.

    An utterance ends with a pause of 0.7 s, where somebody else begins to speak in a
    pause, and after 12 s at the best place: the end of a sentence, or a pause.

    Args:
        turns: Who speaks when, in order of their start.
        words: The words of everybody, in order.

    Returns:
        The utterances in order of their start. Those of one person do not overlap. A
        word belongs to the turn that it overlaps most, or else to the nearest.
    """
    stretches = _join_turns(turns)
    starts = [stretch[0].span.start for stretch in stretches]
    owned: list[list[Word]] = [[] for _ in stretches]
    for word in words if stretches else ():
        place = bisect_right(starts, word.span.start)
        nearby = range(max(0, place - _NEARBY), min(len(stretches), place + _NEARBY))
        owned[max(nearby, key=lambda i: _closeness(word.span, stretches[i]))].append(
            word
        )
    utterances = [
        utterance
        for stretch, own in zip(stretches, owned, strict=True)
        for utterance in _cut_long(stretch, tuple(own))
    ]
    return tuple(sorted(utterances, key=lambda u: (u.span.start, u.span.end)))


def _join_turns(turns: Sequence[SpeakerTurn]) -> list[tuple[SpeakerTurn, ...]]:
    """Turns of one person, with short pauses in which nobody else begins to speak."""
    stretches: list[list[SpeakerTurn]] = []
    latest: dict[str, list[SpeakerTurn]] = {}
    for turn in turns:
        stretch = latest.get(turn.person)
        if stretch is not None and _continues(stretch[-1], turn, turns):
            stretch.append(turn)
        else:
            latest[turn.person] = stretch = [turn]
            stretches.append(stretch)
    return [tuple(stretch) for stretch in stretches]


def _continues(
    before: SpeakerTurn, turn: SpeakerTurn, turns: Sequence[SpeakerTurn]
) -> bool:
    end, start = before.span.end, turn.span.start
    return start - end <= MAX_PAUSE and not any(
        end <= other.span.start < start
        for other in turns
        if other.person != turn.person
    )


def _closeness(word: Span, stretch: Sequence[SpeakerTurn]) -> float:
    """Seconds that a word shares with a stretch; minus its distance if none."""
    shared = sum(word.overlap(turn.span) for turn in stretch)
    if shared > 0.0:
        return shared
    distances = (
        max(turn.span.start - word.end, word.start - turn.span.end) for turn in stretch
    )
    return -max(0.0, min(distances))


def _cut_long(
    stretch: Sequence[SpeakerTurn], words: tuple[Word, ...]
) -> Iterator[SpokenSpan]:
    person = stretch[0].person
    cuts = [*_turn_cuts(stretch), *_word_cuts(words)]
    edges = _cut_span(Span(start=stretch[0].span.start, end=stretch[-1].span.end), cuts)
    rest = words
    for number, (start, end) in enumerate(pairwise(edges), 2):
        last = number == len(edges)
        own = tuple(w for w in rest if last or w.span.middle < end)
        rest = rest[len(own) :]
        yield SpokenSpan(person=person, span=Span(start=start, end=end), words=own)


def _turn_cuts(stretch: Sequence[SpeakerTurn]) -> Iterator[Cut]:
    for before, after in pairwise(turn.span for turn in stretch):
        yield (before.end + after.start) / 2, after.start - before.end


def _word_cuts(words: Sequence[Word]) -> Iterator[Cut]:
    for before, after in pairwise(words):
        pause = max(0.0, after.span.start - before.span.end)
        ended = _SENTENCE_END if ends_sentence(before) else 0.0
        yield (before.span.end + after.span.start) / 2, pause + ended


def _cut_span(span: Span, cuts: Sequence[Cut]) -> list[float]:
    """Edges of the parts of a span, each of at most 12 s where there is a cut."""
    inside = [
        (goodness, time)
        for time, goodness in cuts
        if span.start + _MIN_SECONDS <= time <= span.end - _MIN_SECONDS
    ]
    if span.seconds <= MAX_SECONDS or not inside:
        return [span.start, span.end]
    _, time = max(inside)
    first = _cut_span(Span(start=span.start, end=time), cuts)
    return [*first, *_cut_span(Span(start=time, end=span.end), cuts)[1:]]
