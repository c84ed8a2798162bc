"""Verifiable measures of a voice, compared with their typical ranges."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.evidence import Measurement, Span
from affectgraph.tools.prosody.acoustics import FEATURE_NAMES, FRAME_SECONDS, Contours
from affectgraph.tools.prosody.head import SpeakerNorms
from affectgraph.tools.prosody.pitch import Pitch
from affectgraph.tools.prosody.quality import harmonicity
from affectgraph.tools.prosody.rhythm import (
    final_pitch_movement,
    find_pauses,
    syllable_nuclei,
)
from affectgraph.tools.prosody.spectrum import SHAPES

# Unit of each measure.
UNITS = {
    "pitch": "Hz",
    "pitch_range": "semitones",
    "effort": "dB",
    "loudness_range": "dB",
    "rate": "syllables/s",
    "pause_share": "",
    "harmonicity": "dB",
    "jitter": "%",
    "shimmer": "dB",
    "ending": "semitones",
}

_MIN_VOICED_FRAMES = 20
# Frames above this aperiodicity are too noisy to measure.
_MAX_APERIODICITY = 0.35
# Smallest shares of clear frames in speech. Below the first, noise hides how regular
# the voice is; below the second, many syllables are missed.
_MIN_CLEAR_FOR_REGULARITY = 0.3
_MIN_CLEAR_FOR_RATE = 0.5
# Noise less than this below the voice, in dB, changes its level and spectrum.
_MIN_ABOVE_NOISE_DB = 20.0
# A larger movement in semitones within 0.4 s is an octave error.
_MAX_MOVEMENT = 9.0
_EFFORT = SHAPES.index("effort")

# Measures whose typical range shifts with a known speaker, and the feature whose offset
# is the shift. For other measures the shift does not centre neutral clips better.
_SHIFTED_BY = {
    "effort": "effort.mean",
    "rate": "level.syllable_rate",
    "harmonicity": "voice.harmonicity",
    "shimmer": "voice.shimmer",
}


def measure(voice: Contours, speech: Sequence[Span]) -> dict[str, float]:
    """Measure a stretch of voice; the names are those of `UNITS`.

    Pitch is the median over voiced frames, its range the 5th to the 95th percentile;
    effort the mean level of 1-5 kHz against 50-1000 Hz; loudness range the 10th to the
    90th percentile of the level of voiced frames; rate the syllable nuclei a second of
    speech without pauses; jitter and shimmer are medians over voiced frames.

    Args:
        voice: Its acoustic contours.
        speech: Its spans of speech.

    Returns:
        Name to value. With under 0.2 s of clear voice only the pauses are measured; in
        noise, neither the rate nor the effort, loudness and regularity of the voice.
    """
    values = {"pause_share": find_pauses(tuple(speech)).share}
    voiced = clear_frames(voice.pitch) & voice.speech
    if voiced.sum() < _MIN_VOICED_FRAMES:
        return values
    hertz, level = voice.pitch.hertz[voiced], voice.level[voiced]
    low, high = np.percentile(hertz, (5, 95))
    values["pitch"] = float(np.median(hertz))
    values["pitch_range"] = float(12.0 * np.log2(high / low))
    above_noise = np.median(level) - np.percentile(voice.level, 5)
    if above_noise > _MIN_ABOVE_NOISE_DB:
        values["effort"] = float(voice.shape[_EFFORT, voiced].mean())
        values["loudness_range"] = float(np.ptp(np.percentile(level, (10, 90))))
    clear = voiced.sum() / voice.speech.sum()
    if clear > _MIN_CLEAR_FOR_RATE:
        # Noisy frames count, too: a missed syllable makes speech look slow.
        nuclei = syllable_nuclei(voice.level, voice.pitch.voiced & voice.speech)
        values["rate"] = len(nuclei) / (float(voice.speech.sum()) * FRAME_SECONDS)
    ending = final_pitch_movement(voice.pitch.restricted_to(voiced))
    if ending is not None and abs(ending) < _MAX_MOVEMENT:
        values["ending"] = ending
    if clear > _MIN_CLEAR_FOR_REGULARITY and above_noise > _MIN_ABOVE_NOISE_DB:
        values |= _regularity(voice, voiced)
    return values


def clear_frames(pitch: Pitch) -> NDArray[np.bool_]:
    """Frames with a pitch and little noise: bool [n]."""
    return pitch.voiced & (pitch.aperiodicity < _MAX_APERIODICITY)


def _regularity(voice: Contours, voiced: NDArray[np.bool_]) -> dict[str, float]:
    """Harmonicity, jitter and shimmer; in a noisy recording they measure the noise."""
    values = {
        "harmonicity": float(harmonicity(voice.pitch.aperiodicity[voiced]).mean())
    }
    known = voiced & np.isfinite(voice.jitter) & np.isfinite(voice.shimmer)
    if known.any():
        values["jitter"] = float(100.0 * np.median(voice.jitter[known]))
        values["shimmer"] = float(np.median(voice.shimmer[known]))
    return values


def compare_with_reference(
    values: Mapping[str, float],
    reference: Mapping[str, Any],
    neutral_pitch: float,
    speaker: SpeakerNorms | None = None,
) -> dict[str, Measurement]:
    """Add its typical range to each measure.

    Args:
        values: Output of `measure`.
        reference: `ranges` (name -> [low, high]), `pitch_deviation` in semitones and
            `source` in words, from the head's contract.
        neutral_pitch: Pitch in Hz of a voice like this in neutral speech.
        speaker: Statistics of a known speaker, whose pitch and shifted ranges then
            replace the population's.
    """
    ranges = reference["ranges"] | {"pitch": _pitch_range(neutral_pitch, reference)}
    speaker_ranges = _speaker_ranges(reference, speaker) if speaker else {}
    ranges |= speaker_ranges
    sources = dict.fromkeys(speaker_ranges, "this speaker's earlier clips")
    measurements = {}
    for name, value in values.items():
        low, high = ranges.get(name, (None, None))
        measurements[name] = Measurement(
            value=round(value, 3),
            unit=UNITS[name],
            low=low,
            high=high,
            baseline=sources.get(name, reference["source"] if low else ""),
        )
    return measurements


def _pitch_range(hertz: float, reference: Mapping[str, Any]) -> tuple[float, float]:
    spread = 2.0 ** (reference["pitch_deviation"] / 12.0)
    return hertz / spread, hertz * spread


def _speaker_ranges(
    reference: Mapping[str, Any], speaker: SpeakerNorms
) -> dict[str, tuple[float, float]]:
    """Typical ranges of one speaker, where they differ from the population's."""
    ranges = {"pitch": _pitch_range(speaker.pitch, reference)}
    for name, feature in _SHIFTED_BY.items():
        shift = float(speaker.offset[FEATURE_NAMES.index(feature)])
        low, high = reference["ranges"][name]
        ranges[name] = (low + shift, high + shift)
    return ranges
