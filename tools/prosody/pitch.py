"""Fundamental frequency by the YIN estimator, in plain numpy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

LOWEST_HZ = 65.0
HIGHEST_HZ = 600.0

# Thresholds on the normalised difference: the first dip below `_MAX_DIP` is the period
# (de Cheveigné & Kawahara recommend 0.1 to 0.15); a frame above `_MAX_APERIODICITY` has
# no period.
_MAX_DIP = 0.15
_MAX_APERIODICITY = 0.5
# Smallest amplitude of a voiced frame, relative to the loudest.
_MIN_AMPLITUDE = 0.03
_BLOCK_FRAMES = 2048


@dataclass(frozen=True)
class Pitch:
    """A pitch track.

    Attributes:
        step: Seconds between two values; the first is at 0 s.
        hertz: float32 [n], 0 where the frame has no pitch.
        aperiodicity: YIN's normalised difference at the period, roughly the share of
            the power that is not periodic: float32 [n] in [0, 1].
    """

    step: float
    hertz: Array
    aperiodicity: Array

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """Which frames have a pitch: bool [n]."""
        return self.hertz > 0.0

    def restricted_to(self, frames: NDArray[np.bool_]) -> "Pitch":
        """The same track without a pitch outside these frames, bool [n]."""
        hertz = np.where(frames, self.hertz, np.float32(0.0))
        return Pitch(self.step, hertz, self.aperiodicity)

    @property
    def semitones(self) -> Array:
        """Pitch of the voiced frames in semitones above 55 Hz (A1): float32 [v]."""
        return semitones(self.hertz[self.voiced])


def semitones(hertz: Array) -> Array:
    """Frequencies in semitones above 55 Hz (A1)."""
    return np.asarray(12.0 * np.log2(np.asarray(hertz) / 55.0), dtype=np.float32)


def yin(signal: Array, sampling_rate: int, step: float = 0.01) -> Pitch:
    """Track the pitch of a mono signal between 65 and 600 Hz.

    Source: de Cheveigné & Kawahara (2002), "YIN, a fundamental frequency estimator for
    speech and music", JASA 111, equations 6 and 8, with parabolic interpolation.
    Isolated octave jumps and isolated voiced frames are removed.

    Args:
        signal: float32 [n].
        sampling_rate: In Hz. From 16 kHz on, the signal is downsampled by two first,
            which saves work and loses no pitch.
        step: Seconds between two estimates.
    """
    if len(signal) == 0:
        empty = np.zeros(0, dtype=np.float32)
        return Pitch(step, empty, empty)
    if sampling_rate >= 16_000 and step >= 0.01:
        signal, sampling_rate = _downsample_by_two(signal), sampling_rate // 2
    longest = int(sampling_rate / LOWEST_HZ) + 2
    window = 2 * longest
    centred = np.pad(signal, (window // 2 + longest // 2,) * 2)
    frames = np.lib.stride_tricks.sliding_window_view(centred, window + longest)
    at = (np.arange(0, len(signal), step * sampling_rate)).astype(int)
    parts = [
        _periods(
            frames[at[first : first + _BLOCK_FRAMES]], window, longest, sampling_rate
        )
        for first in range(0, len(at), _BLOCK_FRAMES)
    ]
    hertz, aperiodicity, power = (np.concatenate(p) for p in zip(*parts, strict=True))
    quiet = power < _MIN_AMPLITUDE**2 * power.max(initial=0.0)
    hertz[(aperiodicity > _MAX_APERIODICITY) | quiet] = 0.0
    return Pitch(step, _remove_jumps(hertz), np.clip(aperiodicity, 0.0, 1.0))


def _downsample_by_two(signal: Array) -> Array:
    # Half-band low-pass filter (windowed sinc, 15 taps), then every other sample.
    taps = np.sinc(np.arange(-7, 8) / 2.0) * np.hamming(15)
    low = np.convolve(signal, (taps / taps.sum()).astype(np.float32), mode="same")
    return low[::2].astype(np.float32)


def _periods(
    frames: Array, window: int, longest: int, sampling_rate: int
) -> tuple[Array, Array, Array]:
    """Hertz, aperiodicity and power of each frame [n, window + longest]."""
    size = 1 << (window + longest - 1).bit_length()
    spectrum = np.fft.rfft(frames, size)
    start = np.conj(np.fft.rfft(frames[:, :window], size))
    products = np.fft.irfft(spectrum * start, size)[:, :longest]
    energy = np.cumsum(np.square(frames, dtype=np.float64), axis=1)
    shifted = energy[:, window - 1 : window - 1 + longest].copy()
    shifted[:, 1:] -= energy[:, : longest - 1]
    difference = np.maximum(shifted[:, :1] + shifted - 2.0 * products, 0.0)
    lags = np.arange(1, longest)
    mean = np.cumsum(difference[:, 1:], axis=1) / lags
    normal = np.ones_like(difference)
    normal[:, 1:] = difference[:, 1:] / np.maximum(mean, 1e-12)
    lag, depth = _first_dip(normal, int(sampling_rate / HIGHEST_HZ))
    power = shifted[:, 0] / window
    hertz = np.where(power > 1e-10, sampling_rate / lag, 0.0)
    return hertz.astype(np.float32), depth.astype(np.float32), power.astype(np.float32)


def _first_dip(
    normal: NDArray[np.float64], shortest: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Interpolated lag and value of the first deep dip of each row."""
    inner = normal[:, shortest:-1]
    valley = (inner <= normal[:, shortest - 1 : -2]) & (
        inner < normal[:, shortest + 1 :]
    )
    deep = valley & (inner < _MAX_DIP)
    first = np.where(deep.any(axis=1), deep.argmax(axis=1), inner.argmin(axis=1))
    lag = first + shortest
    rows = np.arange(len(normal))
    before, here, after = (normal[rows, lag + shift] for shift in (-1, 0, 1))
    bend = before - 2.0 * here + after
    offset = np.where(bend > 1e-12, 0.5 * (before - after) / np.maximum(bend, 1e-12), 0)
    return lag + np.clip(offset, -0.5, 0.5), here


def _remove_jumps(hertz: Array) -> Array:
    """Set frames to 0 that are far from the median of the five around them."""
    padded = np.pad(hertz, 2)
    around = np.lib.stride_tricks.sliding_window_view(padded, 5)
    voiced = np.where(around > 0.0, around, np.float32(np.nan))
    enough = (around > 0.0).sum(axis=1) >= 3
    middle = np.zeros(len(hertz), dtype=np.float32)
    middle[enough] = np.nanmedian(voiced[enough], axis=1)
    near = np.abs(hertz - middle) < 0.2 * middle
    return np.where(enough & near, hertz, 0.0).astype(np.float32)
