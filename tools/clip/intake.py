"""What a clip is made of: texts, pictures, sound, checked as they come in."""

import hashlib
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip import sound
from affectgraph.tools.clip.limits import Limits
from affectgraph.tools.clip.media import Media
from affectgraph.tools.clip.pictures import Image
from affectgraph.tools.clip.sound import Sound
from affectgraph.tools.errors import ClipNotFoundError, EmptyClipError, NotMediaError


def read_text(path: Path, limits: Limits) -> str:
    """Words from a UTF-8 file; no more of it than shows that it is too long."""
    try:
        if not path.is_file():
            raise FileNotFoundError
        with path.open(encoding="utf-8") as file:
            return file.read(limits.characters + 1)
    except OSError as error:
        raise ClipNotFoundError(f"{path}: not found; name a text file") from error
    except UnicodeDecodeError as error:
        raise NotMediaError(f"{path}: not UTF-8 text") from error


def checked_text(text: str | None, limits: Limits) -> str | None:
    """The text, if it can be used; None stays None."""
    if text is None:
        return None
    limits.check_text(text)
    if not text.strip():
        raise EmptyClipError("text: empty; leave it out or pass words")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotMediaError("text: not Unicode; pass it as UTF-8") from error
    return text


def as_images(source: NDArray[Any], limits: Limits) -> Image:
    """Pictures as uint8 [n, height, width, 3]."""
    images = source
    if images.dtype != np.uint8:
        raise NotMediaError(f"array: pictures must be uint8, not {images.dtype}")
    if images.ndim == 2:
        images = np.repeat(images[..., None], 3, axis=2)
    if images.ndim == 3:
        images = images[None]
    if images.ndim != 4 or images.shape[3] not in (3, 4):
        raise NotMediaError(
            f"array: shape {source.shape} is neither [h, w], [h, w, 3 or 4], "
            "[n, h, w, 3] nor [samples]"
        )
    if images.size == 0:
        raise EmptyClipError(f"array: shape {source.shape} holds nothing")
    limits.check_pixels("array", images.shape[2], images.shape[1])
    return images[..., :3]


def as_sound(audio: NDArray[Any], sampling_rate: int, limits: Limits) -> Sound:
    """Sound from samples."""
    if audio.size == 0:
        raise EmptyClipError("array: sound of zero samples")
    if audio.dtype != np.int16 and not np.issubdtype(audio.dtype, np.floating):
        raise NotMediaError(f"array: sound must be float or int16, not {audio.dtype}")
    if not np.isfinite(audio).all():
        raise NotMediaError("array: sound holds values that are not finite")
    limits.check_seconds("array", audio.shape[-1] / sampling_rate)
    return sound.from_array(audio, sampling_rate)


def identity(
    media: Media | None,
    images: Image | None,
    audio: NDArray[Any] | None,
    text: str | None,
) -> tuple[str, str]:
    """One hash of everything a clip is made of, and one without the words given.

    The second is that of the words where there is nothing else, whatever their case
    and punctuation.
    """
    parts = [media.sha256()] if media is not None else []
    for array in (images, audio):
        if array is not None:
            parts.append(_hash(np.ascontiguousarray(array).tobytes()))
    words = [] if text is None else [_hash(text.encode())]
    bare = [] if text is None else [_hash(_bare(text).encode())]
    return _joined([*parts, *words]), _joined(parts or bare)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _bare(text: str) -> str:
    """A text without case and punctuation, but for brackets: faces are made of them."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    marks = {"Pc", "Pd", "Pf", "Pi", "Po"}
    words = [" " if unicodedata.category(c) in marks else c for c in folded]
    return " ".join("".join(words).split()) or text


def _joined(parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return _hash(" ".join(parts).encode())
