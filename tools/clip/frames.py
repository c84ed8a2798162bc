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
from affectgraph.tools.clip.media import Media, Streams
from affectgraph.tools.clip.orientation import of_frame
from affectgraph.tools.errors import ClipTooLargeError
from affectgraph.tools.evidence import Span

Image = NDArray[np.uint8]

# Frames a second that no honest film passes over its whole length.
_FASTEST = 1000
# A track is black if no more of so many key frames is brighter, of 255.
_KEY_FRAMES = 20
_DARK = 32

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
    """Frames of a video at `rate` a second.

    They have square pixels and stand upright, as a player shows them. The rate is met
    by time stamps, so a variable frame rate is honoured. Packets that cannot be decoded
    are passed over.

    Raises:
        ClipTooLargeError: If one is over the cap on pixels, whatever the container
            says; if there are more than `limits.frames`, or far more than the time
            stamps have room for.
    """
    limits = media.limits
    with media.open() as container:
        stream: Any = container.streams[streams.video[0]]
        aspect = float(stream.sample_aspect_ratio or 1)
        due, taken = span.start, 0
        if due > 0:
            _seek(container, int((streams.start + due) * 1_000_000))
        for frame in _decoded(media, container, streams):
            time = 0.0 if frame.time is None else max(frame.time - streams.start, 0.0)
            if time + _SLACK < due:
                continue
            if time > span.end:
                return
            taken += 1
            if taken > limits.frames:
                raise ClipTooLargeError(
                    f"{media.name}: more than {limits.frames} frames at {rate:g} a "
                    "second; lower the rate or raise Limits(frames=...)"
                )
            image = scaled(frame, limits.side, aspect)
            yield Frame(time, of_frame(frame).upright(image))
            while due <= time + _SLACK:
                due += 1.0 / rate


def _decoded(
    media: Media, container: InputContainer, streams: Streams
) -> Iterator[VideoFrame]:
    """Frames as they come, counted, since time stamps may hide how many there are."""
    most = round(_FASTEST * (streams.reached + 1))
    frames = media.decoded(container, container.streams[streams.video[0]])
    for number, frame in enumerate(frames):
        if number == most:
            raise ClipTooLargeError(
                f"{media.name}: more than {most} frames in {streams.reached:.1f} s, by "
                "its time stamps; encode it anew"
            )
        yield frame


def lit_first(media: Media, streams: Streams) -> tuple[Streams, tuple[str, ...]]:
    """The streams with a video track first that is not black, if there is one.

    Returns:
        The streams, and a note if the order has changed.
    """
    if len(streams.video) < 2 or not _black(media, streams.video[0]):
        return streams, ()
    lit = next((n for n in streams.video[1:] if not _black(media, n)), None)
    if lit is None:
        return streams, ()
    black, seen = map(sorted(streams.video).index, (streams.video[0], lit))
    note = f"video track {black + 1} is black; track {seen + 1} is looked at"
    order = (lit, *(n for n in streams.video if n != lit))
    return streams.model_copy(update={"video": order}), (note,)


def _black(media: Media, index: int) -> bool:
    """Nothing is to be seen in the first key frames of a track."""
    with media.open() as container:
        stream = container.streams[index]
        stream.codec_context.skip_frame = "NONKEY"
        for frame in islice(media.decoded(container, stream), _KEY_FRAMES):
            grey = frame.to_ndarray(format="gray", width=64, height=64)
            if np.percentile(grey, 99) > _DARK:
                return False
    return True


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
        yield Frame(time, scaled(picture, limits.side))
        while due <= time + _SLACK:
            due += 1.0 / rate


def scaled(frame: VideoFrame, side: int, aspect: float = 1.0) -> Image:
    """A frame as an array, no longer than `side`, its pixels made square.

    Args:
        frame: As decoded.
        side: Longest side of the result, in pixels.
        aspect: Width of a pixel over its height.

    Returns:
        uint8 [height, width, 3], RGB.
    """
    full = frame.width * aspect
    scale = min(1.0, side / max(full, frame.height))
    width = min(side, max(1, round(full * scale)))
    height = max(1, round(frame.height * scale))
    return np.asarray(
        frame.to_ndarray(format="rgb24", width=width, height=height), dtype=np.uint8
    )
