"""SentencePiece models, read without their library into a `tokenizers.Tokenizer`.

The file is a protocol buffer. The models read here have an older layout: pieces in
field 1, normaliser in field 3 with its character map in field 2.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

_PIECES, _NORMALISER, _CHARACTER_MAP = 1, 3, 2
_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5
_SPACE = "\u2581"


def read_sentencepiece(file: Path) -> Tokenizer:
    """Read a unigram model; piece 0 is the unknown one.

    Raises:
        ValueError: If the file is no such model.
    """
    pieces: list[tuple[str, float]] = []
    character_map = b""
    for field, value in _fields(file.read_bytes()):
        if field == _PIECES:
            piece = dict(_fields(value))
            score = struct.unpack("<f", piece[2])[0] if 2 in piece else 0.0
            pieces.append((piece[1].decode(), score))
        elif field == _NORMALISER:
            character_map = dict(_fields(value)).get(_CHARACTER_MAP, b"")
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Precompiled(character_map)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(_SPACE, prepend_scheme="always")
    return tokenizer


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Fields of a protocol buffer message: number and raw value."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        field, kind = key >> 3, key & 7
        start = at
        if kind == _VARINT:
            _, at = _varint(data, at)
        elif kind == _BYTES:
            length, start = _varint(data, at)
            at = start + length
        elif kind in (_DOUBLE, _FLOAT):
            at += 8 if kind == _DOUBLE else 4
        else:
            raise ValueError(f"not a SentencePiece model: wire type {kind}")
        yield field, data[start:at]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
