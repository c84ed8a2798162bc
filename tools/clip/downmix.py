"""Downmix: mix channels of sound so that none is lost, and none cancels another.

A plain mean suits a recording with two microphones. It erases sound in opposite phase,
halves a voice beside a dead channel, and buries the speech of a film, which is in the
centre channel.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Blocks = Callable[[], Iterable[Array]]

_LEVELS_PER_BLOCK = 10

# A channel is silent if it is this much quieter than the loudest one. It is hum or hiss
# if its level varies less than the first range while that of another channel varies
# more than the second.
_SILENT_DB = -40.0
_STEADY_DB, _VARIED_DB = 6.0, 15.0

# The centre of surround sound is used alone unless it is this much quieter.
_CENTRE_DB = -20.0
_CENTRE, _BASS = "FC", "LFE"

# A channel with a correlation below the first value is another one, inverted. Two
# channels with a correlation below the second at every delay up to so many samples
# (20 ms) are unrelated.
_OPPOSITE = -0.5
_UNRELATED = 0.15
_MAX_DELAY = 320


class Downmix(NamedTuple):
    """How to mix channels into one.

    Attributes:
        weights: float32 [channels].
        note: A message for the user; empty for an ordinary recording.
    """

    weights: Array
    note: str = ""


def downmix(names: Sequence[str], blocks: Blocks) -> Downmix:
    """Choose how to mix channels into one.

    Args:
        names: FFmpeg's names of the channels, such as `FL`.
        blocks: Streams the sound from its start, each time that it is called, in
            blocks float32 [channels, n] at 16 kHz.
    """
    levels = np.concatenate([_levels(block) for block in blocks()])
    loudness = np.sqrt((levels**2).mean(axis=0))
    mean = np.full(len(names), 1 / len(names), np.float32)
    if not loudness.max():
        return Downmix(mean)
    live = _live(levels, loudness)
    if len(names) > 2 and _CENTRE in names:
        centre = list(names).index(_CENTRE)
        if live[centre] and _decibels(loudness / loudness.max())[centre] > _CENTRE_DB:
            return _centre_only(centre, names, live)
    live &= (np.array(names) != _BASS) | (live.sum() == 1)
    reference = int(np.argmax(np.where(live, loudness, 0)))
    simultaneous, largest = _correlations(blocks, reference)
    signs = np.where(simultaneous < _OPPOSITE, -1, 1)
    weights = (live * signs / live.sum()).astype(np.float32)
    unrelated = live & (largest < _UNRELATED)
    return Downmix(weights, _describe(names, live, signs, bool(unrelated.any())))


def _centre_only(centre: int, names: Sequence[str], live: NDArray[np.bool_]) -> Downmix:
    weights = np.zeros(len(names), np.float32)
    weights[centre] = 1
    message = "only the centre is heard, where films have their speech"
    return Downmix(weights, _note(names, message) if live.sum() > 1 else "")


def _live(levels: Array, loudness: Array) -> NDArray[np.bool_]:
    """Which channels have more than silence, hum or hiss."""
    loud = _decibels(loudness / loudness.max()) > _SILENT_DB
    low, high = np.percentile(_decibels(levels), [10, 95], axis=0)
    steady = high - low < _STEADY_DB
    varied = loud & (high - low > _VARIED_DB)
    live: NDArray[np.bool_] = loud & ~(steady & varied.any())
    return live


def _levels(block: Array) -> Array:
    """Root mean squares of the parts of a block: float32 [parts, channels]."""
    parts = np.array_split(block, min(_LEVELS_PER_BLOCK, block.shape[1]), axis=1)
    return np.stack([np.sqrt((part**2).mean(axis=1)) for part in parts])


def _decibels(amplitude: Array) -> Array:
    decibels: Array = 20 * np.log10(np.maximum(amplitude, 1e-5))
    return decibels


def _correlations(blocks: Blocks, reference: int) -> tuple[Array, Array]:
    """Correlations of each channel with a reference: at no delay, and the largest."""
    products: list[NDArray[np.float64]] = []
    energies: list[Array] = []
    for block in blocks():
        spectrum = np.fft.rfft(block, 2 * block.shape[1])
        product = np.fft.irfft(spectrum[reference].conj() * spectrum)
        near = np.arange(-_MAX_DELAY, _MAX_DELAY + 1) % product.shape[1]
        products.append(product[:, near])
        energies.append((block**2).sum(axis=1))
    energy = np.sqrt(np.sum(energies, axis=0))
    correlation = (
        np.sum(products, axis=0) / (energy * energy[reference] + 1e-9)[:, None]
    )
    return correlation[:, _MAX_DELAY], np.abs(correlation).max(axis=1)


def _describe(
    names: Sequence[str],
    live: NDArray[np.bool_],
    signs: NDArray[np.int_],
    unrelated: bool,
) -> str:
    dead = [n for n, name in enumerate(names, 1) if not live[n - 1] and name != _BASS]
    inverted = (np.flatnonzero(live & (signs < 0)) + 1).tolist()
    messages = []
    if dead:
        messages.append(
            f"{_channels(dead)} left out, for there is only silence or a steady noise"
        )
    if inverted:
        messages.append(
            f"{_channels(inverted)} inverted, for the phase is the opposite"
        )
    if unrelated:
        messages.append("all heard together, though each may be another speaker's")
    return _note(names, "; ".join(messages)) if messages else ""


def _note(names: Sequence[str], message: str) -> str:
    return f"sound of {len(names)} channels: {message}"


def _channels(numbers: list[int]) -> str:
    return f"channel{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
