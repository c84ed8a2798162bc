"""Labelled voice recordings of the shared data layout, and their distortion."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.prosody.pitch import Array

# Corpora that may not be used commercially; the recipe can leave them out.
NON_COMMERCIAL = ("ravdess", "nemo")

_RAVDESS = dict(
    zip(
        ("01", "02", "03", "04", "05", "06", "07", "08"),
        ["neutral", "neutral", "happy", "sad", "angry", "fear", "disgust", "surprise"],
        strict=True,
    )
)
_EMODB = {
    "W": "angry",
    "E": "disgust",
    "A": "fear",
    "F": "happy",
    "T": "sad",
    "N": "neutral",
}
_NEMO = {
    "anger": "angry",
    "fear": "fear",
    "happiness": "happy",
    "neutral": "neutral",
    "sadness": "sad",
    "surprised": "surprise",
}


@dataclass(frozen=True)
class Recording:
    """One labelled recording; names of speaker and sentence include the corpus."""

    corpus: str
    speaker: str
    sentence: str
    emotion: str
    signal: Array


def read_recordings(
    data: Path, *, without: tuple[str, ...] = ()
) -> Iterator[Recording]:
    """Yield every recording of a basic emotion in `data/speech`, without duplicates.

    Args:
        data: A folder in the shared layout.
        without: Corpora to leave out, such as `NON_COMMERCIAL`.
    """
    seen: set[bytes] = set()
    for corpus in ("ravdess", "emodb", "nemo"):
        if corpus in without:
            continue
        for file in sorted((data / "speech" / corpus).glob("*.ogg")):
            emotion, speaker, sentence = parse_name(corpus, file.stem)
            if emotion is None:
                continue
            signal = Clip.open(file).audio()
            digest = hashlib.sha256(signal.tobytes()).digest()
            if digest not in seen:
                seen.add(digest)
                yield Recording(
                    corpus, f"{corpus}{speaker}", f"{corpus}{sentence}", emotion, signal
                )


def parse_name(corpus: str, stem: str) -> tuple[str | None, str, str]:
    """Emotion (None if not a basic one), speaker and sentence of a recording's name."""
    if corpus == "ravdess":
        fields = stem.split("-")
        return _RAVDESS[fields[2]], fields[6], fields[4]
    if corpus == "emodb":
        return _EMODB.get(stem[5]), stem[:2], stem[2:5]
    speaker, emotion, sentence = stem.split("_")[:3]
    return _NEMO[emotion], speaker, sentence


def distort(signal: Array, rng: np.random.Generator) -> tuple[Array, float]:
    """Change microphone, speed, room, noise, line, loudness of a recording at random.

    Returns:
        The signal and its speed: times in it are those of the original divided by it.
    """
    if rng.random() < 0.7:
        signal = _equalize(signal, rng)
        if rng.random() < 0.2:
            signal = _compress(signal)
    speed = float(rng.uniform(0.9, 1.1))
    times = np.arange(0, len(signal) - 1, speed)
    changed = np.interp(times, np.arange(len(signal)), signal).astype(np.float32)
    if rng.random() < 0.4:
        changed = _add_reverberation(changed, rng)
    if rng.random() < 0.7:
        changed = _add_noise(changed, rng)
    if rng.random() < 0.4:
        changed = _filter_like_a_line(changed, rng)
    peak = float(np.abs(changed).max()) + 1e-9
    # One in ten is recorded too loud, so that it clips.
    gain = float(rng.uniform(1.0, 3.0)) if rng.random() < 0.1 else 1.0
    return np.clip(changed * (0.9 / peak * gain), -1.0, 1.0).astype(np.float32), speed


def _equalize(signal: Array, rng: np.random.Generator) -> Array:
    """Another microphone: the level of each band by up to 8 dB."""
    size = _next_power_of_two(len(signal))
    octaves = np.log2(np.maximum(np.fft.rfftfreq(size, 1.0 / SAMPLING_RATE), 50.0))
    bands = np.log2([50.0, 150.0, 400.0, 1000.0, 2500.0, 5000.0, 8000.0])
    decibels = np.interp(octaves, bands, rng.uniform(-8.0, 8.0, len(bands)))
    return _convolve(signal, 10.0 ** (decibels / 20.0))


def _compress(signal: Array) -> Array:
    """A coarse codec: seven bits on the mu-law curve of a telephone (ITU-T G.711)."""
    peak, curve = float(np.abs(signal).max()) + 1e-9, np.log1p(255.0)
    coded = np.sign(signal) * np.log1p(255.0 * np.abs(signal) / peak) / curve
    coded = np.round(coded * 64.0) / 64.0
    decoded = np.sign(coded) * np.expm1(np.abs(coded) * curve) / 255.0
    return np.asarray(peak * decoded, dtype=np.float32)


def _add_reverberation(signal: Array, rng: np.random.Generator) -> Array:
    reverberation = rng.uniform(0.1, 0.7)
    times = np.arange(int(reverberation * SAMPLING_RATE)) / SAMPLING_RATE
    tail = rng.standard_normal(len(times)) * 10.0 ** (-3.0 * times / reverberation)
    tail *= rng.uniform(0.1, 0.8) / (np.sqrt(np.square(tail).sum()) + 1e-9)
    tail[0] = 1.0
    return _convolve(
        signal, np.fft.rfft(tail, _next_power_of_two(len(signal) + len(tail)))
    )


def _add_noise(signal: Array, rng: np.random.Generator) -> Array:
    size = _next_power_of_two(len(signal))
    colour = np.arange(1, size // 2 + 2) ** -rng.uniform(0.0, 1.0)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(size)) * colour)[: len(signal)]
    ratio = 10.0 ** (-rng.uniform(5.0, 35.0) / 20.0)
    gain = ratio * signal.std() / (noise.std() + 1e-12)
    return np.asarray(signal + gain * noise, dtype=np.float32)


def _filter_like_a_line(signal: Array, rng: np.random.Generator) -> Array:
    size = _next_power_of_two(len(signal))
    hertz = np.fft.rfftfreq(size, 1.0 / SAMPLING_RATE)
    low, high = rng.uniform(20.0, 300.0), rng.uniform(3000.0, 7500.0)
    response = 1.0 / (1.0 + (low / np.maximum(hertz, 1.0)) ** 4)
    response = response / (1.0 + (hertz / high) ** 12)
    tilt = rng.uniform(-6.0, 6.0) * np.log2(np.maximum(hertz, 100.0) / 1000.0) / 3.0
    return _convolve(signal, response * 10.0 ** (tilt / 20.0))


def _convolve(signal: Array, response: NDArray[Any]) -> Array:
    size = 2 * (len(response) - 1)
    filtered = np.fft.irfft(np.fft.rfft(signal, size) * response, size)
    return np.asarray(filtered[: len(signal)], dtype=np.float32)


def _next_power_of_two(n: int) -> int:
    return 1 << max(n - 1, 1).bit_length()
