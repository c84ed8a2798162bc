"""Frames, streamed at a chosen rate: upright, RGB, never all in memory at once."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from affectgraph.tools.clip.limits import Limits
from affectgraph.tools.clip.media import Media, Streams
from affectgraph.tools.errors import ClipTooLargeError
from affectgraph.tools.evidence import Span

Image = NDArray[np.uint8]

# Frames a second that no honest film passes over its whole length.
_FASTEST = 1000

# A frame counts for a moment that it misses by less than this many seconds.
_SLACK = 1e-3


@dataclass(frozen=True)
class Frame:
    """One picture.

    Attributes:
        time: Seconds from the start of the clip.
        image: uint8 [height, width, 3], RGB, upright.
    """

    time: float
    image: Image


def media_frames(
    media: Media, streams: Streams, span: Span, rate: float
) -> Iterator[Frame]:
    """Frames of a video at `rate` a second; the one frame of an image.

    The rate is met by time stamps, so a variable frame rate is honoured. Packets that
    cannot be decoded are passed over.

    Raises:
        ClipTooLargeError: If one is over the cap on pixels, whatever the container
            says; if there are more than `limits.frames`, or far more than the time
            stamps have room for.
    """
    limits = media.limits
    with media.open() as container:
        due, taken = 0.0 if streams.still else span.start, 0
        if due > 0:
            _seek(container, int((streams.start + due) * 1_000_000))
        for frame in _decoded(media, container, streams):
            time = 0.0 if frame.time is None else max(frame.time - streams.start, 0.0)
            if time + _SLACK < due:
                continue
            if time > span.end and not streams.still:
                return
            taken += 1
            if taken > limits.frames:
                raise ClipTooLargeError(
                    f"{media.name}: more than {limits.frames} frames at {rate:g} a "
                    "second; lower the rate or raise Limits(frames=...)"
                )
            yield Frame(time, _upright(frame, limits.side))
            if streams.still:
                return
            while due <= time + _SLACK:
                due += 1.0 / rate


def _decoded(
    media: Media, container: InputContainer, streams: Streams
) -> Iterator[VideoFrame]:
    """Frames as they come, counted, since time stamps may hide how many there are."""
    most = round(_FASTEST * (streams.reached + 1))
    frames = media.decoded(container, container.streams[streams.video or 0])
    for number, frame in enumerate(frames):
        if number == most:
            raise ClipTooLargeError(
                f"{media.name}: more than {most} frames in {streams.reached:.1f} s, by "
                "its time stamps; encode it anew"
            )
        yield frame


def _seek(container: InputContainer, microseconds: int) -> None:
    try:
        container.seek(microseconds)
    except FFmpegError:
        # There is no key frame before that moment, or no way to seek at all.
        with suppress(FFmpegError):
            container.seek(microseconds, backward=False)


def array_frames(
    images: Image, frame_rate: float, span: Span, rate: float, limits: Limits
) -> Iterator[Frame]:
    """Frames of an array uint8 [n, height, width, 3] recorded at `frame_rate`."""
    due = span.start if len(images) > 1 else 0.0
    for number, image in enumerate(images):
        time = number / frame_rate
        if time + _SLACK < due:
            continue
        if time > span.end:
            return
        picture = VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        yield Frame(time, _upright(picture, limits.side))
        while due <= time + _SLACK:
            due += 1.0 / rate


def _upright(frame: VideoFrame, side: int) -> Image:
    scale = min(1.0, side / max(frame.width, frame.height))
    width = max(1, round(frame.width * scale))
    height = max(1, round(frame.height * scale))
    image: Image = np.asarray(
        frame.to_ndarray(format="rgb24", width=width, height=height), dtype=np.uint8
    )
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image
