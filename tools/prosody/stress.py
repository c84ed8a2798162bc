"""Stress: what stands out of a voice in loudness and in pitch together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.tools.prosody.acoustics import FRAME, Contours
from affectgraph.tools.prosody.measures import steady
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.prosody.rhythm import syllables

_AUDIBLE_DB = 3.0
_AUDIBLE_SEMITONES = 2.0
# A syllable higher than this is an error of an octave.
_LARGEST_STEP = 11.0
_FEWEST = 3


@dataclass(frozen=True)
class Stress:
    """A syllable or word that stands out.

    Attributes:
        index: Which of those compared.
        louder: Decibels above the middle one.
        higher: Semitones above the middle one.
    """

    index: int
    louder: float
    higher: float


def stressed_syllable(voice: Contours) -> tuple[float, Stress] | None:
    """Seconds to the nucleus of the syllable that stands out most, and by how much."""
    nuclei = syllables(voice.level, steady(voice.pitch))
    found = _strongest(voice.level[nuclei], voice.pitch.hertz[nuclei])
    return (float(nuclei[found.index]) * FRAME, found) if found else None


def stressed_word(
    voice: Contours, words: Sequence[tuple[float, float]]
) -> Stress | None:
    """The word that stands out most, by the loudest voiced frame of each.

    Args:
        voice: Contours of a stretch.
        words: Start and end of each in seconds from the first frame; those outside, or
            without voice, are passed over.
    """
    voiced = steady(voice.pitch)
    peaks: dict[int, int] = {}
    for number, (start, end) in enumerate(words):
        first = max(int(start / FRAME), 0)
        frames = first + np.flatnonzero(voiced[first : max(int(end / FRAME), 0)])
        if len(frames):
            peaks[number] = int(frames[np.argmax(voice.level[frames])])
    at = list(peaks.values())
    found = _strongest(voice.level[at], voice.pitch.hertz[at])
    if found is None:
        return None
    return Stress(list(peaks)[found.index], found.louder, found.higher)


def _strongest(level: Array, hertz: Array) -> Stress | None:
    if len(level) < _FEWEST:
        return None
    louder = level - np.median(level)
    tones = 12.0 * np.log2(hertz)
    higher = tones - np.median(tones)
    louder[higher > _LARGEST_STEP] = -np.inf
    peak = int(np.argmax(louder / _AUDIBLE_DB + higher / _AUDIBLE_SEMITONES))
    if louder[peak] < _AUDIBLE_DB or higher[peak] < _AUDIBLE_SEMITONES:
        return None
    return Stress(peak, float(louder[peak]), float(higher[peak]))
