"""Parse what a caller passes as a clip: a path, bytes, a file object or an array."""

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
    ClipNotFoundError,
    ClipTooLargeError,
    EmptyClipError,
    NotMediaError,
    one_line,
)

ACCEPTED = (
    "the path of a file, bytes, a binary file object, a PIL image, or an array: "
    "picture [h, w(, 1, 3 or 4)], film [n, h, w, 3], sound [n] or [channels, n]"
)
_TEXT_SUFFIXES = {".txt", ".md"}
# File objects are read into memory; larger ones have to be passed as a path.
_MAX_FILE_BYTES = 1 << 30
_CHUNK_BYTES = 1 << 20
_EIGHT_BIT_MODES = {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX"}
_EIGHT_BIT_MODES |= {"CMYK", "HSV", "LAB", "YCbCr"}


class BinaryFile(Protocol):
    """A file object that reads bytes, such as `open(path, "rb")` or `io.BytesIO`."""

    def read(self, size: int = ..., /) -> bytes:
        """Read at most so many bytes; none at the end."""


class SupportsArray(Protocol):
    """An object that converts itself to a numpy array, such as a torch tensor."""

    def __array__(self) -> NDArray[Any]: ...


class SupportsArrayInterface(Protocol):
    """An object that shares its memory with numpy, such as a PIL image."""

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
    """What a caller passed, by kind; None for what is missing.

    Attributes:
        text: A text, or a text file.
        media: A media file, or its bytes.
        name: Name of the bytes.
        images: An image or a film.
        sound: Samples of sound.
    """

    text: Path | str | None = None
    media: Path | bytes | None = None
    name: str = "bytes"
    images: NDArray[Any] | None = None
    sound: NDArray[Any] | None = None


def parse_source(
    source: object, audio: object, limits: Limits, *, has_sampling_rate: bool
) -> ParsedSource:
    """Find out what kind of clip a caller passed.

    Args:
        source: What the caller passed; None for nothing.
        audio: Sound beside it; None for none.
        limits: Limits on pixels.
        has_sampling_rate: Whether the caller passed a sampling rate.
    """
    sound = None if audio is None else _load(audio, "audio", limits)
    if isinstance(sound, Path | bytes):
        raise NotMediaError(
            f"audio: a {type(audio).__name__}; pass an array, or a file as the source"
        )
    content: Path | bytes | PipeContent | NDArray[Any] | None = None
    if source is not None:
        content = _load(source, "source", limits)
    if isinstance(content, Path):
        content = resolve_path(content)
    if isinstance(content, Path) and content.suffix.lower() in _TEXT_SUFFIXES:
        return ParsedSource(text=content, sound=sound)
    if isinstance(content, PipeContent):
        if content.text is not None:
            return ParsedSource(text=content.text, sound=sound)
        return ParsedSource(media=content.content, name=content.name, sound=sound)
    if content is None or isinstance(content, Path | bytes):
        return ParsedSource(media=content, sound=sound)
    if not is_sound(content, has_sampling_rate=has_sampling_rate and sound is None):
        return ParsedSource(images=content, sound=sound)
    if sound is not None:
        raise NotMediaError("audio: the source is sound already; pass one of them")
    return ParsedSource(sound=content)


def is_single_source(source: object) -> bool:
    """Whether it is one clip, and not a list of clips."""
    return (
        isinstance(source, str | os.PathLike | bytes | bytearray | memoryview)
        or _is_pil_image(source)
        or callable(getattr(source, "read", None))
    )


def is_array(source: object) -> bool:
    """Whether it is an array, or converts itself to one."""
    return hasattr(source, "__array__") or hasattr(source, "__array_interface__")


def _load(source: object, name: str, limits: Limits) -> Path | bytes | NDArray[Any]:
    try:
        return _read(source, name, limits)
    except AffectgraphError:
        raise
    except Exception as error:  # an unknown object may raise anything
        raise NotMediaError(
            f"{name}: a {type(source).__name__} that cannot be read "
            f"({one_line(error)}); pass {ACCEPTED}"
        ) from error


def _read(source: Any, name: str, limits: Limits) -> Path | bytes | NDArray[Any]:
    if isinstance(source, str | os.PathLike):
        return Path(os.fsdecode(source))
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if _is_pil_image(source):
        return _image_array(source, name, limits)
    if is_array(source):
        return np.asarray(source)
    if callable(getattr(source, "read", None)):
        return _read_file(source, name)
    hint = "; for many clips there is batch" * isinstance(source, list | tuple)
    raise NotMediaError(
        f"{name}: a {type(source).__name__} is no clip; pass {ACCEPTED}{hint}"
    )


def _is_pil_image(source: object) -> bool:
    from PIL import Image

    return isinstance(source, Image.Image)


def _image_array(image: Any, name: str, limits: Limits) -> NDArray[Any]:
    """A PIL image, upright, as uint8 [height, width, 3]."""
    from PIL import ImageOps

    limits.check_pixels(name, *image.size)
    if image.mode not in _EIGHT_BIT_MODES:
        raise NotMediaError(
            f"{name}: a PIL image of mode {image.mode}; convert it to RGB, 8 bits each"
        )
    return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def _read_file(file: Any, name: str) -> bytes:
    """All bytes of a file object, from its beginning."""
    if isinstance(file, io.TextIOBase):
        raise NotMediaError(f"{name}: a file opened as text; open it with mode 'rb'")
    if callable(seekable := getattr(file, "seekable", None)) and seekable():
        file.seek(0)
    content = bytearray()
    while chunk := file.read(_CHUNK_BYTES):
        content += memoryview(chunk).cast("B")
        if len(content) > _MAX_FILE_BYTES:
            raise ClipTooLargeError(
                f"{name}: a file object of more than {_MAX_FILE_BYTES >> 20} MiB; "
                "pass its path instead"
            )
    return bytes(content)


def resolve_text(text: object, source: Path | str | None, limits: Limits) -> str | None:
    """The text given, or else the one of the source; None if there is neither."""
    if source is not None and not text:
        text = _read_text(source, limits) if isinstance(source, Path) else source
    return _checked_text(text, limits)


def _read_text(path: Path, limits: Limits) -> str:
    try:
        if not path.is_file():
            raise FileNotFoundError
        with path.open(encoding="utf-8") as file:
            # One character more than allowed, so that the length check fails.
            return file.read(limits.characters + 1)
    except OSError as error:
        raise ClipNotFoundError(f"{path}: not found; name a text file") from error
    except UnicodeDecodeError as error:
        raise NotMediaError(f"{path}: not UTF-8 text") from error


def _checked_text(text: object, limits: Limits) -> str | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise NotMediaError(f"text: a {type(text).__name__}; pass the words as str")
    limits.check_text(text)
    if not text.strip():
        raise EmptyClipError("text: empty; leave it out or pass words")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotMediaError("text: not Unicode; pass it as UTF-8") from error
    return text
