"""Emotion of a text: small calibrated networks, and the phrases that decide."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.emotions import Distribution, distribution, top_emotion
from affectgraph.tools.transcript.encoding import Context, load_encoder, pad_batch
from affectgraph.tools.transcript.multilingual import encode_sentences
from affectgraph.tools.transcript.spelling import spell_out
from affectgraph.tools.weights import in_selected_set, onnx

NETWORK = "transcript-emotion.onnx"
MULTILINGUAL_NETWORK = "transcript-multilingual.onnx"

_MAX_PHRASE_WORDS = 4
# In log-odds. Leaving out more words changes more, so each extra word has a cost.
_COST_PER_WORD = 0.3
_MIN_CHANGE = 0.5


@dataclass(frozen=True)
class TextReading:
    """The network's output for one text.

    Attributes:
        distribution: Calibrated, over the basic emotions.
        words: GoEmotions labels whose probability exceeds their threshold, each with
            that probability and threshold; the rarest, most specific label first.
        quality: Probability that the top emotion is right, fitted on validation texts.
        embedding: float32 [384] of length one; empty if the text is not English.
    """

    distribution: Distribution
    words: Mapping[str, tuple[float, float]]
    quality: float
    embedding: NDArray[np.float32]


@dataclass(frozen=True)
class DecisivePhrase:
    """Adjacent words, and the top emotion's probability with and without them."""

    start: int
    stop: int
    emotion: str
    probability: float
    without: float


def classify(
    texts: Sequence[str],
    contexts: Sequence[Context | None] | None = None,
    *,
    language: str = ENGLISH,
) -> list[TextReading]:
    """Classify the emotion that each text expresses.

    Args:
        texts: Spoken or written texts. Only the first 96 word pieces of each are used.
        contexts: For each text the turns before it, oldest first; the last three are
            used. An empty context marks speech without an earlier turn. None (or no
            contexts at all) marks written text.
        language: Of all texts: English, or one of `multilingual.LANGUAGES`, whose texts
            are read without context.

    Returns:
        One reading for each text, in order.

    Raises:
        WeightsError: If the weights are missing.
    """
    if reads_sentences(language):
        return list(_classify_sentences(texts))
    contexts = contexts if contexts is not None else [None] * len(texts)
    return list(_classify_english(list(zip(texts, contexts, strict=True))))


def reads_sentences(language: str) -> bool:
    """Whether texts in a language are read by their sentence vectors.

    All but English ones are, and English ones where the selected set of weights has no
    network for them.
    """
    return language != ENGLISH or not in_selected_set(NETWORK)


def decisive_phrases(
    words: Sequence[str],
    whole: Distribution,
    context: Context | None = None,
    *,
    language: str = ENGLISH,
    max_phrases: int = 2,
) -> list[DecisivePhrase]:
    """Find the phrases that decide the top emotion, by leaving each out.

    Args:
        words: The words of one text.
        whole: Its distribution, as `classify` gives it.
        context: As for `classify`.
        language: As for `classify`.
        max_phrases: Largest number of phrases to return.

    Returns:
        Non-overlapping phrases of up to four words, the most decisive first; none if
        no word matters or the text has a single word.
    """
    if len(words) < 2:
        return []
    emotion = top_emotion(whole)

    def leave_out(start: int, stop: int) -> tuple[float, DecisivePhrase]:
        """The effect of a phrase in log-odds, less a cost of its length."""
        text = " ".join([*words[:start], *words[stop:]])
        without = classify([text], [context], language=language)[0].distribution
        effect = _log_odds(whole[emotion]) - _log_odds(without[emotion])
        cost = _COST_PER_WORD * (stop - start - 1)
        phrase = DecisivePhrase(start, stop, emotion, whole[emotion], without[emotion])
        return effect - cost, phrase

    ranked = sorted(
        (leave_out(i, i + 1) for i in range(len(words))), key=lambda pair: -pair[0]
    )
    phrases: list[DecisivePhrase] = []
    for effect, word in ranked:
        if len(phrases) == max_phrases or effect < _MIN_CHANGE:
            break
        taken = {i for phrase in phrases for i in range(phrase.start, phrase.stop)}
        if word.start not in taken:
            phrases.append(_grow((effect, word), len(words), taken, leave_out))
    return phrases


