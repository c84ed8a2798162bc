"""Measures of a voice that a person can check, against what is usual."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.evidence import Measurement, Span
from affectgraph.tools.prosody.acoustics import FRAME, Contours
from affectgraph.tools.prosody.pitch import Pitch
from affectgraph.tools.prosody.quality import harmonicity
from affectgraph.tools.prosody.rhythm import final_movement, pauses, syllables
from affectgraph.tools.prosody.spectrum import SHAPES

# Name of each measure, and its unit.
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

_FEWEST_VOICED = 20
# A frame of less noise than this is measured; where they are fewer than this share of
# the speech, the recording is too noisy to judge the regularity of the voice.
_STEADY = 0.35
_CLEAR_SHARE = 0.3
# A larger movement in semitones within 0.4 s is an error of an octave.
_LARGEST_MOVEMENT = 9.0
_EFFORT = SHAPES.index("effort")


def measure(voice: Contours, speech: Sequence[Span]) -> dict[str, float]:
    """The measures of a stretch of voice, by the names in `UNITS`.

    Pitch is the median over voiced frames, its range the 5th to the 95th percentile;
    effort the mean level of 1-5 kHz against 50-1000 Hz; loudness range the 10th to the
    90th percentile of the level of voiced frames; rate the syllable nuclei in a second
    of speech without its pauses; jitter and shimmer medians over voiced frames.

    Args:
        voice: Its contours.
        speech: Its spans of speech.

    Returns:
        Only those that could be measured: pauses alone with under 0.2 s of clear
        voice, and no regularity of the voice where noise hides it.
    """
    found = {"pause_share": pauses(tuple(speech)).share}
    voiced = steady(voice.pitch) & voice.speech
    if voiced.sum() < _FEWEST_VOICED:
        return found
    hertz, level = voice.pitch.hertz[voiced], voice.level[voiced]
    low, high = np.percentile(hertz, (5, 95))
    found["pitch"] = float(np.median(hertz))
    found["pitch_range"] = float(12.0 * np.log2(high / low))
    found["effort"] = float(voice.shape[_EFFORT, voiced].mean())
    found["loudness_range"] = float(np.ptp(np.percentile(level, (10, 90))))
    nuclei = syllables(voice.level, voiced)
    found["rate"] = len(nuclei) / (float(voice.speech.sum()) * FRAME)
    ending = final_movement(voice.pitch.keep(voiced))
    if ending is not None and abs(ending) < _LARGEST_MOVEMENT:
        found["ending"] = ending
    if voiced.sum() > _CLEAR_SHARE * voice.speech.sum():
        found |= _regularity(voice, voiced)
    return found


def steady(pitch: Pitch) -> NDArray[np.bool_]:
    """Frames whose pitch is beyond doubt: bool [n]."""
    return pitch.voiced & (pitch.aperiodicity < _STEADY)


def _regularity(voice: Contours, voiced: NDArray[np.bool_]) -> dict[str, float]:
    """Harmonicity, jitter and shimmer; in a noisy recording these tell of the noise."""
    found = {"harmonicity": float(harmonicity(voice.pitch.aperiodicity[voiced]).mean())}
    known = voiced & np.isfinite(voice.jitter) & np.isfinite(voice.shimmer)
    if known.any():
        found["jitter"] = float(100.0 * np.median(voice.jitter[known]))
        found["shimmer"] = float(np.median(voice.shimmer[known]))
    return found


def against_reference(
    values: Mapping[str, float],
    reference: Mapping[str, Any],
    usual_pitch: float,
    *,
    known: bool = False,
) -> dict[str, Measurement]:
    """Put each measure beside its typical range.

    Args:
        values: As `measure` gives them.
        reference: `ranges` (name -> [low, high]), `pitch_deviation` in semitones and
            `source` in words, from the head's contract.
        usual_pitch: Pitch in Hz at which a voice like this usually speaks.
        known: The usual pitch comes from earlier clips of the same speaker.
    """
    spread = 2.0 ** (reference["pitch_deviation"] / 12.0)
    ranges = dict(reference["ranges"])
    ranges["pitch"] = (usual_pitch / spread, usual_pitch * spread)
    sources = {"pitch": "this speaker's earlier clips"} if known else {}
    found = {}
    for name, value in values.items():
        low, high = ranges.get(name, (None, None))
        found[name] = Measurement(
            value=round(value, 3),
            unit=UNITS[name],
            low=low,
            high=high,
            baseline=sources.get(name, reference["source"] if low else ""),
        )
    return found
