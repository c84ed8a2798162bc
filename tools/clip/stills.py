"""The one picture of a still, be it put together of tiles."""

from collections.abc import Iterator
from contextlib import suppress
from typing import cast

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from affectgraph.tools.clip.frames import Frame, scaled
from affectgraph.tools.clip.heif import HeifPicture
from affectgraph.tools.clip.media import Media, Streams
from affectgraph.tools.errors import NotMediaError


def still_frame(media: Media, streams: Streams) -> Frame | None:
    """The picture of a still, at 0 s; None if nothing of it can be decoded.

    Raises:
        ClipTooLargeError: If its tiles together have too many pixels.
        NotMediaError: If tiles are missing.
    """
    picture = streams.picture
    with media.open() as container:
        if picture is None or picture.size is None:
            stream = container.streams[streams.video[0]]
            frame = next(media.decoded(container, stream), None)
        else:
            frame = _joined(media, container, picture)
        if frame is None:
            return None
        return Frame(0.0, streams.orientation.upright(scaled(frame, media.limits.side)))


def _joined(
    media: Media, container: InputContainer, picture: HeifPicture
) -> VideoFrame:
    """The tiles of a photograph, put together and cut to its size."""
    streams = {s.id: s for s in container.streams.video if s.id in picture.tiles}
    first = streams[picture.tiles[0]]
    rows, columns = len(picture.tiles) // picture.columns, picture.columns
    high, wide = first.height, first.width
    media.limits.check_pixels(media.name, columns * wide, rows * high)
    canvas = np.zeros((rows * high, columns * wide, 3), np.uint8)
    for stream in streams.values():  # dozens of decoders, each for one small picture
        stream.codec_context.thread_count = 1
    places = {s.index: picture.tiles.index(number) for number, s in streams.items()}
    for index, tile in _tiles(media, container, list(streams.values())):
        row, column = divmod(places.pop(index), columns)
        canvas[row * high :, column * wide :][:high, :wide] = tile.to_ndarray(
            format="rgb24", width=wide, height=high
        )
    if places or len(streams) < len(picture.tiles):
        raise NotMediaError(f"{media.name}: tiles of it are missing; save it again")
    width, height = picture.size or (0, 0)
    cut = np.ascontiguousarray(canvas[:height, :width])
    return VideoFrame.from_ndarray(cut, format="rgb24")


def _tiles(
    media: Media, container: InputContainer, streams: list[VideoStream]
) -> Iterator[tuple[int, VideoFrame]]:
    """The first frame of each stream, with its index, in order of the file."""
    seen: set[int] = set()
    with suppress(FFmpegError):  # what is missing is noticed where it is put together
        for packet in container.demux(streams):
            for frame in cast(list[VideoFrame], packet.decode()):
                media.limits.check_pixels(media.name, frame.width, frame.height)
                if packet.stream_index not in seen:
                    seen.add(packet.stream_index)
                    yield packet.stream_index, frame
