"""Rank cases by how well their summaries match a text."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from affectgraph.memory.case import Case
from affectgraph.tools.transcript.emotion import classify

# A summary is split into sentences. In each, what follows the first number is ignored:
# numbers and times say nothing about the meaning.
_SENTENCE_END = re.compile(r"[.;] ")
_NUMBERS = re.compile(r"[\s(:]*\b(?:from|for|in|at|over|by)?[\s(]*\d.*")

# Weight of shared words, beside a similarity in meaning of at most one.
_WORD_WEIGHT = 0.3


def rank_cases(query: str, cases: Sequence[Case]) -> list[Case]:
    """Cases in the order in which they match a text, best first."""
    scores = score_cases(query, cases)
    return [cases[n] for n in np.argsort(-scores, kind="stable")]


def score_cases(query: str, cases: Sequence[Case]) -> NDArray[np.float64]:
    """How well each case matches a text: by its best sentence, and by shared words.

    Sentences are compared by the embedding of the transcript sense. A word counts more
    the fewer cases have it. Summaries share most of their sentences, so few sentences
    have to be embedded, however many cases there are.

    Returns:
        Scores [n], higher is better.
    """
    sentences_of_cases = [_sentences(case) for case in cases]
    sentences = list(dict.fromkeys(s for group in sentences_of_cases for s in group))
    if not sentences:
        return np.zeros(len(cases))
    (query_reading,) = classify([query])
    similarities = {
        sentence: float(reading.embedding @ query_reading.embedding)
        for sentence, reading in zip(sentences, classify(sentences), strict=True)
    }
    best = [
        max((similarities[s] for s in group), default=-1.0)
        for group in sentences_of_cases
    ]
    return np.array(best) + _WORD_WEIGHT * _shared_words(query, sentences_of_cases)


def _sentences(case: Case) -> list[str]:
    parts = [_NUMBERS.sub("", part) for part in _SENTENCE_END.split(case.summary)]
    texts = (part.strip(" .,:(") for part in (*parts, case.label, *case.labels))
    return [text for text in dict.fromkeys(texts) if text]


def _shared_words(
    query: str, sentences_of_cases: Sequence[Sequence[str]]
) -> NDArray[np.float64]:
    """The share of a query's words that each case has, rare words counting more."""
    texts = [" ".join(sentences).lower() for sentences in sentences_of_cases]
    words = list(dict.fromkeys(re.findall(r"\w+", query.lower())))
    if not words:
        return np.zeros(len(texts))
    has_word = np.array([[word in text for text in texts] for word in words], float)
    rarity = np.log((1 + len(texts)) / (1 + has_word.sum(axis=1, initial=0.0)))
    shares: NDArray[np.float64] = rarity @ has_word / max(rarity.sum(), 1e-9)
    return shares
