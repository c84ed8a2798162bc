"""Words as numbers: the one format in which the emotion network reads a sentence."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools import weights
from affectgraph.tools.clip import Turn

TOKENIZER = "transcript-tokenizer.json"
LONGEST_TEXT = 96
LONGEST = 128
TURNS = 3

Context = Sequence[Turn]
Ids = NDArray[np.int64]

_CLS, _SEP = 101, 102
# Typographic quotes and dashes are typewriter ones to the network.
_PLAIN = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")


class Encoder:
    """Turns a text with the turns before it into token ids.

    The text is the first segment; up to three earlier turns, the latest first and each
    opened by `me:` (same speaker) or `you:`, are the second, so that a text without
    context reads as any single sentence.
    """

    def __init__(self, path: Path) -> None:
        """Read a `tokenizer.json`."""
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def __call__(self, text: str, context: Context = ()) -> tuple[list[int], int]:
        """Token ids of one text, and how many of them are its own segment."""
        own = [_CLS, *self._ids(text)[:LONGEST_TEXT], _SEP]
        before = " ".join(
            f"{'me' if turn.same_speaker else 'you'}: {turn.text}"
            for turn in reversed(context[-TURNS:])
        )
        other = [*self._ids(before)[: LONGEST - len(own) - 1], _SEP] if before else []
        return own + other, len(own)

    def _ids(self, text: str) -> list[int]:
        plain = unicodedata.normalize("NFKC", text).translate(_PLAIN)
        ids: list[int] = self._tokenizer.encode(plain, add_special_tokens=False).ids
        return ids


def pad(rows: Sequence[tuple[list[int], int]]) -> dict[str, Ids]:
    """Rows of an `Encoder` as the network's inputs, each int64 `[rows, length]`.

    The length is the longest row's, rounded up to a multiple of eight: few shapes.
    """
    longest = max(len(ids) for ids, _ in rows)
    shape = len(rows), -(-longest // 8) * 8
    names = "input_ids", "attention_mask", "token_type_ids"
    batch = {name: np.zeros(shape, dtype=np.int64) for name in names}
    for row, (ids, own) in enumerate(rows):
        batch["input_ids"][row, : len(ids)] = ids
        batch["attention_mask"][row, : len(ids)] = 1
        batch["token_type_ids"][row, own : len(ids)] = 1
    return batch


@cache
def encoder() -> Encoder:
    """The encoder that the shipped network was trained with.

    Raises:
        WeightsError: If its tokenizer is missing or not what the manifest says.
    """
    return Encoder(weights.path(TOKENIZER))
