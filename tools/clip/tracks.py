"""Which streams of a container are the film and its sound."""

from collections.abc import Iterable
from typing import Any

from av.container import InputContainer
from av.stream import Disposition

from affectgraph.tools.clip.heif import HeifPicture


def video(container: InputContainer, picture: HeifPicture | None) -> list[Any]:
    """The usable video streams, the one to be looked at first.

    Tracks marked as default come before others, and moving pictures before a single
    one; cover pictures are no film. Of a photograph it is its first tile.
    """
    usable = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
        and stream.codec_context is not None
        and stream.width
    ]
    if picture is not None:
        return [stream for stream in usable if stream.id == picture.tiles[0]]
    return sorted(_default_first(usable), key=lambda stream: stream.frames == 1)


def audio(container: InputContainer) -> list[Any]:
    """The audio streams that have a decoder, the one to be heard first."""
    usable = [s for s in container.streams.audio if s.codec_context is not None]
    return _default_first(usable)


def number(container: InputContainer, index: int) -> int:
    """Which of its kind a stream is, from 1."""
    kind = container.streams[index].type
    alike = [s.index for s in container.streams if s.type == kind]
    return alike.index(index) + 1


def _default_first(streams: Iterable[Any]) -> list[Any]:
    return sorted(streams, key=lambda s: not s.disposition & Disposition.default)
