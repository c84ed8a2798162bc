"""What a question wants: learned from phrasings of each intent in `intents.json`.

A question is a sentence vector in 15 languages beside its words and pairs of words,
and ridge regression on the phrasings scores every intent. Where no score stands out
the question is not understood. `intents.npz` holds what was learned, since encoding all
phrasings takes seconds; `python -m affectgraph.agents.chat.intents` writes it.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.errors import WeightsError
from affectgraph.tools.io.per_process import per_process
from affectgraph.tools.transcript.multilingual import WEIGHTS, encode_sentences
from affectgraph.tools.weights.ensure import ensure_weights

NOT_UNDERSTOOD = "not_understood"
# Weight of words beside the sentence vector, and of the ridge penalty.
_WORDS_WEIGHT, _RIDGE = 0.5, 0.5
# Lower scores are not trusted. `tests/benchmarks/chat_intents.py` shows what it costs.
_MIN_SCORE = 0.2

_PHRASINGS = Path(__file__).with_name("intents.json")
_LEARNED = Path(__file__).with_name("intents.npz")

Floats = NDArray[np.float64]


class IntentClassifier:
    """Scores intents of a question by phrasings of each."""

    def __init__(
        self, phrasings: dict[str, list[str]], learned: Floats | None = None
    ) -> None:
        """Learn from phrasings, by intent, unless weights were learned from them.

        Without the weights of the sentence encoder, which are fetched when a first
        question is asked, words alone are compared.
        """
        self.intents = list(phrasings)
        texts = [text for group in phrasings.values() for text in group]
        labels = np.repeat(np.arange(len(phrasings)), [*map(len, phrasings.values())])
        targets = np.eye(len(phrasings))[labels]
        self._mean = targets.mean(axis=0)
        self._learn_words(texts)
        try:
            ensure_weights([WEIGHTS])
            self._encodes = True
        except WeightsError:
            self._encodes = False
        if learned is not None and self._encodes:
            self.weights = learned
            return
        features = self._features(texts)
        penalty = _RIDGE * np.eye(len(texts))
        self.weights = features.T @ np.linalg.solve(
            features @ features.T + penalty, targets - self._mean
        )

    def scores(self, question: str) -> dict[str, float]:
        """Score of each intent; about 1 for a phrasing, 0 for what is unlike all."""
        scores = (self._features([question]) @ self.weights)[0]
        return dict(zip(self.intents, scores.tolist(), strict=True))

    def __call__(self, question: str) -> str:
        """The intent of a question; `not_understood` if none stands out."""
        scores = self.scores(question)
        intent = max(scores, key=scores.__getitem__)
        return intent if scores[intent] >= _MIN_SCORE else NOT_UNDERSTOOD

    def _learn_words(self, texts: Sequence[str]) -> None:
        counts: dict[str, int] = {}
        for text in texts:
            for term in sorted(_terms(text)):
                counts[term] = counts.get(term, 0) + 1
        self._columns = {term: column for column, term in enumerate(counts)}
        self._rarity = np.log(len(texts) / np.array([*counts.values()]))

    def _features(self, texts: Sequence[str]) -> Floats:
        words = np.zeros((len(texts), len(self._columns)))
        for row, text in enumerate(texts):
            columns = [self._columns[t] for t in _terms(text) if t in self._columns]
            words[row, columns] = self._rarity[columns]
        words = _WORDS_WEIGHT * _unit(words)
        if not self._encodes:
            return words
        vectors = encode_sentences([text.lower() for text in texts])
        return np.hstack([_unit(vectors.astype(np.float64)), words])


@per_process
def load_classifier() -> IntentClassifier:
    """The classifier of the phrasings that ship."""
    with np.load(_LEARNED, allow_pickle=False) as stored:
        current = str(stored["source"]) == phrasings_hash()
        learned = stored["weights"].astype(float) if current else None
    return IntentClassifier(_phrasings(), learned)


def phrasings_hash() -> str:
    """SHA-256 of the phrasings that `intents.npz` must have been learned from."""
    return hashlib.sha256(_PHRASINGS.read_bytes()).hexdigest()


def _phrasings() -> dict[str, list[str]]:
    phrasings: dict[str, list[str]] = json.loads(_PHRASINGS.read_text(encoding="utf-8"))
    return phrasings


def _write_learned() -> None:
    weights = IntentClassifier(_phrasings()).weights.astype(np.float16)
    source = np.array(phrasings_hash())
    np.savez_compressed(_LEARNED, source=source, weights=weights)


def _terms(text: str) -> set[str]:
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower())
    return {*words, *map(" ".join, pairwise(words))}


def _unit(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    result: Floats = rows / np.maximum(length, 1e-9)
    return result


if __name__ == "__main__":
    _write_learned()
