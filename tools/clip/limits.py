"""Caps that keep one clip from taking the whole machine."""

from pydantic import Field

from affectgraph.tools.errors import ClipTooLargeError, SettingError
from affectgraph.tools.evidence import Frozen

# FFmpeg takes no larger number.
_MOST_PIXELS = (1 << 31) - 1

# In one frame of sound; over a minute, where codecs have a second at most.
_MOST_SAMPLES = 1 << 22


class Limits(Frozen):
    """What a clip may cost at most.

    Larger clips are refused before any decoding, as far as their headers are true, and
    otherwise as soon as what is decoded passes a cap.

    Attributes:
        seconds: Longest duration.
        pixels: Most pixels in one frame, as stored.
        frames: Most frames looked at in one pass.
        characters: Longest text.
        side: Frames are scaled down to this longest side, in pixels.
    """

    seconds: float = Field(default=7200.0, gt=0)
    pixels: int = Field(default=50_000_000, gt=0)
    frames: int = Field(default=100_000, gt=0)
    characters: int = Field(default=100_000, gt=0)
    side: int = Field(default=1280, ge=64)

    @property
    def decoder_options(self) -> dict[str, str]:
        """By these FFmpeg's decoders refuse a frame before they make room for it."""
        return {
            "max_pixels": str(min(self.pixels, _MOST_PIXELS)),
            "max_samples": str(_MOST_SAMPLES),
        }

    def check_seconds(self, name: str, seconds: float) -> None:
        """Refuse a clip that is too long.

        Raises:
            ClipTooLargeError: If it is.
        """
        if seconds > self.seconds:
            raise ClipTooLargeError(
                f"{name}: {seconds:.0f} s long, over the cap of {self.seconds:.0f} s; "
                "cut it or raise Limits(seconds=...)"
            )

    def check_pixels(self, name: str, width: int, height: int) -> None:
        """Refuse a picture that is too large, or has no size: FFmpeg tells none then.

        Raises:
            ClipTooLargeError: If it is.
        """
        if width * height == 0:
            raise ClipTooLargeError(
                f"{name}: a picture tells no size, or is over the cap of {self.pixels} "
                "pixels; scale it down or raise Limits(pixels=...)"
            )
        if width * height > self.pixels:
            raise ClipTooLargeError(
                f"{name}: {width}x{height} pixels, over the cap of {self.pixels}; "
                "scale it down or raise Limits(pixels=...)"
            )

    def check_text(self, text: str) -> None:
        """Refuse a text that is too long.

        Raises:
            ClipTooLargeError: If it is.
        """
        if len(text) > self.characters:
            raise ClipTooLargeError(
                f"text: {len(text)} characters, over the cap of {self.characters}; "
                "shorten it or raise Limits(characters=...)"
            )


def checked_limits(limits: object) -> Limits:
    """The limits; the usual ones for None.

    Raises:
        SettingError: If it is anything else.
    """
    if limits is None:
        return Limits()
    if not isinstance(limits, Limits):
        raise SettingError(f"limits: a {type(limits).__name__}; pass Limits(...)")
    return limits
