"""Rhythm without a transcript: syllables, pauses and the final pitch movement."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.evidence import Span
from affectgraph.tools.prosody.pitch import Array, Pitch

MIN_PAUSE = 0.2

_MIN_DIP_DB = 2.0
_MAX_BELOW_PEAK_DB = 25.0
_NEIGHBOURHOOD = 4
_ENDING_SECONDS = 0.4
_MIN_FRAMES_OF_THIRD = 10


@dataclass(frozen=True)
class Pauses:
    """The pauses between the first and the last span of speech.

    Attributes:
        spans: Each pause of at least 0.2 s.
        share: Their share of the time from first to last speech, in [0, 1].
    """

    spans: tuple[Span, ...]
    share: float


def find_pauses(speech: tuple[Span, ...]) -> Pauses:
    """Find the pauses between spans of speech, which are in order."""
    gaps = [
        Span(start=before.end, end=after.start)
        for before, after in pairwise(speech)
        if after.start - before.end >= MIN_PAUSE
    ]
    total = speech[-1].end - speech[0].start if speech else 0.0
    share = sum(gap.seconds for gap in gaps) / total if total > 0.0 else 0.0
    return Pauses(tuple(gaps), min(share, 1.0))


def syllable_nuclei(level: Array, voiced: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Frames (100 a second) of the syllable nuclei.

    A nucleus is a voiced peak of the level that stands out by 2 dB from the dips on
    both sides, at most 25 dB below the loudest.

    Source: de Jong & Wempe (2009), "Praat script to detect syllable nuclei and measure
    speech rate automatically", Behavior Research Methods 41.

    Args:
        level: Level in dB of each frame, float32 [n].
        voiced: Which frames have a pitch, bool [n].
    """
    n = min(len(level), len(voiced))
    if n < 2 * _NEIGHBOURHOOD + 1:
        return np.zeros(0, dtype=np.intp)
    kernel = np.hanning(2 * _NEIGHBOURHOOD + 1)[1:-1]
    edges = np.pad(level[:n], _NEIGHBOURHOOD - 1, mode="edge")
    smooth = np.convolve(edges, kernel / kernel.sum(), mode="valid")
    rising = np.diff(smooth, prepend=smooth[0] - 1.0) > 0.0
    peaks = np.flatnonzero(rising & ~np.append(rising[1:], False))
    peaks = peaks[smooth[peaks] > smooth.max() - _MAX_BELOW_PEAK_DB]
    nuclei: list[int] = []
    for peak in peaks:
        if not nuclei:
            nuclei.append(int(peak))
            continue
        dip = smooth[nuclei[-1] : peak + 1].min()
        if min(smooth[peak], smooth[nuclei[-1]]) - dip >= _MIN_DIP_DB:
            nuclei.append(int(peak))
        elif smooth[peak] > smooth[nuclei[-1]]:
            nuclei[-1] = int(peak)
    return np.array([peak for peak in nuclei if voiced[peak]], dtype=np.intp)


def final_pitch_movement(pitch: Pitch) -> float | None:
    """Change of the pitch over the last 0.4 s of voice, in semitones.

    Positive is a rise, as in many questions; None if the ending is mostly unvoiced. A
    straight line is fitted, so a single wrong frame has little effect.
    """
    voiced = np.flatnonzero(pitch.voiced)
    if len(voiced) == 0:
        return None
    ending = voiced[voiced > voiced[-1] - _ENDING_SECONDS / pitch.step]
    if len(ending) < 8:
        return None
    melody = 12.0 * np.log2(pitch.hertz[ending])
    slope = np.polyfit(ending, melody, 1)[0]
    return float(slope * (ending[-1] - ending[0]))


def thirds(
    values: Array, frames: NDArray[np.bool_]
) -> tuple[float, float, float] | None:
    """Median of some frames in the first, middle and last third of their time.

    Args:
        values: One for each frame, float32 [n].
        frames: The frames to use, bool [n].

    Returns:
        None if a third has too few frames.
    """
    at = np.flatnonzero(frames)
    if len(at) == 0:
        return None
    edges = np.linspace(at[0], at[-1] + 1, 4)
    parts = [at[(at >= a) & (at < b)] for a, b in pairwise(edges)]
    if min(map(len, parts)) < _MIN_FRAMES_OF_THIRD:
        return None
    first, middle, last = (float(np.median(values[part])) for part in parts)
    return first, middle, last
