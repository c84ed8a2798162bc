"""Perturbations of a voice: pitch, tempo, noise, room and codec.

All take mono samples, float32 [n] in [-1, 1] at 16 kHz. Pitch and tempo carry emotion
themselves, so their ranges are narrow.
"""

import io
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.augment.perturbation import Perturbation, Rng

RATE = 16_000
Samples = NDArray[np.float32]

_SEMITONES = 2.0
_TEMPO = 0.15
_CLEAN_DB, _NOISY_DB = 40.0, 5.0
_SMALL_ROOM, _LARGE_ROOM = 0.1, 0.8
_GOOD_KBIT, _POOR_KBIT = 32.0, 6.0
_OPUS_RATE = 48_000


def pitch(voice: Samples, strength: float, chance: Rng) -> tuple[Samples, str]:
    """Raise or lower the voice by up to two semitones, at the same tempo."""
    semitones = _SEMITONES * strength * chance.choice([-1, 1])
    ratio = 2 ** (semitones / 12)
    filters = f"asetrate={round(RATE * ratio)},aresample={RATE},atempo={1 / ratio:.6f}"
    return _fitted(_filtered(voice, filters), len(voice)), f"{semitones:+.2f} semitones"


def tempo(voice: Samples, strength: float, chance: Rng) -> tuple[Samples, str]:
    """Speak faster or slower by up to 15%, at the same pitch."""
    ratio = 1 + _TEMPO * strength * float(chance.choice([-1, 1]))
    changed = _filtered(voice, f"atempo={ratio:.6f}")
    return _fitted(changed, round(len(voice) / ratio)), f"tempo x {ratio:.3f}"


def noise(voice: Samples, strength: float, chance: Rng) -> tuple[Samples, str]:
    """Add noise between white and brown, from 40 down to 5 dB below the voice."""
    decibels = _CLEAN_DB + (_NOISY_DB - _CLEAN_DB) * strength
    spectrum = np.fft.rfft(chance.standard_normal(len(voice)))
    slope = chance.uniform(0, 1)
    spectrum /= np.maximum(np.arange(len(spectrum)), 1) ** slope
    added = np.fft.irfft(spectrum, len(voice))
    level = _level(voice) / max(_level(added), 1e-12) * 10 ** (-decibels / 20)
    return _bounded(voice + level * added), f"noise at {decibels:.0f} dB"


def room(voice: Samples, strength: float, chance: Rng) -> tuple[Samples, str]:
    """Put the voice into a room that rings for 0.1 to 0.8 s (reverberation time)."""
    seconds = _SMALL_ROOM + (_LARGE_ROOM - _SMALL_ROOM) * strength
    time = np.arange(round(seconds * RATE)) / RATE
    # A thousandth of the amplitude, 60 dB less, when the time is over.
    ringing = chance.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    ringing *= strength / max(float(np.linalg.norm(ringing)), 1e-12)
    ringing[0] += 1.0
    size = 1 << (len(voice) + len(ringing) - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(voice, size) * np.fft.rfft(ringing, size), size)
    wet = wet[: len(voice)] * _level(voice) / max(_level(wet[: len(voice)]), 1e-12)
    return _bounded(wet), f"room of {seconds:.2f} s"


def codec(voice: Samples, strength: float, chance: Rng) -> tuple[Samples, str]:
    """Send the voice through Opus, from 32 down to 6 kbit/s."""
    kbit = round(_GOOD_KBIT + (_POOR_KBIT - _GOOD_KBIT) * strength)
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=_OPUS_RATE, layout="mono")
        stream.bit_rate = kbit * 1000
        resampler = av.AudioResampler(format="flt", layout="mono", rate=_OPUS_RATE)
        # What a packet holds and more, so that a voice of a few samples fills one.
        padded = np.pad(voice, (0, RATE // 10))
        for frame in [*resampler.resample(_frame(padded)), *resampler.resample(None)]:
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as container:
        heard = _collected(container.decode(audio=0))
    return _fitted(heard, len(voice)), f"Opus at {kbit} kbit/s"


VOICE = {
    change.__name__: Perturbation(change.__name__, change)
    for change in (pitch, tempo, noise, room, codec)
}


def _filtered(voice: Samples, filters: str) -> Samples:
    """The voice through a chain of FFmpeg's filters."""
    graph = av.filter.Graph()
    nodes: list[Any] = [
        graph.add_abuffer(sample_rate=RATE, format="flt", layout="mono", time_base=None)
    ]
    for written in filters.split(","):
        name, _, value = written.partition("=")
        nodes.append(graph.add(name, value))
    nodes.append(graph.add("abuffersink"))
    graph.link_nodes(*nodes).configure()
    graph.push(_frame(voice))
    graph.push(None)
    frames = []
    while True:
        try:
            frames.append(graph.pull())
        except (av.EOFError, av.BlockingIOError):
            return _collected(frames)


def _frame(voice: Samples) -> av.AudioFrame:
    samples = np.ascontiguousarray(voice[None], dtype=np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
    frame.sample_rate, frame.pts = RATE, 0
    return frame


def _collected(frames: Any) -> Samples:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    parts = [part for frame in frames for part in resampler.resample(frame)]
    parts += resampler.resample(None)
    blocks = [part.to_ndarray().ravel() for part in parts]
    joined: Samples = np.concatenate(blocks or [np.zeros(0)]).astype(np.float32)
    return joined


def _fitted(voice: Samples, length: int) -> Samples:
    """Cut, or filled with silence, to this length."""
    return _bounded(np.pad(voice[:length], (0, max(0, length - len(voice)))))


def _bounded(voice: NDArray[Any]) -> Samples:
    bounded: Samples = np.clip(voice, -1.0, 1.0).astype(np.float32)
    return bounded


def _level(voice: NDArray[Any]) -> float:
    return float(np.sqrt(np.mean(np.square(voice, dtype=np.float64))))
