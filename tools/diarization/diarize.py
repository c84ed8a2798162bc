"""Who speaks when: spans of speech, each with a person."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil

import numpy as np

from affectgraph.tools.audio.filterbank import filterbank
from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.clip import Clip
from affectgraph.tools.diarization.clustering import Labels, cluster_voices
from affectgraph.tools.diarization.speaker_vector import speaker_vector
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen, Span

MAX_PEOPLE = 26
# Longer stretches of speech are split: two people may follow each other in one.
_MAX_SECONDS = 5.0
# Less sound than this has no speaker vector.
_MIN_FRAMES = 20
# Shorter pauses of one person are part of their speech.
_MAX_PAUSE = 0.3


class SpeakerTurn(Frozen):
    """A stretch of speech of one person.

    Attributes:
        person: `A` for the person who speaks first, `B` for the next, and so on.
        span: When, in seconds of the clip.
    """

    person: str
    span: Span


def diarize(clip: Clip, *, people: int | None = None) -> tuple[SpeakerTurn, ...]:
    """Find who speaks when, by voice alone; who speaks under others is not heard.

    People are told apart within this clip. Nobody is identified, and the vectors of
    their voices are dropped.

    Args:
        clip: A clip with audio.
        people: How many people speak, 1 to 26; None if unknown.

    Returns:
        The turns in order of time; none if nobody speaks.

    Raises:
        SettingError: If `people` is out of range.
        WeightsError: If weights are missing or altered.
    """
    checked_people(people)
    if not clip.has_audio:
        return ()
    stretches = [
        part for span in speech_spans(clip, clip.span) for part in _split(span)
    ]
    heard = [(part, filterbank(clip.audio(part))) for part in stretches]
    known = [(part, speaker_vector(b)) for part, b in heard if len(b) >= _MIN_FRAMES]
    if not known:
        return ()
    seconds = np.array([part.seconds for part, _ in known])
    labels = cluster_voices(np.stack([v for _, v in known]), seconds, people)
    return tuple(_join([part for part, _ in known], labels))


def checked_people(people: int | None) -> int | None:
    """How many people speak; None if unknown.

    Raises:
        SettingError: If it is no number from 1 to 26.
    """
    is_number = isinstance(people, int) and not isinstance(people, bool)
    if people is None or (is_number and 1 <= people <= MAX_PEOPLE):
        return people
    raise SettingError(f"people is {people!r}; pass a number from 1 to {MAX_PEOPLE}")


def _split(span: Span) -> Iterator[Span]:
    """Equal parts of at most 5 s."""
    edges = np.linspace(span.start, span.end, ceil(span.seconds / _MAX_SECONDS) + 1)
    for start, end in pairwise(edges.tolist()):
        yield Span(start=start, end=end)


def _join(stretches: Sequence[Span], labels: Labels) -> Iterator[SpeakerTurn]:
    """The turns, in which stretches of one person with short pauses are one."""
    letters: dict[int, str] = {}
    turn: SpeakerTurn | None = None
    for span, label in zip(stretches, labels.tolist(), strict=True):
        person = letters.setdefault(label, _letter(len(letters)))
        same = turn is not None and turn.person == person
        if turn and same and span.start - turn.span.end < _MAX_PAUSE:
            joined = Span(start=turn.span.start, end=span.end)
            turn = turn.model_copy(update={"span": joined})
            continue
        if turn:
            yield turn
        turn = SpeakerTurn(person=person, span=span)
    if turn:
        yield turn


def _letter(number: int) -> str:
    """`A` to `Z`, then `AA` to `ZZ`, and so on."""
    return chr(ord("A") + number % 26) * (1 + number // 26)
