"""Who speaks when: spans of speech, each with a person."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip import Clip
from affectgraph.tools.diarization.clustering import Labels, cluster_voices
from affectgraph.tools.diarization.local_voices import (
    FIRST_FRAME_START,
    FRAME_SECONDS,
    VoiceWindow,
    find_local_voices,
)
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen, Span

MAX_PEOPLE = 26
# Shorter pauses of one person are part of their speech; shorter sounds are noise.
_MAX_PAUSE = 0.3
_MIN_SECONDS = 0.15


class SpeakerTurn(Frozen):
    """A stretch of speech of one person.

    Attributes:
        person: `A` for the person who speaks first, `B` for the next, and so on.
        span: When, in seconds of the clip. Spans of two people may overlap.
    """

    person: str
    span: Span


def diarize(
    clip: Clip, span: Span | None = None, *, people: int | None = None
) -> tuple[SpeakerTurn, ...]:
    """Find who speaks when, by voice alone.

    People are told apart within this clip. Nobody is identified, and the vectors of
    their voices are dropped.

    Args:
        clip: A clip with audio.
        span: The seconds to look at; the whole clip if None.
        people: How many people speak, 1 to 26; None if unknown.

    Returns:
        The stretches in order of their start; none if nobody speaks.

    Raises:
        SettingError: If `people` is out of range.
        WeightsError: If weights are missing or altered.
    """
    if people is not None and not 1 <= people <= MAX_PEOPLE:
        raise SettingError(f"people is {people}; pass a number from 1 to {MAX_PEOPLE}")
    span = span or clip.span
    windows = list(find_local_voices(clip, span))
    return name_turns(windows, cluster_voices(windows, people), span)


def name_turns(
    windows: Sequence[VoiceWindow], labels: Sequence[Labels], span: Span
) -> tuple[SpeakerTurn, ...]:
    """The stretches of all people of a span, in order of their start."""
    active = _join_windows(windows, labels)
    turns = [
        (stretch, person)
        for person in range(active.shape[1])
        for stretch in _stretches(active[:, person], span)
    ]
    turns.sort(key=lambda turn: (turn[0].start, turn[0].end))
    names = dict.fromkeys(person for _, person in turns)
    letters = {person: _letter(number) for number, person in enumerate(names)}
    return tuple(SpeakerTurn(person=letters[p], span=stretch) for stretch, p in turns)


def _letter(number: int) -> str:
    """`A` to `Z`, then `AA` to `ZZ`, and so on."""
    return chr(ord("A") + number % 26) * (1 + number // 26)


def _join_windows(
    windows: Sequence[VoiceWindow], labels: Sequence[Labels]
) -> NDArray[np.bool_]:
    """Whether each person speaks in each frame: bool [frames, people].

    As many people as the windows count on average, those who most windows hear.
    """
    frames = max(window.first_frame + window.frames for window in windows)
    people = max(label.max(initial=-1) for label in labels) + 1
    heard = np.zeros((frames, people), dtype=np.float32)
    looks = np.zeros((frames, 1), dtype=np.float32)
    for window, people_here in zip(windows, labels, strict=True):
        part = slice(window.first_frame, window.first_frame + window.frames)
        looks[part] += 1
        for voice, person in zip(window.voices, people_here, strict=True):
            if person >= 0:
                heard[part, person] += voice.active
    heard /= np.maximum(looks, 1)
    count = np.floor(heard.sum(axis=1, keepdims=True) + 0.5)
    rank = np.argsort(np.argsort(-heard, axis=1, kind="stable"), axis=1)
    return np.asarray((rank < count) & (heard > 0))


def _stretches(active: NDArray[np.bool_], span: Span) -> Iterator[Span]:
    """Stretches of one person, without short pauses and short sounds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]])))
    times = span.start + edges * FRAME_SECONDS + FIRST_FRAME_START
    joined: list[tuple[float, float]] = []
    for start, end in times.reshape(-1, 2):
        if joined and start - joined[-1][1] < _MAX_PAUSE:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    for start, end in joined:
        if end - start >= _MIN_SECONDS:
            yield Span(start=float(start), end=float(min(end, span.end)))
