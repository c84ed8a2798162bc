"""Words to emotion: one small network, calibrated, and the words that decide it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import Distribution, distribution, top
from affectgraph.tools.transcript.encoding import Context, encoder, pad
from affectgraph.tools.weights import onnx

NETWORK = "transcript-emotion.onnx"

_BATCH = 8
_LONGEST_PHRASE = 4
# In log-odds. Dropping more words changes more: a longer phrase earns each word.
_PRICE_OF_A_WORD = 0.3
_LEAST_CHANGE = 0.5


@dataclass(frozen=True)
class Reading:
    """What the network makes of one text.

    Attributes:
        distribution: Calibrated, over the basic emotions.
        words: Words of GoEmotions whose probability passes their threshold, the rarest
            and so most specific first, with that probability and threshold.
        quality: Probability that the top emotion is right, from validation texts.
        embedding: float32 [384], length one.
    """

    distribution: Distribution
    words: Mapping[str, tuple[float, float]]
    quality: float
    embedding: NDArray[np.float32]


@dataclass(frozen=True)
class Phrase:
    """Neighbouring words, and the top emotion's probability with and without them."""

    start: int
    stop: int
    emotion: str
    probability: float
    without: float


def classify(
    texts: Sequence[str], contexts: Sequence[Context | None] | None = None
) -> list[Reading]:
    """Read texts.

    Args:
        texts: What was said or written, each up to 96 word pieces; the rest of a
            longer one is not read.
        contexts: For each text the turns before it, oldest first, of which three are
            read; an empty one for speech without any turn before it, None (or no
            contexts at all) for something written.

    Returns:
        A reading for each text.

    Raises:
        WeightsError: If the weights are missing.
    """
    given = contexts if contexts is not None else [None] * len(texts)
    pairs = list(zip(texts, given, strict=True))
    parts = (pairs[start : start + _BATCH] for start in range(0, len(pairs), _BATCH))
    return [reading for part in parts for reading in _read(part)]


def carrying_phrases(
    words: Sequence[str], context: Context | None = None, *, most: int = 2
) -> list[Phrase]:
    """The phrases that decide the top emotion, found by leaving them out.

    Args:
        words: The words of one text.
        context: As for `classify`.
        most: How many phrases at most.

    Returns:
        Phrases of up to four words that do not overlap, the most decisive first; none
        where no word matters, or the text is one phrase.
    """
    if len(words) < 2:
        return []
    whole = classify([" ".join(words)], [context])[0].distribution
    emotion = top(whole)
    single = [(i, i + 1) for i in range(len(words))]
    change = _changes(words, single, context, emotion, whole[emotion])
    found: list[Phrase] = []
    for start in sorted(range(len(words)), key=lambda i: -change[i][0]):
        taken = {i for phrase in found for i in range(phrase.start, phrase.stop)}
        if len(found) == most or change[start][0] < _LEAST_CHANGE:
            break
        if start not in taken:
            spans = list(_around(start, len(words), taken))
            scores = _changes(words, spans, context, emotion, whole[emotion])
            best = max(range(len(spans)), key=lambda i: scores[i][0])
            found.append(Phrase(*spans[best], emotion, whole[emotion], scores[best][1]))
    return found


def _around(word: int, count: int, taken: set[int]) -> Iterator[tuple[int, int]]:
    for length in range(1, min(_LONGEST_PHRASE, count - 1) + 1):
        for start in range(max(0, word - length + 1), min(word, count - length) + 1):
            if not taken.intersection(range(start, start + length)):
                yield start, start + length


def _changes(
    words: Sequence[str],
    spans: Sequence[tuple[int, int]],
    context: Context | None,
    emotion: str,
    probability: float,
) -> list[tuple[float, float]]:
    """For each phrase: how decisive it is, and the probability left without it."""
    texts = [" ".join([*words[:start], *words[stop:]]) for start, stop in spans]
    readings = classify(texts, [context] * len(texts))
    left = [reading.distribution[emotion] for reading in readings]
    return [
        (_odds(probability) - _odds(p) - _PRICE_OF_A_WORD * (stop - start - 1), p)
        for p, (start, stop) in zip(left, spans, strict=True)
    ]


def _odds(probability: float) -> float:
    at = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(at / (1 - at)))


def _read(part: Sequence[tuple[str, Context | None]]) -> Iterator[Reading]:
    network = onnx.load(NETWORK)
    contract = network.contract
    rows = [encoder()(text, context or ()) for text, context in part]
    spoken, written, words, embedding = network(**pad(rows))
    for row, (text, context) in enumerate(part):
        register = contract["written" if context is None else "spoken"]
        logits = (written if context is None else spoken)[row]
        probabilities = calibrated(logits, register)
        yield Reading(
            distribution=distribution(probabilities.tolist()),
            words=_words(words[row], contract),
            quality=quality(probabilities, len(text.split()), register),
            embedding=embedding[row],
        )


def calibrated(
    logits: NDArray[np.floating[Any]], register: Mapping[str, Any]
) -> NDArray[np.float64]:
    """Softmax of shifted, tempered logits `[..., 7]`: a register of the contract."""
    shifted = (logits + np.asarray(register["bias"])) / register["temperature"]
    weights = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    result: NDArray[np.float64] = weights / weights.sum(axis=-1, keepdims=True)
    return result


def quality(
    probabilities: NDArray[np.float64], words: int, register: Mapping[str, Any]
) -> float:
    """Probability of being right: logistic in the top log-odds and the length."""
    constant, odds, length = register["quality"]
    score = constant + odds * _odds(probabilities.max()) + length * np.log1p(words)
    return float(1.0 / (1.0 + np.exp(-score)))


def _words(
    logits: NDArray[np.float32], contract: Mapping[str, Any]
) -> dict[str, tuple[float, float]]:
    rows = zip(
        contract["word_shares"],
        contract["words"],
        contract["word_thresholds"],
        1.0 / (1.0 + np.exp(-logits.astype(float))),
        strict=True,
    )
    return {
        word: (float(probability), threshold)
        for _, word, threshold, probability in sorted(rows)
        if probability > threshold and word != "neutral"
    }
