"""The audio track: decoded once to 16 kHz mono, kept on disk, read by span."""

import tempfile
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from affectgraph.tools.clip.channels import downmix
from affectgraph.tools.clip.media import Media, Streams
from affectgraph.tools.errors import ClipTooLargeError, NotMediaError
from affectgraph.tools.evidence import Span

SAMPLING_RATE = 16_000
Signal = NDArray[np.float32]

_IN_MEMORY_BYTES = 8 << 20
_FULL_SCALE = 32768.0
# The largest sample of what counts as silence: 60 dB below full scale.
_AUDIBLE = 33
_SURROUND = {"6 channels": "5.1", "8 channels": "7.1"}
# Sound of more channels is left to FFmpeg's own downmix.
_MOST_CHANNELS = 8
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
        self._peak = 0
        self.notes: tuple[str, ...] = ()
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

    @property
    def silent(self) -> bool:
        """Nothing in it could be heard."""
        return self._peak <= _AUDIBLE

    def append(self, frame: AudioFrame) -> None:
        """Add a decoded frame, mono s16 at 16 kHz, at the end."""
        self.extend(_samples(frame).ravel())

    def extend(self, samples: NDArray[np.int16]) -> None:
        """Add samples [n] at 16 kHz at the end."""
        if len(samples):
            loudest = np.abs(samples.astype(np.int32)).max()
            self._peak = max(self._peak, int(loudest))
        self._file.seek(0, 2)
        self._file.write(samples.tobytes())
        self._samples += len(samples)


def decode(media: Media, streams: Streams) -> Sound:
    """Decode the first audio track that is not silent, or the first if all are.

    Packets that cannot be decoded are silence.

    Raises:
        ClipTooLargeError: If there is far more sound than the time stamps say.
        NotMediaError: If it is sampled too coarsely to hold a voice.
    """
    first = _decode_track(media, streams, streams.audio[0])
    for index in streams.audio[1:] if first.silent else ():
        other = _decode_track(media, streams, index)
        if not other.silent:
            silent, heard = map(sorted(streams.audio).index, (streams.audio[0], index))
            note = f"sound track {silent + 1} is silent; track {heard + 1} is heard"
            other.notes = (note, *other.notes)
            return other
    return first


def _decode_track(media: Media, streams: Streams, index: int) -> Sound:
    sound = Sound()
    with media.open() as container:
        frames = media.decoded(container, container.streams[index])
        # A stream may change its sampling rate or channels on its way.
        for kind, alike in groupby(frames, key=_kind):
            if kind.rate < _LOWEST_RATE:
                raise NotMediaError(
                    f"{media.name}: sound of {kind.rate} Hz; use {_LOWEST_RATE} or more"
                )
            start = sound.seconds
            if 1 < len(kind.channels) <= _MOST_CHANNELS:
                channels = [Sound() for _ in kind.channels]
                for part in _resampled(alike, kind.layout, media, streams, start):
                    for channel, samples in zip(channels, part, strict=True):
                        channel.extend(samples)
                _mix(sound, channels, kind.channels)
            else:
                for (samples,) in _resampled(alike, "mono", media, streams, start):
                    sound.extend(samples)
    return sound


class _Kind(NamedTuple):
    """What a resampler has to know of its frames."""

    format: str
    layout: str
    channels: tuple[str, ...]
    rate: int


def _kind(frame: AudioFrame) -> _Kind:
    layout = frame.layout
    # Six or eight channels without names are surround sound by convention.
    named = av.AudioLayout(_SURROUND.get(layout.name, layout.name))
    channels = tuple(channel.name for channel in named.channels)
    return _Kind(frame.format.name, layout.name, channels, frame.sample_rate)


def _resampled(
    frames: Iterable[Any], layout: str, media: Media, streams: Streams, start: float
) -> Iterator[NDArray[np.int16]]:
    """Samples [channels, n] at 16 kHz, with silence where frames are missing.

    Raises:
        ClipTooLargeError: If there are far more than the time stamps say.
    """
    longest = streams.reached * (1 + _DRIFT) + 1.0
    resampler = AudioResampler(format="s16p", layout=layout, rate=SAMPLING_RATE)
    count, done = resampler.layout.nb_channels, round(start * SAMPLING_RATE)
    for frame in frames:
        if frame.time is not None:
            time = min(frame.time - streams.start, streams.reached)
            gap = round(time * SAMPLING_RATE) - done
            # Under a quarter second it is the resampler's delay or a time stamp's
            # rounding.
            if gap > SAMPLING_RATE // 4:
                done += gap
                for first in range(0, gap, _BLOCK):
                    yield np.zeros((count, min(_BLOCK, gap - first)), np.int16)
        for part in resampler.resample(frame):
            done += part.samples
            yield _samples(part)
        if done > longest * SAMPLING_RATE:
            raise ClipTooLargeError(
                f"{media.name}: its sound goes on after the {streams.reached:.1f} s of "
                "its time stamps; encode it anew"
            )
    for rest in resampler.resample(None):
        yield _samples(rest)


def _samples(frame: AudioFrame) -> NDArray[np.int16]:
    return frame.to_ndarray().astype(np.int16, copy=False)


def _mix(sound: Sound, channels: Sequence[Sound], names: Sequence[str]) -> None:
    """Add several channels to a sound, as one."""

    def blocks() -> Iterator[Signal]:
        for start in np.arange(0, channels[0].seconds):
            span = Span(start=start, end=start + 1)
            yield np.stack([channel.read(span) for channel in channels])

    if not channels[0].seconds:
        return
    weights, note = downmix(names, blocks)
    for block in blocks():
        sound.extend(np.rint(weights @ block * _FULL_SCALE).astype(np.int16))
    if note and note not in sound.notes:
        sound.notes = (*sound.notes, note)


def from_array(signal: NDArray[Any], sampling_rate: int) -> Sound:
    """Sound from samples [n] or [channels, n]: floats in [-1, 1] or int16."""
    rows = np.atleast_2d(signal)
    scale = _FULL_SCALE if rows.dtype == np.int16 else 1.0
    channels = [_of_row(row, scale, sampling_rate) for row in rows]
    if len(channels) == 1:
        return channels[0]
    sound = Sound()
    _mix(sound, channels, [f"channel {n}" for n in range(len(channels))])
    return sound


def _of_row(row: NDArray[Any], scale: float, sampling_rate: int) -> Sound:
    flat = row.astype(np.float32) / scale
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
