"""Hashes that identify a clip."""

import hashlib
import unicodedata
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip.media import Media

_PUNCTUATION = {"Pc", "Pd", "Pf", "Pi", "Po"}


def identify(
    media: Media | None,
    arrays: Iterable[tuple[NDArray[Any], float]],
    text: str | None,
) -> tuple[str, str]:
    """One hash of everything in a clip, and one without the text.

    Arrays come with their rates: the same samples at another rate are another clip. If
    there is only a text, the second hash ignores its case and punctuation.
    """
    parts = [media.sha256()] if media is not None else []
    for array, rate in arrays:
        header = f"{array.dtype} {array.shape} {rate:g} "
        parts.append(_hash(header.encode() + np.ascontiguousarray(array).tobytes()))
    exact = [] if text is None else [_hash(text.encode())]
    normalized = [] if text is None else [_hash(_normalize(text).encode())]
    return _combine([*parts, *exact]), _combine(parts or normalized)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _normalize(text: str) -> str:
    """The text without case and punctuation; brackets stay, as emoticons need them."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = (" " if unicodedata.category(c) in _PUNCTUATION else c for c in folded)
    return " ".join("".join(letters).split()) or text


def _combine(hashes: list[str]) -> str:
    if len(hashes) == 1:
        return hashes[0]
    return _hash(" ".join(hashes).encode())
