"""Search by text: which cases are about what somebody says, whatever its words."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from affectgraph.memory.case import Case
from affectgraph.tools.transcript.emotion import classify

# Sentences of a summary, and in each the part before its numbers and times.
_SENTENCE = re.compile(r"[.;] ")
_NUMBERS = re.compile(r"[\s(:]*\b(?:from|for|in|at|over|by)?[\s(]*\d.*")

# What the very words add to the nearness in meaning, which is at most one.
_WEIGHT_OF_WORDS = 0.3


def ranked(words: str, cases: Sequence[Case]) -> list[Case]:
    """Cases in the order in which they fit a text, best first.

    Raises:
        WeightsError: If the network that reads words is missing.
    """
    fits = scores(words, cases)
    return [cases[n] for n in np.argsort(-fits, kind="stable")]


def scores(words: str, cases: Sequence[Case]) -> NDArray[np.float64]:
    """How well each case fits a text: by its best sentence, and by the very words.

    Sentences are compared by the embedding of the transcript sense, and words count
    the more the fewer cases have them. Summaries repeat each other, so few sentences
    have to be embedded, however many cases there are.

    Returns:
        Scores [n], higher is better.
    """
    told = [_told(case) for case in cases]
    sentences = list(dict.fromkeys(one for each in told for one in each))
    if not sentences:
        return np.zeros(len(cases))
    (asked,) = classify([words])
    near = {
        sentence: float(reading.embedding @ asked.embedding)
        for sentence, reading in zip(sentences, classify(sentences), strict=True)
    }
    meaning = [max((near[one] for one in each), default=-1.0) for each in told]
    return np.array(meaning) + _WEIGHT_OF_WORDS * _shared(words, told)


def _told(case: Case) -> list[str]:
    parts = [_NUMBERS.sub("", part) for part in _SENTENCE.split(case.summary)]
    told = (part.strip(" .,:(") for part in (*parts, case.label, *case.labels))
    return [part for part in dict.fromkeys(told) if part]


def _shared(words: str, told: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """The share of a text's words that each case has, rare ones counting more."""
    texts = [" ".join(each).lower() for each in told]
    wanted = list(dict.fromkeys(re.findall(r"\w+", words.lower())))
    if not wanted:
        return np.zeros(len(told))
    has = np.array([[word in text for text in texts] for word in wanted], float)
    rarity = np.log((1 + len(texts)) / (1 + has.sum(axis=1, initial=0.0)))
    shares: NDArray[np.float64] = rarity @ has / max(rarity.sum(), 1e-9)
    return shares
