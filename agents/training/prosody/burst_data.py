"""Vocal bursts of the shared data layout, and made-up sounds that are no voice."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.prosody.pitch import Array

# Words for categories that are not a single word.
_WORDS = {
    "Romantic Love": "love",
    "Surprise (Negative)": "shock",
    "Surprise (Positive)": "surprise",
}
_BEAT_SECONDS = 0.25


@dataclass(frozen=True)
class BurstRecording:
    """One vocal burst.

    Attributes:
        word: The emotion that the speaker was asked to express.
        speaker: Name.
        signal: At 16 kHz.
    """

    word: str
    speaker: str
    signal: Array


def read_bursts(data: Path) -> Iterator[BurstRecording]:
    """Yield every recording of `data/bursts`, EmoGator (Buhl et al. 2023)."""
    folder = data / "bursts"
    with (folder / "bursts.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            word = _WORDS.get(row["category"], row["category"].lower())
            yield BurstRecording(
                word, row["speaker"], Clip.open(folder / row["path"]).audio()
            )


def make_background(rng: np.random.Generator, seconds: float) -> Array:
    """Make noise, hum, knocking or music at random: float32 at 16 kHz, peak 0.5."""
    count = int(seconds * SAMPLING_RATE)
    layers = [_noise(rng, count), _hum(rng, count), _knocks(rng, count)]
    layers += [_music(rng, count), _music(rng, count)]
    chosen = rng.choice(len(layers), int(rng.integers(1, 3)), replace=False)
    mixed = sum(
        layers[i] / (layers[i].std() + 1e-9) * rng.uniform(0.2, 1) for i in chosen
    )
    return np.asarray(mixed / (np.abs(mixed).max() + 1e-9) / 2, dtype=np.float32)


def _noise(rng: np.random.Generator, count: int) -> Array:
    """Coloured noise whose loudness drifts."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum *= np.arange(1, len(spectrum) + 1) ** -rng.uniform(0.0, 1.2)
    drift = np.interp(
        np.arange(count), np.linspace(0, count, 8), rng.uniform(0.3, 1.0, 8)
    )
    return np.asarray(np.fft.irfft(spectrum, count) * drift, dtype=np.float32)


def _hum(rng: np.random.Generator, count: int) -> Array:
    """A steady machine: harmonics of a fixed tone."""
    return _tone(rng, count, rng.uniform(40.0, 400.0))


def _knocks(rng: np.random.Generator, count: int) -> Array:
    """Decaying strokes at random times."""
    signal = np.zeros(count)
    for start in rng.integers(0, count, int(rng.integers(2, 20))):
        length = min(int(rng.uniform(0.01, 0.2) * SAMPLING_RATE), count - start)
        decay = np.exp(-5.0 * np.arange(length) / max(length, 1))
        signal[start : start + length] += decay * rng.standard_normal(length)
    return signal.astype(np.float32)


def _music(rng: np.random.Generator, count: int) -> Array:
    """Notes of a random scale, one or three at a time, with a beat."""
    signal = np.zeros(count)
    step = int(rng.uniform(0.5, 2.0) * _BEAT_SECONDS * SAMPLING_RATE)
    scale = rng.choice(np.array([0, 2, 4, 5, 7, 9, 11, 12, 14, 16]), 6)
    base = rng.uniform(80.0, 500.0)
    voices = int(rng.choice([1, 3]))
    for start in range(0, count, step):
        length = min(step, count - start)
        decay = np.exp(-rng.uniform(0.0, 4.0) * np.arange(length) / step)
        for note in rng.choice(scale, voices):
            tone = _tone(rng, length, base * 2.0 ** (note / 12.0))
            signal[start : start + length] += decay * tone
    return signal.astype(np.float32)


def _tone(rng: np.random.Generator, count: int, hertz: float) -> Array:
    times = np.arange(count) / SAMPLING_RATE
    harmonics = range(1, int(rng.integers(2, 9)))
    falling = rng.uniform(0.5, 2.0)
    waves = [np.sin(2 * np.pi * k * hertz * times) / k**falling for k in harmonics]
    return np.asarray(np.sum(waves, axis=0), dtype=np.float32)
