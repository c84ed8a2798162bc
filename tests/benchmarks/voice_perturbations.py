"""Perturbations of a voice: pitch, tempo, noise, room and codec.

All take mono samples, float32 [n] in [-1, 1] at 16 kHz. Pitch and tempo carry emotion
themselves, so their ranges are narrow.
"""

import io
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from perturbation import Perturbation, Rng

RATE = 16_000
Samples = NDArray[np.float32]

# Values at strength 1, or at strengths 0 and 1.
_MAX_SEMITONES = 2.0
_MAX_TEMPO_CHANGE = 0.15
_MAX_SNR_DB, _MIN_SNR_DB = 40.0, 5.0
_MIN_REVERBERATION, _MAX_REVERBERATION = 0.1, 0.8
_MAX_KBIT, _MIN_KBIT = 32.0, 6.0
_OPUS_RATE = 48_000


def pitch(voice: Samples, strength: float, rng: Rng) -> tuple[Samples, str]:
    """Raise or lower the pitch by up to two semitones, at the same tempo."""
    semitones = _MAX_SEMITONES * strength * rng.choice([-1, 1])
    ratio = 2 ** (semitones / 12)
    filters = f"asetrate={round(RATE * ratio)},aresample={RATE},atempo={1 / ratio:.6f}"
    return _fit_length(
        _apply_filters(voice, filters), len(voice)
    ), f"{semitones:+.2f} semitones"


def tempo(voice: Samples, strength: float, rng: Rng) -> tuple[Samples, str]:
    """Speak faster or slower by up to 15%, at the same pitch."""
    ratio = 1 + _MAX_TEMPO_CHANGE * strength * float(rng.choice([-1, 1]))
    changed = _apply_filters(voice, f"atempo={ratio:.6f}")
    return _fit_length(changed, round(len(voice) / ratio)), f"tempo x {ratio:.3f}"


def noise(voice: Samples, strength: float, rng: Rng) -> tuple[Samples, str]:
    """Add noise between white and brown, from 40 down to 5 dB below the voice."""
    decibels = _MAX_SNR_DB + (_MIN_SNR_DB - _MAX_SNR_DB) * strength
    spectrum = np.fft.rfft(rng.standard_normal(len(voice)))
    slope = rng.uniform(0, 1)
    spectrum /= np.maximum(np.arange(len(spectrum)), 1) ** slope
    added = np.fft.irfft(spectrum, len(voice))
    level = _rms(voice) / max(_rms(added), 1e-12) * 10 ** (-decibels / 20)
    return _limit_amplitude(voice + level * added), f"noise at {decibels:.0f} dB"


def room(voice: Samples, strength: float, rng: Rng) -> tuple[Samples, str]:
    """Add the reverberation of a room, with a reverberation time of 0.1 to 0.8 s."""
    seconds = _MIN_REVERBERATION + (_MAX_REVERBERATION - _MIN_REVERBERATION) * strength
    time = np.arange(round(seconds * RATE)) / RATE
    # The amplitude falls by 60 dB, to a thousandth, within the reverberation time.
    impulse = rng.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    impulse *= strength / max(float(np.linalg.norm(impulse)), 1e-12)
    impulse[0] += 1.0
    size = 1 << (len(voice) + len(impulse) - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(voice, size) * np.fft.rfft(impulse, size), size)
    wet = wet[: len(voice)] * _rms(voice) / max(_rms(wet[: len(voice)]), 1e-12)
    return _limit_amplitude(wet), f"room of {seconds:.2f} s"


def codec(voice: Samples, strength: float, rng: Rng) -> tuple[Samples, str]:
    """Compress the voice with Opus, at 32 down to 6 kbit/s."""
    kbit = round(_MAX_KBIT + (_MIN_KBIT - _MAX_KBIT) * strength)
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=_OPUS_RATE, layout="mono")
        stream.bit_rate = kbit * 1000
        resampler = av.AudioResampler(format="flt", layout="mono", rate=_OPUS_RATE)
        # Longer than a packet, so that even a voice of a few samples fills one.
        padded = np.pad(voice, (0, RATE // 10))
        for frame in [*resampler.resample(_frame(padded)), *resampler.resample(None)]:
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as container:
        decoded = _join_frames(container.decode(audio=0))
    return _fit_length(decoded, len(voice)), f"Opus at {kbit} kbit/s"


VOICE = {
    change.__name__: Perturbation(change.__name__, change)
    for change in (pitch, tempo, noise, room, codec)
}


def _apply_filters(voice: Samples, filters: str) -> Samples:
    """Apply a comma-separated chain of FFmpeg filters."""
    graph = av.filter.Graph()
    nodes: list[Any] = [
        graph.add_abuffer(sample_rate=RATE, format="flt", layout="mono", time_base=None)
    ]
    for filter_spec in filters.split(","):
        name, _, value = filter_spec.partition("=")
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
            return _join_frames(frames)


def _frame(voice: Samples) -> av.AudioFrame:
    samples = np.ascontiguousarray(voice[None], dtype=np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
    frame.sample_rate, frame.pts = RATE, 0
    return frame


def _join_frames(frames: Any) -> Samples:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    parts = [part for frame in frames for part in resampler.resample(frame)]
    parts += resampler.resample(None)
    blocks = [part.to_ndarray().ravel() for part in parts]
    joined: Samples = np.concatenate(blocks or [np.zeros(0)]).astype(np.float32)
    return joined


def _fit_length(voice: Samples, length: int) -> Samples:
    """Cut or pad with silence to this length."""
    return _limit_amplitude(np.pad(voice[:length], (0, max(0, length - len(voice)))))


def _limit_amplitude(voice: NDArray[Any]) -> Samples:
    clipped: Samples = np.clip(voice, -1.0, 1.0).astype(np.float32)
    return clipped


def _rms(voice: NDArray[Any]) -> float:
    return float(np.sqrt(np.mean(np.square(voice, dtype=np.float64))))
