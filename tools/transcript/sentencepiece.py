"""SentencePiece models, read without their library into a `tokenizers.Tokenizer`.

The file is a protocol buffer. The models read here have an older layout: pieces in
field 1, normaliser in field 3 with its character map in field 2.
"""

import struct
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from affectgraph.tools.io.protocol_buffers import read_fields

_PIECES, _NORMALISER, _CHARACTER_MAP = 1, 3, 2
_SPACE = "\u2581"


def read_sentencepiece(file: Path) -> Tokenizer:
    """Read a unigram model; piece 0 is the unknown one.

    Raises:
        ValueError: If the file is no such model.
    """
    pieces: list[tuple[str, float]] = []
    character_map = b""
    for field, value in read_fields(file.read_bytes()):
        if field == _PIECES:
            piece = dict(read_fields(value))
            score = struct.unpack("<f", piece[2])[0] if 2 in piece else 0.0
            pieces.append((piece[1].decode(), score))
        elif field == _NORMALISER:
            character_map = dict(read_fields(value)).get(_CHARACTER_MAP, b"")
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Precompiled(character_map)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(_SPACE, prepend_scheme="always")
    return tokenizer
