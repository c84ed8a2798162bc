"""The streams of a media file: which to use, and how long they last."""

from collections.abc import Iterable
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition

from affectgraph.tools.clip.heif import HeifPicture
from affectgraph.tools.clip.orientation import UPRIGHT, Orientation
from affectgraph.tools.evidence import Frozen

# Containers round up: a declared duration within this many seconds is accepted.
_ROUNDING_S = 0.1

_STILL_FORMATS = ("image2", "_pipe", "bmp", "ico")
# Stills if they have a single frame.
_ANIMATION_FORMATS = ("gif", "apng")


class Streams(Frozen):
    """What a container holds, measured by reading every packet.

    Attributes:
        video: Indices of the usable video streams, the one to use first.
        audio: Indices of the usable audio streams, the one to use first.
        channels: Channels of the first audio stream; 0 if there is none.
        audio_tracks: Number of audio streams.
        still: Whether it is an image.
        picture: The items that make up the picture of a HEIF file; None for others.
        orientation: Orientation of an image; the frames of a video have their own.
        start: Container time of the clip's zero, in seconds.
        declared_seconds: Duration that the container declares, if it does.
        measured_seconds: End of the last packet, in seconds from `start`.
    """

    video: tuple[int, ...]
    audio: tuple[int, ...]
    channels: int
    audio_tracks: int
    still: bool
    picture: HeifPicture | None = None
    orientation: Orientation = UPRIGHT
    start: float
    declared_seconds: float | None
    measured_seconds: float

    @property
    def seconds(self) -> float:
        """Duration of what can be decoded."""
        if self.still or self.declared_seconds is None:
            return self.measured_seconds
        if self.declared_seconds - self.measured_seconds < _ROUNDING_S:
            return self.declared_seconds
        return self.measured_seconds

    @property
    def coverage(self) -> float:
        """Seconds that can be decoded over seconds declared, at most 1."""
        if not self.declared_seconds:
            return 1.0
        return min(1.0, self.seconds / self.declared_seconds)


def video_streams(container: InputContainer, picture: HeifPicture | None) -> list[Any]:
    """The usable video streams, the one to use first.

    Default tracks come before others, and videos before single images. Cover images are
    left out. The stream of a HEIF photograph is its first tile.
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
    """The audio streams that have a decoder, the one to use first."""
    usable = [s for s in container.streams.audio if s.codec_context is not None]
    return _default_first(usable)


def is_still(container: InputContainer) -> bool:
    """Whether its format holds a single image."""
    name = container.format.name
    return any(name == still or name.endswith(still) for still in _STILL_FORMATS)


def is_animation(container: InputContainer) -> bool:
    """Whether its format holds one image or several."""
    return container.format.name in _ANIMATION_FORMATS


def declared_duration(container: InputContainer) -> float | None:
    """Duration in seconds that the container declares, if it does."""
    return None if container.duration is None else container.duration / av.time_base


def measure_duration(container: InputContainer, start: float) -> tuple[float, int]:
    """End of the last packet in seconds from `start`, and the number of packets.

    It reads every packet and decodes none.
    """
    # In ticks of each stream: a fraction for each packet would cost more than reading.
    end_ticks: dict[int, int] = {}
    packets = 0
    try:
        for packet in container.demux():
            if packet.pts is not None:
                packets += 1
                number, ticks = packet.stream_index, packet.pts + (packet.duration or 0)
                end_ticks[number] = max(ticks, end_ticks.get(number, ticks))
    except FFmpegError:
        pass  # the end is damaged: only what was read so far can be used
    bases = {number: container.streams[number].time_base for number in end_ticks}
    ends = [float(end_ticks[number] * base) for number, base in bases.items() if base]
    return max([start, *ends]) - start, packets


def _default_first(streams: Iterable[Any]) -> list[Any]:
    return sorted(streams, key=lambda s: not s.disposition & Disposition.default)
