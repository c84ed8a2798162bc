"""What is in a container: which streams are the film and its sound, and how long."""

from collections.abc import Iterable
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition

from affectgraph.tools.clip.heif import HeifPicture

_STILL_FORMATS = ("image2", "_pipe", "bmp", "ico")
# Stills if they have but one picture.
_ANIMATIONS = ("gif", "apng")


def video_streams(container: InputContainer, picture: HeifPicture | None) -> list[Any]:
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


def audio_streams(container: InputContainer) -> list[Any]:
    """The audio streams that have a decoder, the one to be heard first."""
    usable = [s for s in container.streams.audio if s.codec_context is not None]
    return _default_first(usable)


def is_still(container: InputContainer) -> bool:
    """It is of a format that holds one picture."""
    name = container.format.name
    return any(name == still or name.endswith(still) for still in _STILL_FORMATS)


def is_animation(container: InputContainer) -> bool:
    """It is of a format that holds one picture or several."""
    return container.format.name in _ANIMATIONS


def declared_duration(container: InputContainer) -> float | None:
    """Seconds that it promises; None if it does not."""
    return None if container.duration is None else container.duration / av.time_base


def measure_duration(container: InputContainer, start: float) -> tuple[float, int]:
    """End of the last packet in seconds, and how many packets there are.

    Every packet is read, and none decoded.
    """
    # In ticks of each stream: a fraction a packet would cost more than reading it.
    last: dict[int, int] = {}
    packets = 0
    try:
        for packet in container.demux():
            if packet.pts is not None:
                packets += 1
                number, ticks = packet.stream_index, packet.pts + (packet.duration or 0)
                last[number] = max(ticks, last.get(number, ticks))
    except FFmpegError:
        pass  # a broken tail: what was reached until here is what there is
    bases = {number: container.streams[number].time_base for number in last}
    ends = [float(last[number] * base) for number, base in bases.items() if base]
    return max([start, *ends]) - start, packets


def _default_first(streams: Iterable[Any]) -> list[Any]:
    return sorted(streams, key=lambda s: not s.disposition & Disposition.default)
