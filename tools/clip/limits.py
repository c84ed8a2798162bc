"""Caps that keep one clip from taking the whole machine."""

from pydantic import Field

from affectgraph.tools.errors import ClipTooLargeError, SettingError
from affectgraph.tools.evidence import Frozen


class Limits(Frozen):
    """What a clip may cost at most; larger clips are refused before any decoding.

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
        """Refuse a picture that is too large.

        Raises:
            ClipTooLargeError: If it is.
        """
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
