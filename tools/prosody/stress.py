"""Stress: syllables and words that stand out in loudness and pitch together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from affectgraph.tools.evidence import Measurement
from affectgraph.tools.prosody.acoustics import FRAME_SECONDS, Contours
from affectgraph.tools.prosody.measures import clear_frames
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.prosody.rhythm import syllable_nuclei

_AUDIBLE_DB = 3.0
_AUDIBLE_SEMITONES = 2.0
# A syllable higher than this is an octave error.
_MAX_STEP = 11.0
_MIN_UNITS = 3


@dataclass(frozen=True)
class Stress:
    """A stressed syllable or word.

    Attributes:
        index: Its index among the syllables or words compared.
        louder: Decibels above their median level.
        higher: Semitones above their median pitch.
    """

    index: int
    louder: float
    higher: float

    @property
    def measurements(self) -> dict[str, Measurement]:
        """Both differences, by name."""
        return {
            "stress_level": Measurement(value=round(self.louder, 2), unit="dB"),
            "stress_pitch": Measurement(value=round(self.higher, 2), unit="semitones"),
        }


def stressed_syllable(voice: Contours) -> tuple[float, Stress] | None:
    """Seconds from the first frame to the most stressed syllable, and its stress."""
    nuclei = syllable_nuclei(voice.level, clear_frames(voice.pitch))
    stress = _strongest(voice.level[nuclei], voice.pitch.hertz[nuclei])
    if stress is None:
        return None
    return float(nuclei[stress.index]) * FRAME_SECONDS, stress


def stressed_word(
    voice: Contours, words: Sequence[tuple[float, float]]
) -> Stress | None:
    """The most stressed word, judged by the loudest voiced frame of each word.

    Args:
        voice: Acoustic contours.
        words: Start and end of each word in seconds from the first frame. Words outside
            the contours or without voice are skipped.
    """
    voiced = clear_frames(voice.pitch)
    peaks: dict[int, int] = {}
    for number, (start, end) in enumerate(words):
        first = max(int(start / FRAME_SECONDS), 0)
        frames = first + np.flatnonzero(
            voiced[first : max(int(end / FRAME_SECONDS), 0)]
        )
        if len(frames):
            peaks[number] = int(frames[np.argmax(voice.level[frames])])
    frames_of_peaks = list(peaks.values())
    stress = _strongest(
        voice.level[frames_of_peaks], voice.pitch.hertz[frames_of_peaks]
    )
    return stress and replace(stress, index=list(peaks)[stress.index])


def _strongest(level: Array, hertz: Array) -> Stress | None:
    if len(level) < _MIN_UNITS:
        return None
    louder = level - np.median(level)
    semitones = 12.0 * np.log2(hertz)
    higher = semitones - np.median(semitones)
    louder[higher > _MAX_STEP] = -np.inf
    peak = int(np.argmax(louder / _AUDIBLE_DB + higher / _AUDIBLE_SEMITONES))
    if louder[peak] < _AUDIBLE_DB or higher[peak] < _AUDIBLE_SEMITONES:
        return None
    return Stress(peak, float(louder[peak]), float(higher[peak]))
