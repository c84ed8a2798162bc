"""The words of a clip, checked as they come in, and the identity of all that it is."""

import hashlib
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip.dialogue_turn import Turn
from affectgraph.tools.clip.limits import Limits
from affectgraph.tools.clip.media import Media
from affectgraph.tools.errors import (
    ClipNotFoundError,
    EmptyClipError,
    NotMediaError,
    SettingError,
)


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


def words(text: str | None, source: Path | str | None, limits: Limits) -> str | None:
    """The words that were given, or else those of a text file, if they can be used."""
    if source is not None and not text:
        text = read_text(source, limits) if isinstance(source, Path) else source
    return checked_text(text, limits)


def checked_text(text: object, limits: Limits) -> str | None:
    """The text, if it can be used; None stays None."""
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


def checked_turns(turns: object) -> tuple[Turn, ...] | None:
    """The turns of a conversation, if they are any; None stays None."""
    if turns is None:
        return None
    if not isinstance(turns, list | tuple) or not all(
        isinstance(turn, Turn) for turn in turns
    ):
        raise SettingError("turns: pass a list of Turn, oldest first")
    return tuple(turns)


def identity(
    media: Media | None,
    arrays: Iterable[tuple[NDArray[Any], float]],
    text: str | None,
) -> tuple[str, str]:
    """One hash of everything a clip is made of, and one without the words given.

    An array comes with its rate: the same samples, played faster, are another clip.
    The second is that of the words where there is nothing else, whatever their case
    and punctuation.
    """
    parts = [media.sha256()] if media is not None else []
    for array, rate in arrays:
        form = f"{array.dtype} {array.shape} {rate:g} "
        parts.append(_hash(form.encode() + np.ascontiguousarray(array).tobytes()))
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
