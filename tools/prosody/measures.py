"""Measures of a voice that a person can check, against what is usual."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.evidence import Measurement, Span
from affectgraph.tools.prosody.acoustics import FRAME, PLAIN_NAMES, Contours
from affectgraph.tools.prosody.head import Usual
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
# And to count syllables: below, many are missed.
_COUNTED_SHARE = 0.5
# A larger movement in semitones within 0.4 s is an error of an octave.
_LARGEST_MOVEMENT = 9.0
_EFFORT = SHAPES.index("effort")

# Measures whose range moves with a known speaker, and the feature that tells by how
# much: those by which neutral clips come nearer to the middle.
_OWN = {
    "effort": "effort.mean",
    "rate": "level.syllable_rate",
    "harmonicity": "voice.harmonicity",
    "shimmer": "voice.shimmer",
}


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
        voice, and neither rate nor regularity of the voice where noise hides it.
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
    clear = voiced.sum() / voice.speech.sum()
    if clear > _COUNTED_SHARE:
        # Doubtful frames count: a syllable missed makes speech look slow.
        nuclei = syllables(voice.level, voice.pitch.voiced & voice.speech)
        found["rate"] = len(nuclei) / (float(voice.speech.sum()) * FRAME)
    ending = final_movement(voice.pitch.keep(voiced))
    if ending is not None and abs(ending) < _LARGEST_MOVEMENT:
        found["ending"] = ending
    if clear > _CLEAR_SHARE:
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
    alike: float,
    speaker: Usual | None = None,
) -> dict[str, Measurement]:
    """Put each measure beside its typical range.

    Args:
        values: As `measure` gives them.
        reference: `ranges` (name -> [low, high]), `pitch_deviation` in semitones and
            `source` in words, from the head's contract.
        alike: Pitch in Hz at which a voice like this usually speaks.
        speaker: If known; the usual pitch is theirs then, and so are the ranges of
            `_OWN`.
    """
    ranges = reference["ranges"] | {"pitch": _around(alike, reference)}
    own = {} if speaker is None else _moved(reference, speaker)
    ranges |= own
    sources = dict.fromkeys(own, "this speaker's earlier clips")
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


def _around(hertz: float, reference: Mapping[str, Any]) -> tuple[float, float]:
    spread = 2.0 ** (reference["pitch_deviation"] / 12.0)
    return hertz / spread, hertz * spread


def _moved(
    reference: Mapping[str, Any], speaker: Usual
) -> dict[str, tuple[float, float]]:
    """The ranges of one speaker, as far as they are known."""
    found = {"pitch": _around(speaker.pitch, reference)}
    for name, feature in _OWN.items():
        by = float(speaker.offset[PLAIN_NAMES.index(feature)])
        low, high = reference["ranges"][name]
        found[name] = (low + by, high + by)
    return found
