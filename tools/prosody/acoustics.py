"""Acoustic contours of a voice, and the features that summarise them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.prosody import pitch as pitches
from affectgraph.tools.prosody.pitch import Array, Pitch
from affectgraph.tools.prosody.quality import harmonicity, jitter_and_shimmer
from affectgraph.tools.prosody.rhythm import final_pitch_movement, syllable_nuclei
from affectgraph.tools.prosody.spectrum import (
    SHAPES,
    cepstrum,
    frame_levels,
    spectral_shapes,
)

FRAME_SECONDS = 0.01
_MIN_VOICED_FRAMES = 5


@dataclass(frozen=True)
class Contours:
    """Measurements of a voice at every 10 ms; n frames.

    Attributes:
        pitch: The pitch track.
        jitter: Cycle-to-cycle change of the period, NaN where unknown: float32 [n].
        shimmer: Cycle-to-cycle change of the peak in dB, NaN where unknown.
        level: Level in dB.
        shape: Spectral `SHAPES`, float32 [7, n].
        cepstrum: Cepstral coefficients 1-13, float32 [13, n].
        speech: Which frames the voice activity calls speech, bool [n].
    """

    pitch: Pitch
    jitter: Array
    shimmer: Array
    level: Array
    shape: Array
    cepstrum: Array
    speech: NDArray[np.bool_]

    def between(self, first: int, last: int) -> "Contours":
        """The frames from `first` to before `last`."""
        part = slice(max(first, 0), max(last, 0))
        pitch = replace(
            self.pitch,
            hertz=self.pitch.hertz[part],
            aperiodicity=self.pitch.aperiodicity[part],
        )
        return Contours(
            pitch,
            self.jitter[part],
            self.shimmer[part],
            self.level[part],
            self.shape[:, part],
            self.cepstrum[:, part],
            self.speech[part],
        )


def measure_contours(
    signal: Array,
    sampling_rate: int,
    mel: Array,
    speech: NDArray[np.bool_],
    *,
    fine: bool = False,
) -> Contours:
    """Measure a voice at every 10 ms.

    Args:
        signal: float32 [samples], mono.
        sampling_rate: In Hz.
        mel: Its Whisper log-mel spectrogram, float32 [80, n].
        speech: Which of the n frames are speech, bool [n].
        fine: Take the pitch from a track with twice the steps.
    """
    track = pitches.yin(
        signal, sampling_rate, FRAME_SECONDS / 2 if fine else FRAME_SECONDS
    )
    if fine:
        track = Pitch(FRAME_SECONDS, track.hertz[::2], track.aperiodicity[::2])
    jitter, shimmer = jitter_and_shimmer(signal, sampling_rate, track)
    n = min(mel.shape[1], len(track.hertz), len(speech))
    mel = mel[:, :n]
    whole = Contours(
        track,
        jitter,
        shimmer,
        frame_levels(mel),
        spectral_shapes(mel),
        cepstrum(mel),
        speech,
    )
    return whole.between(0, n)


def acoustic_features(voice: Contours) -> Array:
    """The acoustic features of a voice, named by `FEATURE_NAMES`: float32 [p].

    None depends on the recording level. Features that need a voiced frame are 0 without
    one.
    """
    spoken = voice.speech if voice.speech.any() else np.ones_like(voice.speech)
    voiced = voice.pitch.voiced & spoken
    if voiced.sum() < _MIN_VOICED_FRAMES:
        voiced = spoken
    parts = (
        _pitch_features(voice, spoken),
        _level_features(voice, spoken),
        _voice_features(voice),
        _statistics(voice.shape[:, voiced]),
        _statistics(voice.cepstrum[:, voiced]),
        voice.cepstrum[:, spoken].mean(axis=1),
        _mean_change(voice.cepstrum),
    )
    return np.nan_to_num(np.concatenate(parts).astype(np.float32), posinf=0, neginf=0)


_PITCH_FEATURES = (
    *("mean", "std", "p5", "p20", "p50", "p80", "p95", "range"),
    *("rise", "fall", "slope", "ending", "voiced_share", "voiced_run"),
)


def _pitch_features(voice: Contours, spoken: NDArray[np.bool_]) -> Array:
    tones = voice.pitch.semitones
    if len(tones) < _MIN_VOICED_FRAMES:
        return np.zeros(len(_PITCH_FEATURES), dtype=np.float32)
    p5, p20, p50, p80, p95 = np.percentile(tones, (5, 20, 50, 80, 95))
    at = np.flatnonzero(voice.pitch.voiced)
    steps = np.diff(tones)[np.diff(at) == 1]
    up, down = steps[steps > 0], steps[steps < 0]
    slope = np.polyfit(at * FRAME_SECONDS, tones, 1)[0]
    runs = 1 + int((np.diff(at) > 1).sum())
    return np.array(
        [
            tones.mean(),
            tones.std(),
            *(p5, p20, p50, p80, p95, p95 - p5),
            up.mean() if len(up) else 0.0,
            down.mean() if len(down) else 0.0,
            np.clip(slope, -20.0, 20.0),
            np.clip(final_pitch_movement(voice.pitch) or 0.0, -12.0, 12.0),
            voice.pitch.voiced[spoken].mean(),
            len(at) / runs * FRAME_SECONDS,
        ],
        dtype=np.float32,
    )


_LEVEL_FEATURES = (
    "std",
    "p10",
    "p50",
    "p90",
    "movement",
    "rise",
    "syllable_rate",
    "spread",
)


def _level_features(voice: Contours, spoken: NDArray[np.bool_]) -> Array:
    level = voice.level[spoken]
    p10, p50, p90, p98 = np.percentile(level, (10, 50, 90, 98))
    steps = np.diff(level) if len(level) > 1 else np.zeros(1)
    nuclei = syllable_nuclei(voice.level, voice.pitch.voiced)
    loudest = voice.level[nuclei] if len(nuclei) else np.zeros(1)
    rate = len(nuclei) / (spoken.sum() * FRAME_SECONDS)
    return np.array(
        [
            level.std(),
            *(p10 - p98, p50 - p98, p90 - p98),
            np.abs(steps).mean(),
            np.clip(steps, 0.0, None).mean(),
            rate,
            loudest.std(),
        ],
        dtype=np.float32,
    )


_VOICE_FEATURES = (
    *("harmonicity", "harmonicity_std", "harmonicity_p20"),
    *("jitter", "shimmer", "jitter_mean", "shimmer_mean"),
)


def _voice_features(voice: Contours) -> Array:
    voiced = voice.pitch.voiced
    if voiced.sum() < _MIN_VOICED_FRAMES:
        return np.zeros(len(_VOICE_FEATURES), dtype=np.float32)
    harmonic = harmonicity(voice.pitch.aperiodicity[voiced])
    jitter = voice.jitter[np.isfinite(voice.jitter)]
    shimmer = voice.shimmer[np.isfinite(voice.shimmer)]
    return np.array(
        [
            harmonic.mean(),
            harmonic.std(),
            np.percentile(harmonic, 20),
            100.0 * np.median(jitter) if len(jitter) else 0.0,
            np.median(shimmer) if len(shimmer) else 0.0,
            100.0 * jitter.mean() if len(jitter) else 0.0,
            shimmer.mean() if len(shimmer) else 0.0,
        ],
        dtype=np.float32,
    )


def _statistics(rows: Array) -> Array:
    low, high = np.percentile(rows, (20, 80), axis=1)
    return np.concatenate([rows.mean(axis=1), rows.std(axis=1), low, high])


def _mean_change(rows: Array) -> Array:
    if rows.shape[1] < 2:
        return np.zeros(len(rows), dtype=np.float32)
    return np.asarray(np.abs(np.diff(rows, axis=1)).mean(axis=1), dtype=np.float32)


def _feature_names() -> tuple[str, ...]:
    coefficients = [f"c{k}" for k in range(1, 14)]
    names = [f"pitch.{name}" for name in _PITCH_FEATURES]
    names += [f"level.{name}" for name in _LEVEL_FEATURES]
    names += [f"voice.{name}" for name in _VOICE_FEATURES]
    for rows in (SHAPES, coefficients):
        names += [f"{row}.{s}" for s in ("mean", "std", "p20", "p80") for row in rows]
    names += [f"{row}.speech" for row in coefficients]
    names += [f"{row}.movement" for row in coefficients]
    return tuple(names)


FEATURE_NAMES = _feature_names()
# Index of the median pitch, in semitones above 55 Hz.
MEDIAN_PITCH = FEATURE_NAMES.index("pitch.p50")
