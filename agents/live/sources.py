"""Where a live session gets frames and sound: devices, or a file at its own speed."""

import time
from collections.abc import Iterator
from importlib import util
from queue import Queue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.live.stream_buffer import FRAME_RATE
from affectgraph.tools.clip import SAMPLING_RATE, Clip, Frame
from affectgraph.tools.errors import SettingError, one_line
from affectgraph.tools.evidence import Span

_CHUNK_SECONDS = 0.1
# Sound that waits while the session is not ready for it; then the device drops it.
_MAX_CHUNKS = 100


def play_frames(clip: Clip, speed: float = 1.0) -> Iterator[Frame] | None:
    """The frames of a clip, each when its time has come; None if it has none."""
    return _paced_frames(clip, speed) if clip.has_video else None


def play_sound(clip: Clip, speed: float = 1.0) -> Iterator[NDArray[Any]] | None:
    """The sound of a clip, each 0.1 s when it has passed; None if it has none."""
    return _paced_sound(clip, speed) if clip.has_audio else None


def camera(number: int = 0) -> Iterator[NDArray[np.uint8]]:
    """The frames of a camera, uint8 [height, width, 3], RGB, until it is closed.

    Raises:
        SettingError: If there is no such camera.
    """
    import cv2

    device = cv2.VideoCapture(number)
    if not device.isOpened():
        raise SettingError(f"camera {number} cannot be opened; name another, or a file")
    return _camera_frames(device, cv2.COLOR_BGR2RGB)


def microphone() -> Iterator[NDArray[np.int16]]:
    """The sound of the default microphone: int16 [n] at 16 kHz.

    Raises:
        SettingError: If there is no microphone, or no way to read it.
    """
    if util.find_spec("sounddevice") is None:
        raise SettingError(
            "the microphone needs sounddevice; run pip install 'affectgraph[live]'"
        )
    try:
        import sounddevice

        chunks: Queue[NDArray[np.int16]] = Queue(_MAX_CHUNKS)

        def hear(samples: Any, count: int, clock: Any, status: Any) -> None:
            if not chunks.full():
                chunks.put_nowait(samples[:, 0].copy())

        stream = sounddevice.InputStream(
            samplerate=SAMPLING_RATE, channels=1, dtype="int16", callback=hear
        )
        stream.start()
    except Exception as error:  # PortAudio is missing, or there is no device
        raise SettingError(f"no microphone can be opened: {one_line(error)}") from error
    return _queued(stream, chunks)


def _paced_frames(clip: Clip, speed: float) -> Iterator[Frame]:
    started = time.monotonic()
    for frame in clip.frames(rate=FRAME_RATE):
        _sleep_until(started + frame.time / speed)
        yield frame


def _paced_sound(clip: Clip, speed: float) -> Iterator[NDArray[Any]]:
    started = time.monotonic()
    for start in np.arange(0.0, clip.span.end, _CHUNK_SECONDS):
        end = min(float(start) + _CHUNK_SECONDS, clip.span.end)
        samples = clip.audio(Span(start=float(start), end=end))
        _sleep_until(started + end / speed)
        yield samples


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def _camera_frames(device: Any, to_rgb: int) -> Iterator[NDArray[np.uint8]]:
    import cv2

    try:
        while True:
            seen, image = device.read()
            if not seen:
                return
            yield np.asarray(cv2.cvtColor(image, to_rgb), np.uint8)
    finally:
        device.release()


def _queued(
    stream: Any, chunks: "Queue[NDArray[np.int16]]"
) -> Iterator[NDArray[np.int16]]:
    try:
        while True:
            yield chunks.get()
    finally:
        stream.close()
