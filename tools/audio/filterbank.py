"""Kaldi's log-mel filterbank, the input of networks that know speakers."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip import SAMPLING_RATE

FRAME_RATE = 100
MEL_BANDS = 80

_FRAME, _SHIFT, _FFT = 400, 160, 512
_LOWEST_HERTZ = 20.0
_PREEMPHASIS = 0.97
_FLOOR = float(np.finfo(np.float32).eps)

Filterbank = NDArray[np.float32]


def filterbank(signal: NDArray[np.float32]) -> Filterbank:
    """Log-mel filterbank of a 16 kHz mono signal, as Kaldi computes it by default.

    Frames of 25 ms with Povey's window, 0.97 preemphasis, no dither.

    Args:
        signal: float32 [n] in [-1, 1].

    Returns:
        float32 [frames, 80], 100 frames a second; empty for less than 25 ms.
    """
    if len(signal) < _FRAME:
        return np.zeros((0, MEL_BANDS), dtype=np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(signal, _FRAME)[::_SHIFT]
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    windowed = (frames - _PREEMPHASIS * before) * _window()
    power = np.abs(np.fft.rfft(windowed, _FFT)[:, : _FFT // 2]) ** 2
    return np.log(np.maximum(power @ _mel_weights(), _FLOOR)).astype(np.float32)


@cache
def _window() -> NDArray[np.float32]:
    """Povey's window [400]: Hann's, to the power of 0.85."""
    window: NDArray[np.float32] = (np.hanning(_FRAME) ** 0.85).astype(np.float32)
    return window


@cache
def _mel_weights() -> NDArray[np.float32]:
    """Triangular filters [256, 80], equally wide on the mel scale."""
    edges = np.linspace(
        _mel(np.array(_LOWEST_HERTZ)), _mel(np.array(SAMPLING_RATE / 2)), MEL_BANDS + 2
    )
    bins = _mel(np.arange(_FFT // 2) * SAMPLING_RATE / _FFT)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)), np.float32)


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log1p(hertz / 700.0))
