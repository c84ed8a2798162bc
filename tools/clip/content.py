"""Content of a clip: text, media, images and sound, checked against the limits."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from affectgraph.tools.clip.arrays import (
    as_images,
    as_sound,
    checked_frame_rate,
    checked_sampling_rate,
)
from affectgraph.tools.clip.audio import SAMPLING_RATE
from affectgraph.tools.clip.frames import Image
from affectgraph.tools.clip.limits import Limits
from affectgraph.tools.clip.media import Media
from affectgraph.tools.clip.source import parse_source, resolve_text
from affectgraph.tools.errors import EmptyClipError

DEFAULT_FRAME_RATE = 25.0


@dataclass(frozen=True, eq=False)
class Content:
    """What a clip is made of; None for what it lacks.

    Attributes:
        text: Its words, if they are known.
        media: A media file, or its bytes.
        images: uint8 [n, height, width, 3].
        frame_rate: Images per second.
        sound: int16, or float32 in [-1, 1], [channels, samples].
        sampling_rate: Samples per second.
    """

    text: str | None = None
    media: Media | None = None
    images: Image | None = None
    frame_rate: float = DEFAULT_FRAME_RATE
    sound: NDArray[Any] | None = None
    sampling_rate: int = SAMPLING_RATE

    @property
    def arrays(self) -> list[tuple[NDArray[Any], float]]:
        """Images and sound, with their rates."""
        rated = ((self.images, self.frame_rate), (self.sound, self.sampling_rate))
        return [(array, rate) for array, rate in rated if array is not None]

    @property
    def name(self) -> str:
        """Name of the media, or the kind of content."""
        return self.media.name if self.media else ("array" if self.arrays else "text")


def load_content(
    source: object,
    text: object,
    audio: object,
    sampling_rate: object,
    frame_rate: object,
    limits: Limits,
) -> Content:
    """Check what a caller passed; arguments and errors are those of `Clip.open`."""
    rate = checked_sampling_rate(sampling_rate)
    parsed = parse_source(
        source, audio, limits, has_sampling_rate=sampling_rate is not None
    )
    text = resolve_text(text, parsed.text, limits)
    media = images = sound = None
    frames_per_second = DEFAULT_FRAME_RATE
    if parsed.media is not None:
        media = Media(parsed.media, limits, parsed.name)
    if parsed.images is not None:
        frames_per_second = checked_frame_rate(frame_rate)
        images = as_images(parsed.images, "source", frames_per_second, limits)
    if parsed.sound is not None:
        name = "source" if audio is None else "audio"
        sound = as_sound(parsed.sound, name, rate, limits)
    if media is None and images is None and sound is None and text is None:
        raise EmptyClipError("clip: nothing given; pass a file, an array or a text")
    return Content(text, media, images, frames_per_second, sound, rate)
