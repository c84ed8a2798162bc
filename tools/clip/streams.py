"""The streams of a media file."""

from affectgraph.tools.clip.heif import HeifPicture
from affectgraph.tools.clip.orientation import UPRIGHT, Orientation
from affectgraph.tools.evidence import Frozen

# Containers round up: a declared duration within this many seconds is accepted.
_ROUNDING_S = 0.1


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
