"""The frame of a still image, assembled from tiles if needed."""

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
from affectgraph.tools.clip.media import Media
from affectgraph.tools.clip.streams import Streams
from affectgraph.tools.errors import NotMediaError


def still_frame(media: Media, streams: Streams) -> Frame | None:
    """The frame of an image, at 0 s; None if it cannot be decoded.

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
            frame = _assemble_tiles(media, container, picture)
        if frame is None:
            return None
        return Frame(0.0, streams.orientation.apply(scaled(frame, media.limits.side)))


def _assemble_tiles(
    media: Media, container: InputContainer, picture: HeifPicture
) -> VideoFrame:
    """Assemble the tiles of a photograph, and crop them to its size."""
    streams = {s.id: s for s in container.streams.video if s.id in picture.tiles}
    first = streams[picture.tiles[0]]
    rows, columns = len(picture.tiles) // picture.columns, picture.columns
    tile_height, tile_width = first.height, first.width
    media.limits.check_pixels(media.name, columns * tile_width, rows * tile_height)
    canvas = np.zeros((rows * tile_height, columns * tile_width, 3), np.uint8)
    for stream in streams.values():  # dozens of decoders for one small image each
        stream.codec_context.thread_count = 1
    positions = {s.index: picture.tiles.index(number) for number, s in streams.items()}
    for index, tile in _decode_tiles(media, container, list(streams.values())):
        row, column = divmod(positions.pop(index), columns)
        top, left = row * tile_height, column * tile_width
        canvas[top : top + tile_height, left : left + tile_width] = tile.to_ndarray(
            format="rgb24", width=tile_width, height=tile_height
        )
    if positions or len(streams) < len(picture.tiles):
        raise NotMediaError(f"{media.name}: tiles of it are missing; save it again")
    width, height = picture.size or (0, 0)
    image = np.ascontiguousarray(canvas[:height, :width])
    return VideoFrame.from_ndarray(image, format="rgb24")


def _decode_tiles(
    media: Media, container: InputContainer, streams: list[VideoStream]
) -> Iterator[tuple[int, VideoFrame]]:
    """Index and first frame of each stream, in the order of the file."""
    seen: set[int] = set()
    with suppress(FFmpegError):  # the caller detects missing tiles
        for packet in container.demux(streams):
            for frame in cast(list[VideoFrame], packet.decode()):
                media.limits.check_pixels(media.name, frame.width, frame.height)
                if packet.stream_index not in seen:
                    seen.add(packet.stream_index)
                    yield packet.stream_index, frame
