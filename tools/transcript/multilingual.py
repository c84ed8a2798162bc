"""Sentence vectors in 15 languages: Multilingual Universal Sentence Encoder, in numpy.

The convolutional variant, version 3, of Yang et al. (2020), "Multilingual Universal
Sentence Encoder for Semantic Retrieval". Sentences of one meaning have similar vectors
in all languages, so that what is learned from English comments can be read in the
others.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from affectgraph.tools import weights
from affectgraph.tools.io.per_process import per_process
from affectgraph.tools.timeout import checkpoint
from affectgraph.tools.transcript.sentencepiece import read_sentencepiece

WEIGHTS = "use-multilingual"
# Names of its languages, by code.
LANGUAGES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "th": "Thai",
    "tr": "Turkish",
    "zh": "Chinese",
}
WIDTH = 512

_MAX_TOKENS = 128
_BEGIN, _END = 1, 2
# Empty rows between sentences: more than a convolution reaches.
_GAP = 4
_BATCH = 32
# Width of each convolution, and how many of its inputs lie before the token.
_CONVOLUTIONS = ((2, 0), (3, 1), (5, 2))
# The embedding table is stored in interleaved parts with a scale and offset each.
_PARTS = 17

Floats = NDArray[np.float32]


class SentenceEncoder:
    """Encodes texts of any of its languages as vectors."""

    def __init__(self, arrays: Mapping[str, Floats], tokenizer: Tokenizer) -> None:
        """Use arrays with the names of the released file."""
        self._arrays = dict(arrays)
        parts = [self._arrays.pop(f"q{part + 1}") for part in range(_PARTS)]
        self._table = np.stack(parts, axis=1).reshape(-1, WIDTH)
        self._tokenizer = tokenizer

    def __call__(self, texts: Sequence[str]) -> Floats:
        """The vectors of some texts: float32 [texts, 512], each of length one.

        Only the first 128 word pieces of each are used.
        """
        rows = [self._tokens(text) for text in texts]
        lengths = np.array([len(row) for row in rows])
        starts = np.cumsum(lengths + _GAP) - lengths - _GAP
        tokens = np.concatenate([row + [0] * _GAP for row in rows])
        inside = np.concatenate([[1.0] * len(row) + [0.0] * _GAP for row in rows])
        mask = inside.astype(np.float32)[:, None]
        features = self._features(self._embed(tokens), mask) * mask
        sums = np.add.reduceat(features, starts, axis=0)
        return self._head(sums, lengths[:, None].astype(np.float32))

    def _tokens(self, text: str) -> list[int]:
        plain = " ".join(text.split())
        ids = self._tokenizer.encode(plain, add_special_tokens=False).ids
        return [_BEGIN, *ids[:_MAX_TOKENS], _END]

    def _embed(self, tokens: NDArray[np.int64]) -> Floats:
        part = tokens % _PARTS
        scale, offset = self._arrays["scale"][part], self._arrays["lo"][part]
        embedded: Floats = self._table[tokens] * scale[:, None] + offset[:, None]
        return embedded.astype(np.float32)

    def _features(self, embedded: Floats, mask: Floats) -> Floats:
        """Embeddings and what the convolutions find: [tokens, 1280]."""
        a = self._arrays
        projected = embedded @ self._joined("proj") + self._joined("proj_b")
        normal = self._normalize(projected, self._joined("ln_g"), self._joined("ln_b"))
        columns = [embedded]
        inputs = np.split(normal, len(_CONVOLUTIONS), axis=1)
        for (width, before), x in zip(_CONVOLUTIONS, inputs, strict=True):
            for layer in "12":
                kernel, bias = a[f"w{layer}_{width}"], a[f"b{layer}_{width}"]
                windows = _windows(x * mask, width, before)
                x = x + np.maximum(windows @ kernel + bias, 0)
            columns.append(x)
        return self._normalize(np.concatenate(columns, axis=1), a["ln_g"], a["ln_b"])

    def _joined(self, name: str) -> Floats:
        """An array of all convolutions side by side."""
        arrays = [self._arrays[f"{name}{width}"] for width, _ in _CONVOLUTIONS]
        joined: Floats = np.concatenate(arrays, axis=-1)
        return joined

    def _normalize(self, x: Floats, gain: Floats, shift: Floats) -> Floats:
        """Layer normalisation."""
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = (centred**2).mean(axis=-1, keepdims=True)
        normal: Floats = centred / np.sqrt(variance + self._arrays["eps"])
        scaled: Floats = normal * gain + shift
        return scaled

    def _head(self, sums: Floats, lengths: Floats) -> Floats:
        a = self._arrays
        mean = (sums @ a["cnn_W"] + lengths * a["cnn_b"]) / np.sqrt(lengths)
        first = np.maximum(mean @ a["d0"], 0)
        second = np.maximum(mean @ a["p1"] + first @ a["d1"], 0)
        third = np.maximum(second @ a["d2"], 0)
        vectors: Floats = np.tanh(second @ a["p3"] + third @ a["d3"])
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Floats = (vectors / norms).astype(np.float32)
        return unit


def _windows(x: Floats, width: int, before: int) -> Floats:
    """Each token beside its neighbours, zeros beyond the ends: [n, width * 256]."""
    padded = np.pad(x, ((before, width - 1 - before), (0, 0)))
    return np.concatenate([padded[i : i + len(x)] for i in range(width)], axis=1)


def encode_sentences(texts: Sequence[str]) -> Floats:
    """Vectors of texts: float32 [texts, 512].

    Raises:
        WeightsError: If the encoder's weights are missing.
    """
    encoder = _encoder()
    rows = []
    for start in range(0, len(texts), _BATCH):
        checkpoint()
        rows.append(encoder(texts[start : start + _BATCH]))
    return np.concatenate(rows)


@per_process
def _encoder() -> SentenceEncoder:
    folder = weights.folder(WEIGHTS)
    with np.load(folder / "weights.npz", allow_pickle=False) as stored:
        arrays = dict(stored)
    return SentenceEncoder(arrays, read_sentencepiece(folder / "sp.model"))
