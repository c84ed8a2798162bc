"""What a stream has brought lately, in bounded memory: the oldest is dropped."""

import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from affectgraph.tools.clip import SAMPLING_RATE, Frame, Limits
from affectgraph.tools.clip.arrays import as_images, as_sound
from affectgraph.tools.clip.audio import Signal
from affectgraph.tools.clip.frames import scaled
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line
from affectgraph.tools.evidence import Span

# As many a second as the sense of faces looks at.
FRAME_RATE = 5.0
_MAX_FRAMES = 75
_MAX_SOUND_SECONDS = 60.0
_SIDE = 640
_FULL_SCALE = 32768.0
# A time stamp may be this much early, in seconds.
_TOLERANCE = 0.01

Frames = Iterable[Frame | NDArray[Any]]
Sound = Iterable[NDArray[Any]]


class StreamBuffer:
    """Frames and sound, as threads bring them, on one time axis.

    The clock is that of the sound; without sound, that of the frames.

    Attributes:
        dropped_frames: Frames that nobody had looked at when they were dropped.
        dropped_seconds: Sound that was dropped in the same way.
    """

    def __init__(self, frames: Frames | None, sound: Sound | None) -> None:
        """Begin to read both; each ends with its iterable."""
        self.dropped_frames = 0
        self.dropped_seconds = 0.0
        self.has_sound = sound is not None
        self._frames: deque[Frame] = deque()
        self._chunks: deque[Signal] = deque()
        self._sound_start = self._sound_end = self._used_until = 0.0
        self._arrivals: deque[tuple[float, float]] = deque(maxlen=1_000)
        self._problem = ""
        self._changed = threading.Condition()
        self._reading = 0
        for source, add in ((frames, self.add_frame), (sound, self.add_sound)):
            if source is not None:
                self._reading += 1
                reader = threading.Thread(
                    target=self._read, args=(source, add), daemon=True
                )
                reader.start()

    @property
    def seconds(self) -> float:
        """The time of the stream."""
        if self.has_sound:
            return self._sound_end
        return self._frames[-1].time if self._frames else self._used_until

    def add_frame(self, frame: Frame | NDArray[Any]) -> None:
        """Add a frame; one without a time is of now.

        Frames beyond five a second are left out.
        """
        if not isinstance(frame, Frame):
            frame = Frame(self._now(), np.asarray(frame))
        with self._changed:
            latest = self._frames[-1].time if self._frames else -1.0
        if frame.time - latest < 1.0 / FRAME_RATE - _TOLERANCE:
            return
        (image,) = as_images(frame.image, "frames", FRAME_RATE, Limits())[:1]
        small = scaled(
            VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24"), _SIDE
        )
        with self._changed:
            self._frames.append(Frame(frame.time, small))
            if len(self._frames) > _MAX_FRAMES:
                self.dropped_frames += self._frames.popleft().time >= self._used_until
            if not self.has_sound:
                self._arrivals.append((frame.time, time.monotonic()))
            self._changed.notify_all()

    def add_sound(self, samples: NDArray[Any]) -> None:
        """Add mono sound at 16 kHz: int16, or float in [-1, 1], [n]."""
        if np.size(samples) == 0:
            return
        sound = as_sound(np.asarray(samples), "sound", SAMPLING_RATE, Limits())
        chunk = sound.mean(axis=0, dtype=np.float32)
        if sound.dtype == np.int16:
            chunk = chunk / np.float32(_FULL_SCALE)
        with self._changed:
            self._chunks.append(chunk)
            self._sound_end += len(chunk) / SAMPLING_RATE
            while self._sound_end - self._sound_start > _MAX_SOUND_SECONDS:
                start = self._sound_start
                self._drop_chunk()
                self.dropped_seconds += max(
                    0.0, self._sound_start - max(start, self._used_until)
                )
            self._arrivals.append((self._sound_end, time.monotonic()))
            self._changed.notify_all()

    def wait(self, until: float) -> tuple[float, bool]:
        """Wait until the stream has reached a time, or has ended.

        Returns:
            The time of the stream, and whether it has ended.

        Raises:
            AffectgraphError: If a source failed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.seconds >= until or not self._reading)
            if self._problem:
                raise SettingError(self._problem)
            return self.seconds, not self._reading

    def frames(self, span: Span) -> list[Frame]:
        """The frames of a span."""
        with self._changed:
            return [f for f in self._frames if span.start <= f.time <= span.end]

    def audio(self, span: Span) -> Signal:
        """The sound of a span: float32 [n] at 16 kHz."""
        with self._changed:
            if not self._chunks:
                return np.zeros(0, np.float32)
            sound, start = np.concatenate(self._chunks), self._sound_start
        first = round((max(span.start, start) - start) * SAMPLING_RATE)
        return sound[first : round((span.end - start) * SAMPLING_RATE)]

    def discard(self, before: float) -> None:
        """Forget what is before a time."""
        with self._changed:
            self._used_until = max(self._used_until, before)
            while self._frames and self._frames[0].time < before:
                self._frames.popleft()
            while (
                self._chunks
                and self._sound_start + len(self._chunks[0]) / SAMPLING_RATE <= before
            ):
                self._drop_chunk()

    def seconds_since(self, moment: float) -> float:
        """Seconds since a moment of the stream arrived."""
        with self._changed:
            later = (clock for end, clock in self._arrivals if end >= moment)
            return time.monotonic() - next(later, time.monotonic())

    def _now(self) -> float:
        """The time of the stream at this instant."""
        with self._changed:
            if not self._arrivals:
                return 0.0
            end, clock = self._arrivals[-1]
            return end + time.monotonic() - clock

    def _drop_chunk(self) -> None:
        self._sound_start += len(self._chunks.popleft()) / SAMPLING_RATE

    def _read(self, source: Iterable[Any], add: Any) -> None:
        try:
            for part in source:
                add(part)
        except AffectgraphError as error:
            self._problem = one_line(error)
        except Exception as error:  # a device may raise anything
            self._problem = f"the stream failed: {one_line(error)}"
        with self._changed:
            self._reading -= 1
            self._changed.notify_all()
