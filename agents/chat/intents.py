"""What a question wants: learned from phrasings of each intent in `intents.json`.

A question is a sentence vector in 15 languages beside its words and pairs of words,
and ridge regression on the phrasings scores every intent. Where no score stands out
the question is not understood.
"""

import json
import re
from collections.abc import Sequence
from importlib import resources
from itertools import pairwise

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

Floats = NDArray[np.float64]


class IntentClassifier:
    """Scores intents of a question by phrasings of each."""

    def __init__(self, phrasings: dict[str, list[str]]) -> None:
        """Learn from phrasings, by intent.

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
        features = self._features(texts)
        penalty = _RIDGE * np.eye(len(texts))
        self._weights = features.T @ np.linalg.solve(
            features @ features.T + penalty, targets - self._mean
        )

    def scores(self, question: str) -> dict[str, float]:
        """Score of each intent; about 1 for a phrasing, 0 for what is unlike all."""
        scores = (self._features([question]) @ self._weights)[0]
        return dict(zip(self.intents, scores.tolist(), strict=True))

    def __call__(self, question: str) -> str:
        """The intent of a question; `not_understood` if none stands out."""
        scores = self.scores(question)
        intent = max(scores, key=scores.__getitem__)
        return intent if scores[intent] >= _MIN_SCORE else NOT_UNDERSTOOD

    def _learn_words(self, texts: Sequence[str]) -> None:
        counts: dict[str, int] = {}
        for text in texts:
            for term in _terms(text):
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
    file = resources.files("affectgraph.agents.chat") / "intents.json"
    return IntentClassifier(json.loads(file.read_text(encoding="utf-8")))


def _terms(text: str) -> set[str]:
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower())
    return {*words, *map(" ".join, pairwise(words))}


def _unit(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    result: Floats = rows / np.maximum(length, 1e-9)
    return result
