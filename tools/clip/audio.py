"""The audio track: decoded once to 16 kHz mono, buffered on disk, read by span."""

import tempfile
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby
from typing import Any, NamedTuple

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from affectgraph.tools.clip.downmix import downmix
from affectgraph.tools.clip.media import Media
from affectgraph.tools.clip.streams import Streams
from affectgraph.tools.errors import ClipTooLargeError, NotMediaError
from affectgraph.tools.evidence import Span

SAMPLING_RATE = 16_000
Signal = NDArray[np.float32]

_IN_MEMORY_BYTES = 8 << 20
_FULL_SCALE = 32768.0
# Largest sample of silence: 60 dB below full scale.
_SILENCE_PEAK = 33
_SURROUND_LAYOUTS = {"6 channels": "5.1", "8 channels": "7.1"}
# FFmpeg mixes sound of more channels.
_MAX_CHANNELS = 8
_BLOCK_SAMPLES = SAMPLING_RATE * 60

# Sound of a lower sampling rate, in Hz, cannot hold a voice.
_MIN_SAMPLING_RATE = 4_000

# Decoded sound may be longer than the time stamps say, by this share and one second:
# encoders pad, and clocks drift.
_MAX_DRIFT = 0.1


class AudioBuffer:
    """Mono samples at 16 kHz.

    Short sound stays in memory. Long sound is in an unnamed temporary file that is
    removed with the clip, so memory is flat for any length.
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
        """Whether it is inaudible."""
        return self._peak <= _SILENCE_PEAK

    def extend(self, samples: NDArray[np.int16]) -> None:
        """Add samples [n] at 16 kHz at the end."""
        if len(samples):
            peak = np.abs(samples.astype(np.int32)).max()
            self._peak = max(self._peak, int(peak))
        self._file.seek(0, 2)
        self._file.write(samples.tobytes())
        self._samples += len(samples)


def decode_audio(media: Media, streams: Streams) -> AudioBuffer:
    """Decode the first audio track that is not silent, or the first if all are silent.

    Packets that cannot be decoded become silence.

    Raises:
        ClipTooLargeError: If there is far more sound than the time stamps say.
        NotMediaError: If its sampling rate is too low for a voice.
    """
    first = _decode_track(media, streams, streams.audio[0])
    for index in streams.audio[1:] if first.silent else ():
        track = _decode_track(media, streams, index)
        if not track.silent:
            silent, used = map(sorted(streams.audio).index, (streams.audio[0], index))
            note = f"sound track {silent + 1} is silent; track {used + 1} is heard"
            track.notes = (note, *track.notes)
            return track
    return first


def _decode_track(media: Media, streams: Streams, index: int) -> AudioBuffer:
    sound = AudioBuffer()
    with media.open() as container:
        frames = media.decoded(container, container.streams[index])
        # A stream may change its sampling rate or channels midway.
        for kind, group in groupby(frames, key=_frame_format):
            if kind.rate < _MIN_SAMPLING_RATE:
                raise NotMediaError(
                    f"{media.name}: sound of {kind.rate} Hz; "
                    f"use {_MIN_SAMPLING_RATE} or more"
                )
            start = sound.seconds
            if 1 < len(kind.channels) <= _MAX_CHANNELS:
                channels = [AudioBuffer() for _ in kind.channels]
                for part in _resampled(group, kind.layout, media, streams, start):
                    for channel, samples in zip(channels, part, strict=True):
                        channel.extend(samples)
                _mix(sound, channels, kind.channels)
            else:
                for (samples,) in _resampled(group, "mono", media, streams, start):
                    sound.extend(samples)
    return sound


class _FrameFormat(NamedTuple):
    """Properties of frames that a resampler depends on."""

    format: str
    layout: str
    channels: tuple[str, ...]
    rate: int


def _frame_format(frame: AudioFrame) -> _FrameFormat:
    layout = frame.layout
    # By convention, six or eight channels without names are surround sound.
    named_layout = av.AudioLayout(_SURROUND_LAYOUTS.get(layout.name, layout.name))
    channels = tuple(channel.name for channel in named_layout.channels)
    return _FrameFormat(frame.format.name, layout.name, channels, frame.sample_rate)


def _resampled(
    frames: Iterable[Any], layout: str, media: Media, streams: Streams, start: float
) -> Iterator[NDArray[np.int16]]:
    """Samples [channels, n] at 16 kHz, with silence where frames are missing.

    Raises:
        ClipTooLargeError: If there are far more than the time stamps say.
    """
    max_seconds = streams.measured_seconds * (1 + _MAX_DRIFT) + 1.0
    resampler = AudioResampler(format="s16p", layout=layout, rate=SAMPLING_RATE)
    count, done = resampler.layout.nb_channels, round(start * SAMPLING_RATE)
    for frame in frames:
        if frame.time is not None:
            time = min(frame.time - streams.start, streams.measured_seconds)
            gap = round(time * SAMPLING_RATE) - done
            # A gap under a quarter second is the resampler's delay or a rounded time
            # stamp.
            if gap > SAMPLING_RATE // 4:
                done += gap
                for first in range(0, gap, _BLOCK_SAMPLES):
                    yield np.zeros((count, min(_BLOCK_SAMPLES, gap - first)), np.int16)
        for part in resampler.resample(frame):
            done += part.samples
            yield _samples(part)
        if done > max_seconds * SAMPLING_RATE:
            raise ClipTooLargeError(
                f"{media.name}: its sound goes on after the "
                f"{streams.measured_seconds:.1f} s of its time stamps; encode it anew"
            )
    for part in resampler.resample(None):
        yield _samples(part)


def _samples(frame: AudioFrame) -> NDArray[np.int16]:
    return frame.to_ndarray().astype(np.int16, copy=False)


def _mix(
    sound: AudioBuffer, channels: Sequence[AudioBuffer], names: Sequence[str]
) -> None:
    """Mix several channels into one, and append it to a buffer."""

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


def audio_from_array(signal: NDArray[Any], sampling_rate: int) -> AudioBuffer:
    """A buffer of samples [n] or [channels, n]: floats in [-1, 1] or int16."""
    rows = np.atleast_2d(signal)
    scale = _FULL_SCALE if rows.dtype == np.int16 else 1.0
    channels = [_resampled_row(row, scale, sampling_rate) for row in rows]
    if len(channels) == 1:
        return channels[0]
    sound = AudioBuffer()
    _mix(sound, channels, [f"channel {n}" for n in range(len(channels))])
    return sound


def _resampled_row(row: NDArray[Any], scale: float, sampling_rate: int) -> AudioBuffer:
    signal = row.astype(np.float32) / scale
    sound = AudioBuffer()
    resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLING_RATE)
    for frame in chain(_frames(signal, sampling_rate), [None]):
        for part in resampler.resample(frame):
            sound.extend(_samples(part).ravel())
    return sound


def _frames(signal: Signal, sampling_rate: int) -> Iterator[AudioFrame]:
    for first in range(0, len(signal), _BLOCK_SAMPLES):
        block = np.ascontiguousarray(signal[None, first : first + _BLOCK_SAMPLES])
        frame = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
        frame.sample_rate = sampling_rate
        yield frame
