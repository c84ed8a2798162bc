"""Limits on what one clip may cost."""

from pydantic import Field

from affectgraph.tools.errors import ClipTooLargeError, SettingError
from affectgraph.tools.evidence import Frozen

# The largest number that FFmpeg accepts.
_MAX_PIXELS = (1 << 31) - 1

# Samples in one frame of sound: over a minute; no codec uses more than a second.
_MAX_SAMPLES = 1 << 22


class Limits(Frozen):
    """Limits on what a clip may cost.

    Larger clips are refused before any decoding if their headers are true, and
    otherwise as soon as decoding exceeds a limit.

    Attributes:
        seconds: Maximum duration.
        pixels: Maximum number of pixels in one frame, as stored.
        frames: Maximum number of frames used in one pass.
        characters: Maximum length of a text.
        side: Frames are scaled down to this longest side, in pixels.
    """

    seconds: float = Field(default=7200.0, gt=0)
    pixels: int = Field(default=50_000_000, gt=0)
    frames: int = Field(default=100_000, gt=0)
    characters: int = Field(default=100_000, gt=0)
    side: int = Field(default=1280, ge=64)

    @property
    def decoder_options(self) -> dict[str, str]:
        """Options with which FFmpeg refuses a large frame before allocating it."""
        return {
            "max_pixels": str(min(self.pixels, _MAX_PIXELS)),
            "max_samples": str(_MAX_SAMPLES),
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
        """Refuse an image that is too large, or for which FFmpeg tells no size.

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
    """The limits; the defaults for None.

    Raises:
        SettingError: If it is anything else.
    """
    if limits is None:
        return Limits()
    if not isinstance(limits, Limits):
        raise SettingError(f"limits: a {type(limits).__name__}; pass Limits(...)")
    return limits
