"""Token ids of a text and its context: the input format of the emotion network."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools import weights
from affectgraph.tools.clip import Turn
from affectgraph.tools.transcript.spelling import spell_out

TOKENIZER = "transcript-tokenizer.json"
MAX_TEXT_TOKENS = 96
MAX_TOKENS = 128
MAX_TURNS = 3

Context = Sequence[Turn]
Ids = NDArray[np.int64]

_CLS, _SEP = 101, 102
# The network was trained on ASCII quotes and dashes.
_TO_ASCII = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")


class TextEncoder:
    """Encodes a text and the turns before it as token ids.

    The text is the first segment. The second segment holds up to three earlier turns,
    the latest first, each prefixed with `me:` (same speaker) or `you:`. A text without
    context has one segment, like any single sentence.
    """

    def __init__(self, path: Path) -> None:
        """Load a `tokenizer.json`."""
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._vocabulary = self._tokenizer.get_vocab()

    def __call__(self, text: str, context: Context = ()) -> tuple[list[int], int]:
        """Token ids of one text, and the length of its first segment."""
        first = [_CLS, *self._ids(text)[:MAX_TEXT_TOKENS], _SEP]
        turns = " ".join(
            f"{'me' if turn.same_speaker else 'you'}: {turn.text}"
            for turn in reversed(context[-MAX_TURNS:])
        )
        if not turns:
            return first, len(first)
        second = [*self._ids(turns)[: MAX_TOKENS - len(first) - 1], _SEP]
        return first + second, len(first)

    def is_word(self, word: str) -> bool:
        """Whether a lower-case word is one piece."""
        return word in self._vocabulary

    def count_pieces(self, word: str) -> int:
        """Number of pieces of a word."""
        return len(self._ids(word))

    def _ids(self, text: str) -> list[int]:
        text = spell_out(text, self._vocabulary)
        text = unicodedata.normalize("NFKC", text).translate(_TO_ASCII)
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids


def pad_batch(rows: Sequence[tuple[list[int], int]]) -> dict[str, Ids]:
    """Pad rows of a `TextEncoder` to the network's inputs, each int64 [rows, length].

    The length is that of the longest row, rounded up to a multiple of eight so that
    the network meets few shapes.
    """
    longest = max(len(ids) for ids, _ in rows)
    shape = len(rows), -(-longest // 8) * 8
    names = "input_ids", "attention_mask", "token_type_ids"
    batch = {name: np.zeros(shape, dtype=np.int64) for name in names}
    for row, (ids, first) in enumerate(rows):
        batch["input_ids"][row, : len(ids)] = ids
        batch["attention_mask"][row, : len(ids)] = 1
        batch["token_type_ids"][row, first : len(ids)] = 1
    return batch


@cache
def load_encoder() -> TextEncoder:
    """The text encoder of the shipped network.

    Raises:
        WeightsError: If its tokenizer is missing or does not match the manifest.
    """
    return TextEncoder(weights.path(TOKENIZER))
