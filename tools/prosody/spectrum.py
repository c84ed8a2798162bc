"""Spectral shape, frame by frame, from the shared log-mel spectrogram.

All shapes compare one band with another, so they do not depend on the recording level.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.prosody.pitch import Array

# Whisper's spectrogram is (log10(power) + 4) / 4: one unit is 40 dB.
_DECIBELS_PER_UNIT = 40.0
_COEFFICIENTS = 13

SHAPES = ("effort", "hammarberg", "centroid", "low_tilt", "tilt", "contrast", "flux")

# A frame sounds if it is less than this below the loudest frames, and lies in the upper
# part of the range between them and the background.
_MAX_BELOW_LOUDEST_DB = 30.0
_MIN_RISE, _MIN_RANGE_DB = 0.35, 10.0


@cache
def band_centres() -> Array:
    """Centre frequencies in Hz of Slaney mel bands between 0 and 8 kHz: [80]."""
    mels = np.linspace(0.0, 45.245640471924965, 82)
    hertz = np.where(
        mels < 15.0,
        mels * 200.0 / 3.0,
        1000.0 * np.exp(np.log(6.4) / 27.0 * np.maximum(mels - 15.0, 0.0)),
    )
    return np.asarray(hertz[1:-1], dtype=np.float32)


@cache
def _widths() -> Array:
    return np.asarray(np.gradient(band_centres()), dtype=np.float32)


def frame_levels(mel: Array) -> Array:
    """Level in dB of each frame of a log-mel spectrogram [80, n]: float32 [n]."""
    power = np.exp(np.float32(np.log(10.0)) * (4.0 * mel - 4.0))
    return np.asarray(10.0 * np.log10(_widths() @ power + 1e-12), dtype=np.float32)


def sounding_frames(level: Array) -> NDArray[np.bool_]:
    """Which frames are louder than the background: bool [n]; `level` in dB."""
    loudest, background = np.percentile(level, (98, 5))
    least = loudest - _MAX_BELOW_LOUDEST_DB
    if loudest - background > _MIN_RANGE_DB:
        least = max(least, background + _MIN_RISE * (loudest - background))
    return np.asarray(level > least)


def spectral_shapes(mel: Array) -> Array:
    """The `SHAPES` of each frame of a log-mel spectrogram [80, n]: float32 [7, n].

    Effort is the level of 1-5 kHz against 50-1000 Hz in dB (the alpha ratio: it grows
    with vocal effort), hammarberg the peak below against that above 2 kHz in dB,
    centroid the mean band in power, the tilts dB an octave below 1 kHz and over all,
    contrast the spread in dB over the bands, flux the change in dB from frame to frame.

    Source: Eyben et al. (2016), "The Geneva Minimalistic Acoustic Parameter Set",
    section 3, for the definitions.
    """
    centres, decibels = band_centres(), mel * _DECIBELS_PER_UNIT
    power = np.exp(
        np.float32(np.log(10.0) / 10.0) * (decibels - decibels.max(initial=0))
    )
    power = power * _widths()[:, None] + 1e-12
    below = centres < 1000.0
    above = (centres >= 1000.0) & (centres < 5000.0)
    low = centres < 2000.0
    high = (centres >= 2000.0) & (centres < 5000.0)
    octaves = np.log2(centres)
    change = np.abs(np.diff(decibels, axis=1, prepend=decibels[:, :1]))
    rows = (
        10.0 * np.log10(power[above].sum(axis=0) / power[below].sum(axis=0)),
        decibels[low].max(axis=0) - decibels[high].max(axis=0),
        (np.arange(len(power)) @ power) / power.sum(axis=0),
        _slope(octaves[below], decibels[below]),
        _slope(octaves, decibels),
        decibels.std(axis=0),
        change.mean(axis=0),
    )
    return np.stack(rows).astype(np.float32)


def cepstrum(mel: Array) -> Array:
    """Mel-frequency cepstral coefficients 1-13 of [80, n]: float32 [13, n]."""
    return (_cosine_basis(mel.shape[0]) @ mel).astype(np.float32)


@cache
def _cosine_basis(bands: int) -> Array:
    order = np.arange(1, _COEFFICIENTS + 1)[:, None]
    angle = np.pi * order * (np.arange(bands) + 0.5) / bands
    return np.asarray(np.cos(angle) * np.sqrt(2.0 / bands), dtype=np.float32)


def _slope(x: Array, y: Array) -> NDArray[np.float32]:
    centred = x - x.mean()
    return np.asarray(centred @ y / np.square(centred).sum(), dtype=np.float32)
