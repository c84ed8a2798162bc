"""The audio track: decoded once to 16 kHz mono, kept on disk, read by span."""

import tempfile
import threading
import weakref
from itertools import groupby
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from affectgraph.tools.clip.media import Media, Streams
from affectgraph.tools.errors import ClipTooLargeError, NotMediaError
from affectgraph.tools.evidence import Span

SAMPLING_RATE = 16_000
Signal = NDArray[np.float32]

_IN_MEMORY_BYTES = 8 << 20
_FULL_SCALE = 32768.0
_BLOCK = SAMPLING_RATE * 60

# Sound of fewer samples a second holds no voice.
_LOWEST_RATE = 4_000

# What is decoded may be longer than time stamps say, by this share and one second:
# encoders pad, and clocks drift.
_DRIFT = 0.1


class Sound:
    """Mono samples at 16 kHz.

    Short sound stays in memory; long sound lies in an unnamed temporary file that the
    system removes when the clip goes, so memory is flat however long it is.
    """

    def __init__(self) -> None:
        self._file: Any = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._samples = 0
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self._samples / SAMPLING_RATE

    def read(self, span: Span) -> Signal:
        """Samples of a span: float32 [n] in [-1, 1]; shorter where the sound ends."""
        first = min(round(span.start * SAMPLING_RATE), self._samples)
        last = min(round(span.end * SAMPLING_RATE), self._samples)
        with self._lock:
            self._file.seek(first * 2)
            raw = self._file.read((last - first) * 2)
        return np.frombuffer(raw, dtype=np.int16).astype(np.float32) / _FULL_SCALE

    def append(self, frame: AudioFrame) -> None:
        """Add a decoded frame, mono s16 at 16 kHz, at the end."""
        self._write(frame.to_ndarray().astype(np.int16, copy=False).tobytes())

    def append_silence(self, samples: int) -> None:
        """Add so many samples of silence at the end."""
        for first in range(0, samples, _BLOCK):
            self._write(bytes(2 * min(_BLOCK, samples - first)))

    def _write(self, raw: bytes) -> None:
        self._file.seek(0, 2)
        self._file.write(raw)
        self._samples += len(raw) // 2


def decode(media: Media, streams: Streams) -> Sound:
    """Decode the chosen audio track; packets that cannot be decoded are silence.

    Raises:
        ClipTooLargeError: If there is far more sound than the time stamps say.
        NotMediaError: If it is sampled too coarsely to hold a voice.
    """
    sound = Sound()
    longest = streams.reached * (1 + _DRIFT) + 1.0
    with media.open() as container:
        track = container.streams[streams.audio or 0]
        # A stream may change its sampling rate or channels on its way.
        for kind, alike in groupby(media.decoded(container, track), key=_kind):
            if kind[2] < _LOWEST_RATE:
                raise NotMediaError(
                    f"{media.name}: sound of {kind[2]} Hz; use {_LOWEST_RATE} or more"
                )
            resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLING_RATE)
            for frame in alike:
                _append(sound, resampler, frame, streams)
                if sound.seconds > longest:
                    raise ClipTooLargeError(
                        f"{media.name}: its sound goes on after the "
                        f"{streams.reached:.1f} s of its time stamps; encode it anew"
                    )
            for rest in resampler.resample(None):
                sound.append(rest)
    return sound


def _kind(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _append(
    sound: Sound, resampler: AudioResampler, frame: Any, streams: Streams
) -> None:
    if frame.time is not None:
        time = min(frame.time - streams.start, streams.reached)
        gap = round((time - sound.seconds) * SAMPLING_RATE)
        # Under a quarter second it is the resampler's delay or a time stamp's rounding.
        if gap > SAMPLING_RATE // 4:
            sound.append_silence(gap)
    for part in resampler.resample(frame):
        sound.append(part)


def from_array(signal: NDArray[Any], sampling_rate: int) -> Sound:
    """Sound from samples [n] or [channels, n]: floats in [-1, 1] or int16."""
    mono = np.atleast_2d(signal)
    scale = _FULL_SCALE if mono.dtype == np.int16 else 1.0
    flat = (mono.astype(np.float32) / scale).mean(axis=0)
    sound = Sound()
    resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLING_RATE)
    for first in range(0, len(flat), _BLOCK):
        block = np.ascontiguousarray(flat[None, first : first + _BLOCK])
        frame = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
        frame.sample_rate = sampling_rate
        for part in resampler.resample(frame):
            sound.append(part)
    for rest in resampler.resample(None):
        sound.append(rest)
    return sound
