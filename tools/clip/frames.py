"""Frames, streamed at a chosen rate: upright, RGB, never all in memory at once."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from affectgraph.tools.clip.limits import Limits
from affectgraph.tools.clip.media import Media
from affectgraph.tools.clip.orientation import frame_orientation
from affectgraph.tools.clip.streams import Streams
from affectgraph.tools.errors import ClipTooLargeError
from affectgraph.tools.evidence import Span

Image = NDArray[np.uint8]

# No valid video has a higher mean frame rate.
_MAX_FRAME_RATE = 1000
# A track is black if its first key frames are no brighter than this, of 255.
_KEY_FRAMES = 20
_MAX_BLACK = 32

# Tolerance of time stamps, in seconds.
_TIME_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Frame:
    """One image.

    Attributes:
        time: Seconds from the start of the clip.
        image: uint8 [height, width, 3], RGB, upright.
    """

    time: float
    image: Image


def media_frames(
    media: Media, streams: Streams, span: Span, rate: float
) -> Iterator[Frame]:
    """Frames of a video at `rate` per second.

    They have square pixels and are upright, as a player shows them. Frames are chosen
    by their time stamps, so a variable frame rate is respected. Packets that cannot be
    decoded are skipped.

    Raises:
        ClipTooLargeError: If a frame is over the limit on pixels, whatever the
            container says; if there are more frames than `limits.frames`, or far more
            than the time stamps allow.
    """
    limits = media.limits
    with media.open() as container:
        stream: Any = container.streams[streams.video[0]]
        aspect = float(stream.sample_aspect_ratio or 1)
        next_time, count = span.start, 0
        if next_time > 0:
            _seek(container, int((streams.start + next_time) * 1_000_000))
        for frame in _decode_counted(media, container, streams):
            time = 0.0 if frame.time is None else max(frame.time - streams.start, 0.0)
            if time + _TIME_TOLERANCE < next_time:
                continue
            if time > span.end:
                return
            count += 1
            if count > limits.frames:
                raise ClipTooLargeError(
                    f"{media.name}: more than {limits.frames} frames at {rate:g} a "
                    "second; lower the rate or raise Limits(frames=...)"
                )
            image = scaled(frame, limits.side, aspect)
            yield Frame(time, frame_orientation(frame).apply(image))
            while next_time <= time + _TIME_TOLERANCE:
                next_time += 1.0 / rate


def _decode_counted(
    media: Media, container: InputContainer, streams: Streams
) -> Iterator[VideoFrame]:
    """All frames, with a limit on their number: time stamps may be wrong."""
    max_frames = round(_MAX_FRAME_RATE * (streams.measured_seconds + 1))
    frames = media.decoded(container, container.streams[streams.video[0]])
    for number, frame in enumerate(frames):
        if number == max_frames:
            raise ClipTooLargeError(
                f"{media.name}: more than {max_frames} frames in "
                f"{streams.measured_seconds:.1f} s, by its time stamps; encode it anew"
            )
        yield frame


def choose_video_track(
    media: Media, streams: Streams
) -> tuple[Streams, tuple[str, ...]]:
    """Put the first video track that is not black in front, if there is one.

    Returns:
        The streams, and a note if the order has changed.
    """
    if len(streams.video) < 2 or not _is_black(media, streams.video[0]):
        return streams, ()
    visible = next((n for n in streams.video[1:] if not _is_black(media, n)), None)
    if visible is None:
        return streams, ()
    black, used = map(sorted(streams.video).index, (streams.video[0], visible))
    note = f"video track {black + 1} is black; track {used + 1} is looked at"
    order = (visible, *(n for n in streams.video if n != visible))
    return streams.model_copy(update={"video": order}), (note,)


def _is_black(media: Media, index: int) -> bool:
    """Whether the first key frames of a track are black."""
    with media.open() as container:
        stream = container.streams[index]
        stream.codec_context.skip_frame = "NONKEY"
        for frame in islice(media.decoded(container, stream), _KEY_FRAMES):
            grey = frame.to_ndarray(format="gray", width=64, height=64)
            if np.percentile(grey, 99) > _MAX_BLACK:
                return False
    return True


def _seek(container: InputContainer, microseconds: int) -> None:
    try:
        container.seek(microseconds)
    except FFmpegError:
        # There is no key frame before that time, or the file cannot seek.
        with suppress(FFmpegError):
            container.seek(microseconds, backward=False)


def array_frames(
    images: Image, frame_rate: float, span: Span, rate: float, limits: Limits
) -> Iterator[Frame]:
    """Frames of an array uint8 [n, height, width, 3] recorded at `frame_rate`."""
    next_time = span.start if len(images) > 1 else 0.0
    for number, image in enumerate(images):
        time = number / frame_rate
        if time + _TIME_TOLERANCE < next_time:
            continue
        if time > span.end:
            return
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        yield Frame(time, scaled(frame, limits.side))
        while next_time <= time + _TIME_TOLERANCE:
            next_time += 1.0 / rate


def scaled(frame: VideoFrame, side: int, aspect: float = 1.0) -> Image:
    """A frame as an array with square pixels and no side longer than `side`.

    Args:
        frame: The decoded frame.
        side: Maximum length of a side of the result, in pixels.
        aspect: Width of a pixel over its height.

    Returns:
        uint8 [height, width, 3], RGB.
    """
    display_width = frame.width * aspect
    scale = min(1.0, side / max(display_width, frame.height))
    width = min(side, max(1, round(display_width * scale)))
    height = max(1, round(frame.height * scale))
    return np.asarray(
        frame.to_ndarray(format="rgb24", width=width, height=height), dtype=np.uint8
    )