def _grow(
    best: tuple[float, DecisivePhrase],
    count: int,
    taken: set[int],
    leave_out: Callable[[int, int], tuple[float, DecisivePhrase]],
) -> DecisivePhrase:
    """Add the neighbour of a phrase that adds most to its effect, while one does."""
    while True:
        start, stop = best[1].start, best[1].stop
        longer = [
            leave_out(first, last)
            for first, last in ((start - 1, stop), (start, stop + 1))
            if first >= 0
            and last <= count
            and last - first <= min(_MAX_PHRASE_WORDS, count - 1)
            and not taken.intersection(range(first, last))
        ]
        better = max(longer, key=lambda pair: pair[0], default=best)
        if better[0] <= best[0]:
            return best[1]
        best = better


def _log_odds(probability: float) -> float:
    at = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(at / (1 - at)))


def _classify_english(
    texts: Sequence[tuple[str, Context | None]],
) -> Iterator[TextReading]:
    contract = onnx.load(NETWORK).contract
    rows = zip(*network_outputs(texts), strict=True)
    for (text, context), (spoken, written, words, embedding) in zip(
        texts, rows, strict=True
    ):
        register = contract["written" if context is None else "spoken"]
        logits = written if context is None else spoken
        probabilities = calibrate_logits(logits, register)
        yield TextReading(
            distribution=distribution(probabilities.tolist()),
            words=_words_above_threshold(words, contract),
            quality=estimate_quality(probabilities, len(text.split()), register),
            embedding=embedding,
        )


def network_outputs(
    texts: Sequence[tuple[str, Context | None]],
) -> list[NDArray[np.float32]]:
    """Logits `spoken`, `written` [n, 7] and `words` [n, 28]; vectors [n, 384].

    Each text is a batch of its own: the network rounds the activations of a whole batch
    on one scale, and a text must not be read differently beside others.
    """
    network, encoder = onnx.load(NETWORK), load_encoder()
    outputs = [
        network(**pad_batch([encoder(text, context or ())])) for text, context in texts
    ]
    return [np.concatenate(column) for column in zip(*outputs, strict=True)]


def _classify_sentences(texts: Sequence[str]) -> Iterator[TextReading]:
    network = onnx.load(MULTILINGUAL_NETWORK)
    register = network.contract["written"]
    (logits,) = network(vector=encode_sentences([spell_out(text) for text in texts]))
    for text, probabilities in zip(
        texts, calibrate_logits(logits, register), strict=True
    ):
        yield TextReading(
            distribution=distribution(probabilities.tolist()),
            words={},
            quality=estimate_quality(probabilities, len(text.split()), register),
            embedding=np.zeros(0, dtype=np.float32),
        )


def calibrate_logits(
    logits: NDArray[np.floating[Any]], register: Mapping[str, Any]
) -> NDArray[np.float64]:
    """Calibrated probabilities of logits `[..., 7]`.

    Neutral words say little about the person: in their share of the reading, the base
    rate of emotions is all that is known.

    Args:
        logits: Raw outputs of the network.
        register: From the contract, for speech or writing: `temperature`, `base_rate`,
            and `neutral_weight` in [0, 1].
    """
    shifted = logits / register["temperature"]
    weights = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    read = weights / weights.sum(axis=-1, keepdims=True)
    unknown = register["neutral_weight"] * read[..., :1]
    result: NDArray[np.float64] = (1 - unknown) * read + unknown * np.asarray(
        register["base_rate"]
    )
    return result


def estimate_quality(
    probabilities: NDArray[np.float64], words: int, register: Mapping[str, Any]
) -> float:
    """Probability that the top emotion is right, in [0, 1].

    A logistic function of the top log-odds and the number of words.
    """
    constant, odds, length = register["quality"]
    score = constant + odds * _log_odds(probabilities.max()) + length * np.log1p(words)
    return float(1.0 / (1.0 + np.exp(-score)))


def _words_above_threshold(
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
