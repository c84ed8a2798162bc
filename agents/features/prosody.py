"""Features of a voice: every 10 ms, or functionals of a clip or of windows of it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from math import ceil

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.features.affect import AFFECT, Columns, affect_columns
from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.audio.windows import split_windows
from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.emotions import mean_distribution
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Moment, Span
from affectgraph.tools.prosody import prosody
from affectgraph.tools.prosody.acoustics import FRAME_SECONDS, Contours
from affectgraph.tools.prosody.measures import measure
from affectgraph.tools.prosody.pitch import Pitch
from affectgraph.tools.prosody.quality import harmonicity
from affectgraph.tools.prosody.spectrum import SHAPES, band_centres
from affectgraph.tools.prosody.voice_features import clip_contours

# eGeMAPS counts semitones from here.
_LOWEST_NOTE = 27.5
_RMS_SECONDS = 0.025
_SILENT_POWER = 1e-12
# One unit of Whisper's spectrogram, in dB.
_MEL_DB = 40.0
_TOLERANCE = 1e-6
# The sense reads no part of a second that is shorter than this.
_REST_SECONDS = 0.5

_SHAPE_COLUMNS = {
    "alpha_ratio_dB": "effort",
    "hammarberg_dB": "hammarberg",
    "tilt_below_1kHz_dB_per_octave": "low_tilt",
    "tilt_dB_per_octave": "tilt",
    "contrast_dB": "contrast",
    "flux_dB": "flux",
}
_MEASURES = (
    *("F0_Hz", "F0_semitones", "voicing", "level_dBFS", "HNR_dB", "jitter_percent"),
    *("shimmer_dB", "centroid_Hz", *_SHAPE_COLUMNS),
    *(f"mfcc_{number}" for number in range(1, 14)),
)
_STATISTICS = ("mean", "std", "p20", "p50", "p80")
# Column of the functionals, and the measure of the sense that it holds.
_RHYTHM = {
    "F0_range_semitones": "pitch_range",
    "level_range_dB": "loudness_range",
    "syllables_per_second": "rate",
    "pause_share": "pause_share",
    "ending_semitones": "ending",
}


def _statistic_names(measure_name: str) -> tuple[str, ...]:
    return tuple(f"{measure_name}_{statistic}" for statistic in _STATISTICS)


_STATISTIC_COLUMNS = tuple(n for name in _MEASURES for n in _statistic_names(name))

FRAME_COLUMNS = ("timestamp", "speech", "voiced", *_MEASURES, *AFFECT)
FUNCTIONAL_COLUMNS = (
    *("start", "end", "speech_seconds", "voiced_share", *_RHYTHM),
    *_STATISTIC_COLUMNS,
    *AFFECT,
)


def frame_blocks(clip: Clip) -> Iterator[Columns]:
    """Measure a voice every 10 ms.

    Args:
        clip: A clip with sound.

    Yields:
        `FRAME_COLUMNS` of at most 30 s.
    """
    for window in split_windows(clip, clip.span):
        frames = _frames(clip, window)
        yield frames | _affect_at(frames["timestamp"], _moments(clip, window))


def functional_blocks(clip: Clip, seconds: float | None = None) -> Iterator[Columns]:
    """Summarise a voice over time.

    Args:
        clip: A clip with sound.
        seconds: Length of the windows, one after the other; None for the whole clip.

    Yields:
        `FUNCTIONAL_COLUMNS` of one window.
    """
    length = seconds or clip.span.seconds
    for number in range(max(1, ceil(clip.span.seconds / length - _TOLERANCE))):
        start, end = number * length, min((number + 1) * length, clip.span.end)
        window = Span(start=start, end=end)
        values = {"start": start, "end": end, **_functionals(clip, window)}
        row = {name: np.array([value], float) for name, value in values.items()}
        moments = _moments(clip, window)
        parts = [(part.distribution, part.span.seconds) for part in moments]
        yield row | affect_columns([mean_distribution(parts) if parts else None])


def _frames(clip: Clip, window: Span) -> Columns:
    """Time, speech, voicing and `_MEASURES` of a window of at most 30 s."""
    voice = _contours(clip, window)
    count, voiced = len(voice.speech), voice.pitch.voiced
    hertz = np.where(voiced, voice.pitch.hertz.astype(float), np.nan)
    harmonics = harmonicity(voice.pitch.aperiodicity).astype(float)
    shapes = dict(zip(SHAPES, voice.shape.astype(float), strict=True))
    return {
        "timestamp": window.start + np.arange(count) * FRAME_SECONDS,
        "speech": voice.speech.astype(float),
        "voiced": voiced.astype(float),
        "F0_Hz": hertz,
        "F0_semitones": 12.0 * np.log2(hertz / _LOWEST_NOTE),
        "voicing": 1.0 - voice.pitch.aperiodicity.astype(float),
        "level_dBFS": _levels(clip.audio(window), count),
        "HNR_dB": np.where(voiced, harmonics, np.nan),
        "jitter_percent": 100.0 * voice.jitter.astype(float),
        "shimmer_dB": voice.shimmer.astype(float),
        "centroid_Hz": np.interp(shapes["centroid"], np.arange(80), band_centres()),
        **{column: shapes[name] for column, name in _SHAPE_COLUMNS.items()},
        **{
            f"mfcc_{number}": _MEL_DB * row.astype(float)
            for number, row in enumerate(voice.cepstrum, 1)
        },
    }


def _contours(clip: Clip, window: Span) -> Contours:
    """Contours of a window, without the frames that begin at its end."""
    count = ceil(window.seconds / FRAME_SECONDS - _TOLERANCE)
    return clip_contours(clip, window).between(0, count)


def _levels(signal: NDArray[np.float32], count: int) -> NDArray[np.float64]:
    """Root mean square in dB of full scale, of 25 ms around every 10 ms: [count]."""
    energy = np.concatenate([[0.0], np.cumsum(np.square(signal, dtype=np.float64))])
    middle = np.arange(count) * FRAME_SECONDS
    edges = [
        np.clip(np.rint((middle + side) * SAMPLING_RATE), 0, len(signal)).astype(int)
        for side in (-_RMS_SECONDS / 2, _RMS_SECONDS / 2)
    ]
    power = (energy[edges[1]] - energy[edges[0]]) / np.maximum(edges[1] - edges[0], 1)
    return np.asarray(10.0 * np.log10(np.maximum(power, _SILENT_POWER)), float)


def _functionals(clip: Clip, span: Span) -> dict[str, float]:
    """Rhythm, and statistics over the frames with speech; NaN without speech."""
    windows = split_windows(clip, span)
    parts = [_frames(clip, window) for window in windows]
    frames = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    spoken, speech = frames["speech"] > 0.0, speech_spans(clip, span)
    values = dict.fromkeys((*_RHYTHM, *_STATISTIC_COLUMNS), np.nan)
    values["speech_seconds"] = sum(part.seconds for part in speech)
    values["voiced_share"] = frames["voiced"][spoken].mean() if spoken.any() else np.nan
    if spoken.any():
        measured = measure(_joined([_contours(clip, w) for w in windows]), speech)
        values |= {c: measured.get(name, np.nan) for c, name in _RHYTHM.items()}
    for name in _MEASURES:
        finite = frames[name][spoken & np.isfinite(frames[name])]
        if len(finite):
            percentiles = np.percentile(finite, (20, 50, 80))
            numbers = (finite.mean(), finite.std(), *percentiles)
            values |= zip(_statistic_names(name), map(float, numbers), strict=True)
    return values


def _joined(parts: Sequence[Contours]) -> Contours:
    """Contours one after the other."""
    pitch = Pitch(
        FRAME_SECONDS,
        np.concatenate([part.pitch.hertz for part in parts]),
        np.concatenate([part.pitch.aperiodicity for part in parts]),
    )
    names = ("jitter", "shimmer", "level", "shape", "cepstrum", "speech")
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts], axis=-1)
        for name in names
    }
    return Contours(pitch, **arrays)


def _moments(clip: Clip, window: Span) -> Sequence[Moment]:
    """The seconds with speech, as the prosody sense reads them; none in silence."""
    with suppress(SenseError):
        evidence = prosody.perceive(clip, window)
        return [moment for piece in evidence for moment in piece.timeline]
    return []


def _affect_at(times: NDArray[np.float64], moments: Sequence[Moment]) -> Columns:
    """Columns `AFFECT` of the second with speech in which each time lies.

    A shorter rest after the last second takes its values.
    """
    index = np.full(len(times), len(moments))
    for number, moment in enumerate(moments):
        end = moment.span.end + _REST_SECONDS
        index[(times >= moment.span.start) & (times <= end)] = number
    seconds = affect_columns([*(moment.distribution for moment in moments), None])
    return {name: values[index] for name, values in seconds.items()}
