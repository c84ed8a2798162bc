"""Several channels of sound heard as one: none is lost, and none cancels another.

A plain mean is what a recording with two microphones asks for. It erases what is in
opposite phase, halves a voice beside a dead channel, and buries the speech of a film,
which is in the centre.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Blocks = Callable[[], Iterable[Array]]

# Levels are taken so often in a block.
_LEVELS = 10

# A channel is silent if it is so much quieter than the loudest, and a mere hum or hiss
# if its level hardly varies while that of another does.
_SILENT_DB = -40.0
_STEADY_DB, _VARIED_DB = 6.0, 15.0

# The centre of surround sound is heard alone unless it is so much quieter than others.
_CENTRE_DB = -20.0
_CENTRE, _BASS = "FC", "LFE"

# Correlation below which a channel is another one turned over, and below which, at any
# delay of so many samples (20 ms), the two have nothing in common.
_OPPOSITE = -0.5
_UNRELATED = 0.15
_LONGEST_DELAY = 320


class Downmix(NamedTuple):
    """How channels become one.

    Attributes:
        weights: float32 [channels].
        note: What the user should know about it; empty for an ordinary recording.
    """

    weights: Array
    note: str = ""


def downmix(names: Sequence[str], blocks: Blocks) -> Downmix:
    """How channels are best heard as one.

    Args:
        names: Of the channels, as FFmpeg has them, such as `FL`.
        blocks: Gives the sound, float32 [channels, n] at 16 kHz at a time, each time
            that it is called.
    """
    levels = np.concatenate([_levels(block) for block in blocks()])
    loudness = np.sqrt((levels**2).mean(axis=0))
    plain = np.full(len(names), 1 / len(names), np.float32)
    if not loudness.max():
        return Downmix(plain)
    live = _live(levels, loudness)
    if len(names) > 2 and _CENTRE in names:
        centre = list(names).index(_CENTRE)
        if live[centre] and _decibels(loudness / loudness.max())[centre] > _CENTRE_DB:
            return _alone(centre, names, live)
    live &= (np.array(names) != _BASS) | (live.sum() == 1)
    reference = int(np.argmax(np.where(live, loudness, 0)))
    at_once, delayed = _relations(blocks, reference)
    signs = np.where(at_once < _OPPOSITE, -1, 1)
    weights = (live * signs / live.sum()).astype(np.float32)
    unrelated = live & (delayed < _UNRELATED)
    return Downmix(weights, _note(names, live, signs, bool(unrelated.any())))


def _alone(centre: int, names: Sequence[str], live: NDArray[np.bool_]) -> Downmix:
    weights = np.zeros(len(names), np.float32)
    weights[centre] = 1
    told = "only the centre is heard, where films have their speech"
    return Downmix(weights, _named(names, told) if live.sum() > 1 else "")


def _live(levels: Array, loudness: Array) -> NDArray[np.bool_]:
    """Which channels hold more than silence, hum or hiss."""
    loud = _decibels(loudness / loudness.max()) > _SILENT_DB
    low, high = np.percentile(_decibels(levels), [10, 95], axis=0)
    steady = high - low < _STEADY_DB
    varied = loud & (high - low > _VARIED_DB)
    live: NDArray[np.bool_] = loud & ~(steady & varied.any())
    return live


def _levels(block: Array) -> Array:
    """Root mean squares of the parts of a block: float32 [parts, channels]."""
    parts = np.array_split(block, min(_LEVELS, block.shape[1]), axis=1)
    return np.stack([np.sqrt((part**2).mean(axis=1)) for part in parts])


def _decibels(amplitude: Array) -> Array:
    decibels: Array = 20 * np.log10(np.maximum(amplitude, 1e-5))
    return decibels


def _relations(blocks: Blocks, reference: int) -> tuple[Array, Array]:
    """Correlation of each channel with one: at once, and the largest at any delay."""
    products: list[NDArray[np.float64]] = []
    energies: list[Array] = []
    for block in blocks():
        spectrum = np.fft.rfft(block, 2 * block.shape[1])
        both = np.fft.irfft(spectrum[reference].conj() * spectrum)
        near = np.arange(-_LONGEST_DELAY, _LONGEST_DELAY + 1) % both.shape[1]
        products.append(both[:, near])
        energies.append((block**2).sum(axis=1))
    energy = np.sqrt(np.sum(energies, axis=0))
    correlation = (
        np.sum(products, axis=0) / (energy * energy[reference] + 1e-9)[:, None]
    )
    return correlation[:, _LONGEST_DELAY], np.abs(correlation).max(axis=1)


def _note(
    names: Sequence[str],
    live: NDArray[np.bool_],
    signs: NDArray[np.int_],
    unrelated: bool,
) -> str:
    dead = [n for n, name in enumerate(names, 1) if not live[n - 1] and name != _BASS]
    turned = (np.flatnonzero(live & (signs < 0)) + 1).tolist()
    told = []
    if dead:
        told.append(
            f"{_channels(dead)} left out, for there is only silence or a steady noise"
        )
    if turned:
        told.append(f"{_channels(turned)} inverted, for the phase is the opposite")
    if unrelated:
        told.append("all heard together, though each may be another speaker's")
    return _named(names, "; ".join(told)) if told else ""


def _named(names: Sequence[str], told: str) -> str:
    return f"sound of {len(names)} channels: {told}"


def _channels(numbers: list[int]) -> str:
    return f"channel{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
