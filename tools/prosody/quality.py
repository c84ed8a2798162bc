"""Voice quality: how regular the vocal folds vibrate, cycle by cycle."""

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.prosody.pitch import Array, Pitch

Numbers = NDArray[np.floating]

# A cycle's peak is searched within a fifth of the period around the expected time.
_SEARCH_SHARE = 0.2
_MARGIN_SAMPLES = 2


def harmonicity(aperiodicity: Array) -> Array:
    """Harmonics-to-noise ratio of each frame in dB, from -20 to 40.

    Source: Boersma (1993), "Accurate short-term analysis of the fundamental frequency
    and the harmonics-to-noise ratio of a sampled sound", equation 4, with one minus
    YIN's normalised difference as the autocorrelation at the period.
    """
    periodic = np.clip(1.0 - np.asarray(aperiodicity), 0.01, 0.9999)
    return np.asarray(10.0 * np.log10(periodic / (1.0 - periodic)), dtype=np.float32)


def jitter_and_shimmer(
    signal: Array, sampling_rate: int, pitch: Pitch
) -> tuple[Array, Array]:
    """Difference of neighbouring cycles of the voice, frame by frame.

    Three successive cycle peaks are located in each voiced frame, with sub-sample
    precision. The definitions are those of local jitter and shimmer (Titze 1994,
    "Principles of Voice Production"), applied to each frame.

    Args:
        signal: float32 [n].
        sampling_rate: In Hz.
        pitch: Its pitch track, [f] frames.

    Returns:
        Jitter (difference of two periods over their mean) and shimmer (difference of
        two peaks in dB), both float32 [f]; NaN in frames without three cycles.
    """
    jitter = np.full(len(pitch.hertz), np.nan, dtype=np.float32)
    shimmer = jitter.copy()
    voiced = np.flatnonzero(pitch.voiced)
    if len(voiced) == 0:
        return jitter, shimmer
    period = sampling_rate / pitch.hertz[voiced]
    width = int(3.6 * period.max()) + 4 * _MARGIN_SAMPLES
    padded = np.pad(signal, (width // 2, width))
    at = np.round(voiced * pitch.step * sampling_rate).astype(int)
    frames = np.lib.stride_tricks.sliding_window_view(padded, width)[at]
    sign = np.where(frames.max(axis=1) >= -frames.min(axis=1), 1.0, -1.0)
    frames = frames * sign[:, None].astype(np.float32)
    peaks, heights = _three_peaks(frames, period)
    first, second = np.diff(peaks, axis=0)
    valid = (heights > 1e-6).all(axis=0) & (first + second > 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = 2.0 * np.abs(second - first) / (first + second)
        jitter[voiced] = np.where(valid, change, np.nan)
        ratio = np.where(valid, heights[2] / heights[1], np.nan)
        shimmer[voiced] = np.abs(20.0 * np.log10(ratio))
    return jitter, shimmer


def _three_peaks(frames: Array, period: Numbers) -> tuple[Numbers, Numbers]:
    """Positions and heights, both [3, n], of three successive peaks of each frame."""
    index = np.arange(frames.shape[1])
    rows = np.arange(len(frames))
    low = np.full(len(frames), float(_MARGIN_SAMPLES))
    high = low + period
    positions, heights = [], []
    for _ in range(3):
        inside = (index >= low[:, None]) & (index <= high[:, None])
        peak = np.where(inside, frames, -np.inf).argmax(axis=1)
        before, here, after = (frames[rows, peak + shift] for shift in (-1, 0, 1))
        bend = before - 2.0 * here + after
        offset = np.where(
            bend < 0.0, 0.5 * (before - after) / np.minimum(bend, -1e-12), 0
        )
        offset = np.clip(offset, -0.5, 0.5)
        positions.append(peak + offset)
        heights.append(here - 0.25 * (before - after) * offset)
        low = peak + (1.0 - _SEARCH_SHARE) * period
        high = peak + (1.0 + _SEARCH_SHARE) * period
    return np.array(positions), np.array(heights)
