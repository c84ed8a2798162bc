"""What a caller hands over as a clip: told apart, and read where it has to be."""

import io
import os
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip.arrays import is_sound
from affectgraph.tools.clip.limits import Limits
from affectgraph.tools.clip.pipes import PipeContent, resolve_path
from affectgraph.tools.errors import (
    AffectgraphError,
    ClipTooLargeError,
    NotMediaError,
    one_line,
)

ACCEPTED = (
    "the path of a file, bytes, a binary file object, a PIL image, or an array: "
    "picture [h, w(, 1, 3 or 4)], film [n, h, w, 3], sound [n] or [channels, n]"
)
_TEXT_SUFFIXES = {".txt", ".md"}
# File objects are read into memory; what is larger is better named by its path.
_MAX_FILE_BYTES = 1 << 30
_READ_BYTES = 1 << 20
_EIGHT_BITS = {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX"}
_EIGHT_BITS |= {"CMYK", "HSV", "LAB", "YCbCr"}


class BinaryFile(Protocol):
    """A file object that reads bytes, such as `open(path, "rb")` or `io.BytesIO`."""

    def read(self, size: int = ..., /) -> bytes:
        """At most so many bytes; none at the end."""


class SupportsArray(Protocol):
    """What turns itself into a numpy array, such as a tensor of torch on the CPU."""

    def __array__(self) -> NDArray[Any]: ...


class SupportsArrayInterface(Protocol):
    """What shows its memory to numpy, such as a PIL image."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...


Source = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | BinaryFile
    | NDArray[Any]
    | SupportsArray
    | SupportsArrayInterface
)


class ParsedSource(NamedTuple):
    """What a caller handed over, told apart; None for what is not there.

    Attributes:
        text: Words, or the file that holds them.
        media: A file, or its bytes, with pictures or sound.
        name: Of the bytes.
        images: A picture or a film.
        sound: Samples.
    """

    text: Path | str | None = None
    media: Path | bytes | None = None
    name: str = "bytes"
    images: NDArray[Any] | None = None
    sound: NDArray[Any] | None = None


def parse_source(source: object, audio: object, limits: Limits, *, rated: bool) -> ParsedSource:
    """Tell what a caller means.

    Args:
        source: Whatever was handed over; None for nothing.
        audio: Sound beside it; None for none.
        limits: Caps on pixels.
        rated: A sampling rate came with them.

    Raises:
        ClipError: If one of them is nothing that can be a clip; says what can be.
    """
    sound = None if audio is None else _resolved(audio, "audio", limits)
    if isinstance(sound, Path | bytes):
        raise NotMediaError(
            f"audio: a {type(audio).__name__}; pass an array, or a file as the source"
        )
    given: Path | bytes | PipeContent | NDArray[Any] | None = None
    if source is not None:
        given = _resolved(source, "source", limits)
    if isinstance(given, Path):
        given = resolve_path(given)
    if isinstance(given, Path) and given.suffix.lower() in _TEXT_SUFFIXES:
        return ParsedSource(text=given, sound=sound)
    if isinstance(given, PipeContent):
        if given.text is not None:
            return ParsedSource(text=given.text, sound=sound)
        return ParsedSource(media=given.content, name=given.name, sound=sound)
    if given is None or isinstance(given, Path | bytes):
        return ParsedSource(media=given, sound=sound)
    if not is_sound(given, rated=rated and sound is None):
        return ParsedSource(images=given, sound=sound)
    if sound is not None:
        raise NotMediaError("audio: the source is sound already; pass one of them")
    return ParsedSource(sound=given)


def is_single_source(source: object) -> bool:
    """Whether something is one clip, though it may be iterated: bytes by numbers."""
    return (
        isinstance(source, str | os.PathLike | bytes | bytearray | memoryview)
        or _is_picture(source)
        or callable(getattr(source, "read", None))
    )


def is_array(source: object) -> bool:
    """Whether something is an array, or turns itself into one."""
    return hasattr(source, "__array__") or hasattr(source, "__array_interface__")


def _resolved(source: object, name: str, limits: Limits) -> Path | bytes | NDArray[Any]:
    try:
        return _read(source, name, limits)
    except AffectgraphError:
        raise
    except Exception as error:  # an object of a stranger may raise anything
        raise NotMediaError(
            f"{name}: a {type(source).__name__} that cannot be read "
            f"({one_line(error)}); pass {ACCEPTED}"
        ) from error


def _read(source: Any, name: str, limits: Limits) -> Path | bytes | NDArray[Any]:
    if isinstance(source, str | os.PathLike):
        return Path(os.fsdecode(source))
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if _is_picture(source):
        return _picture(source, name, limits)
    if is_array(source):
        return np.asarray(source)
    if callable(getattr(source, "read", None)):
        return _content(source, name)
    many = "; for many clips there is batch" * isinstance(source, list | tuple)
    raise NotMediaError(
        f"{name}: a {type(source).__name__} is no clip; pass {ACCEPTED}{many}"
    )


def _is_picture(source: object) -> bool:
    from PIL import Image

    return isinstance(source, Image.Image)


def _picture(image: Any, name: str, limits: Limits) -> NDArray[Any]:
    """A PIL image, upright, as uint8 [height, width, 3]."""
    from PIL import ImageOps

    limits.check_pixels(name, *image.size)
    if image.mode not in _EIGHT_BITS:
        raise NotMediaError(
            f"{name}: a PIL image of mode {image.mode}; convert it to RGB, 8 bits each"
        )
    return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def _content(file: Any, name: str) -> bytes:
    """All that is in a file object, from its beginning."""
    if isinstance(file, io.TextIOBase):
        raise NotMediaError(f"{name}: a file opened as text; open it with mode 'rb'")
    if callable(seekable := getattr(file, "seekable", None)) and seekable():
        file.seek(0)
    content = bytearray()
    while part := file.read(_READ_BYTES):
        content += memoryview(part).cast("B")
        if len(content) > _MAX_FILE_BYTES:
            raise ClipTooLargeError(
                f"{name}: a file object of more than {_MAX_FILE_BYTES >> 20} MiB; "
                "pass its path instead"
            )
    return bytes(content)
