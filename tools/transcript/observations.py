"""Evidence of the transcript sense: passage summaries and facts about the words."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.emotions import top_emotion, valence_arousal
from affectgraph.tools.evidence import Evidence, Measurement, Moment, Provenance, Span
from affectgraph.tools.prosody.stress import Stress
from affectgraph.tools.transcript.emotion import (
    MULTILINGUAL_NETWORK,
    NETWORK,
    DecisivePhrase,
    TextReading,
    classify,
    decisive_phrases,
    reads_sentences,
)
from affectgraph.tools.transcript.encoding import Context
from affectgraph.tools.transcript.facts import find_negations, find_questions
from affectgraph.tools.transcript.irony import Irony
from affectgraph.tools.transcript.spelling import is_shouted
from affectgraph.tools.transcript.words import (
    PUNCTUATION,
    Passage,
    Word,
    clean_text,
    split_sentences,
)
from affectgraph.tools.weights import onnx

_MAX_QUOTE = 200
_MAX_FACTS_PER_KIND = 2
_DOUBTFUL_PASSAGE = 0.4
_DOUBTFUL_WORD = 0.3
_LIKELY_IRONIC = 0.5
_MIN_WORDS_FOR_RATE = 4
# Words a minute in British English, from a slow lecture to a quick conversation:
# Tauroza & Allison (1990), "Speech rates in British English", Applied Linguistics 11.
_SLOW_RATE, _FAST_RATE = 125.0, 230.0
# Emotions whose noun differs from their name.
_NOUNS = {"happy": "happiness", "sad": "sadness", "angry": "anger"}


def summarize_passage(
    passage: Passage,
    reading: TextReading,
    *,
    span: Span,
    timed: bool,
    embedding: str | None,
) -> Evidence:
    """Summarise a passage: its words and the emotion that they express.

    Args:
        passage: The words.
        reading: The network's output for them.
        span: The seconds of the clip that the evidence covers.
        timed: Whether the words have times, so that a timeline can be built.
        embedding: Artifact key of the vector of all words of the clip, if any.
    """
    ranked = sorted(reading.distribution.items(), key=lambda pair: -pair[1])
    valence, arousal = valence_arousal(reading.distribution)
    return Evidence(
        span=span,
        observation=f"The words {_quote(passage.text)} read most as {ranked[0][0]} "
        f"({ranked[0][1]:.2f}), then {ranked[1][0]} ({ranked[1][1]:.2f}).",
        measurements={**_measurements(passage, reading), **_word_rate(passage)},
        distribution=reading.distribution,
        valence=valence,
        arousal=arousal,
        quality=reading.quality * passage.spoken_probability**0.5,
        timeline=_timeline(passage) if timed else (),
        embedding=embedding,
        provenance=_provenance(passage.language),
    )


def _measurements(passage: Passage, reading: TextReading) -> dict[str, Measurement]:
    words = {
        f"word {word}": Measurement(
            value=probability,
            low=0.0,
            high=threshold,
            baseline="threshold of best F1 on held-out comments",
        )
        for word, (probability, threshold) in reading.words.items()
    }
    counted = {**words, "words": Measurement(value=len(passage.words))}
    if passage.recognised:
        counted["recognition certainty"] = Measurement(value=passage.certainty)
    return counted


def _word_rate(passage: Passage) -> dict[str, Measurement]:
    """Words a second; empty if too few words have times."""
    if passage.span.seconds == 0 or len(passage.words) < _MIN_WORDS_FOR_RATE:
        return {}
    rate = Measurement(
        value=round(len(passage.words) / passage.span.seconds, 2),
        unit="words/s",
        low=round(_SLOW_RATE / 60, 2),
        high=round(_FAST_RATE / 60, 2),
        baseline="English from slow lecture to quick conversation",
    )
    return {"word rate": rate}


def _timeline(passage: Passage) -> tuple[Moment, ...]:
    """One moment a sentence; a sentence under a second joins its neighbour."""
    parts: list[Passage] = []
    for sentence in split_sentences(passage):
        if parts and (parts[-1].span.seconds < 1 or sentence.span.seconds < 1):
            words = (*parts[-1].words, *sentence.words)
            parts[-1] = passage.model_copy(update={"words": words})
        else:
            parts.append(sentence)
    texts = [part.text for part in parts]
    readings = classify(texts, [()] * len(parts), language=passage.language)
    return tuple(
        Moment(span=part.span, distribution=reading.distribution)
        for part, reading in zip(parts, readings, strict=True)
    )


def describe_passage(
    passage: Passage, context: Context | None, reading: TextReading, summary: Evidence
) -> Iterator[Evidence]:
    """Facts about a passage: decisive phrases, negations, questions, doubt.

    Args:
        passage: The words.
        context: The turns before them, as given to `emotion.classify`.
        reading: The network's output for them.
        summary: The summary of the passage.
    """
    words = passage.words
    if top_emotion(reading.distribution) != "neutral":
        texts = [word.text for word in words]
        language = passage.language
        for phrase in decisive_phrases(
            texts, reading.distribution, context, language=language
        ):
            yield _phrase_fact(words[phrase.start : phrase.stop], phrase, summary)
    negations = (
        negated
        for negated in find_negations(passage)
        if _changes_reading(negated[0], passage, context, reading)
    )
    for negated in islice(negations, _MAX_FACTS_PER_KIND):
        yield _fact(f"The words {_quote(_join(negated))} negate.", negated, summary)
    for question in islice(find_questions(passage), _MAX_FACTS_PER_KIND):
        observation = f"A question is asked: {_quote(question.text)}."
        yield _fact(observation, question.words, summary)
    if is_shouted(passage.text):
        yield _fact("The words are written in capitals.", words, summary)
    if passage.spoken_probability < _DOUBTFUL_PASSAGE:
        yield _doubt_fact(passage, summary)


def describe_language(passage: Passage, summary: Evidence) -> Iterator[Evidence]:
    """The fact that the words, or the speech behind them, are not English."""
    if passage.spoken_language:
        observation = (
            f"The words are translated from {_quote(passage.spoken_language)}."
        )
        yield _fact(observation, passage.words, summary)
    elif passage.language != ENGLISH:
        observation = f"The language of the words is {_quote(passage.language)}."
        yield _fact(observation, passage.words, summary)


def describe_irony(
    passage: Passage, irony: Irony, summary: Evidence
) -> Iterator[Evidence]:
    """The fact that the words are likely meant otherwise than they say."""
    if irony.probability < _LIKELY_IRONIC:
        return
    probability = Measurement(
        value=round(irony.probability, 3), low=0.0, high=0.5, baseline=irony.sign
    )
    observation = f"The words are likely ironic ({irony.probability:.2f})."
    measured = {"probability of irony": probability}
    yield _fact(observation, passage.words, summary, measured)


def _changes_reading(
    negation: Word, passage: Passage, context: Context | None, reading: TextReading
) -> bool:
    """Whether the top emotion is another one without a negating word."""
    if passage.language != ENGLISH or len(passage.words) < 2:
        return False
    rest = " ".join(word.text for word in passage.words if word is not negation)
    without = classify([rest], [context])[0]
    return top_emotion(without.distribution) != top_emotion(reading.distribution)


def describe_stress(word: Word, stress: Stress, summary: Evidence) -> Evidence:
    """The fact that the voice stresses a word."""
    observation = (
        f"The word {_quote(word.text.strip(PUNCTUATION))} is stressed: "
        f"{stress.louder:.1f} dB louder and {stress.higher:.1f} semitones higher than "
        "the middle word."
    )
    return _fact(observation, [word], summary, stress.measurements)


def _phrase_fact(
    words: Sequence[Word], phrase: DecisivePhrase, summary: Evidence
) -> Evidence:
    emotion = _NOUNS.get(phrase.emotion, phrase.emotion)
    single = len(words) == 1
    noun, pronoun = ("word", "it") if single else ("words", "them")
    observation = (
        f"The {noun} {_quote(_join(words))} {'carries' if single else 'carry'} the "
        f"{emotion}: without {pronoun} its probability falls from "
        f"{phrase.probability:.2f} to {phrase.without:.2f}."
    )
    measurements = {
        f"probability of {phrase.emotion} without": Measurement(
            value=phrase.without,
            low=phrase.probability,
            high=1.0,
            baseline="with these words, or more",
        )
    }
    return _fact(observation, words, summary, measurements)


def _doubt_fact(passage: Passage, summary: Evidence) -> Evidence:
    unclear = [w.text for w in passage.words if w.probability < _DOUBTFUL_WORD]
    which = f"; least sure: {_quote(' '.join(unclear))}" if unclear else ""
    observation = (
        f"The recognition is in doubt (mean certainty {passage.certainty:.2f}, "
        f"silence {passage.silence:.2f}){which}."
    )
    measurements = {
        "recognition certainty": Measurement(value=passage.certainty),
        "probability of silence": Measurement(value=passage.silence),
    }
    return _fact(observation, passage.words, summary, measurements)


def _fact(
    observation: str,
    words: Sequence[Word],
    summary: Evidence,
    measurements: Mapping[str, Measurement] | None = None,
) -> Evidence:
    """A fact about some words, with the quality and provenance of its summary."""
    span = summary.span
    if span.seconds > 0:
        span = Span(start=words[0].span.start, end=words[-1].span.end)
    return Evidence(
        span=span,
        observation=observation,
        measurements=dict(measurements or {}),
        quality=summary.quality,
        provenance=summary.provenance,
    )


def _join(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _quote(text: str) -> str:
    """Quote words as data: one bounded line without inner double quotes."""
    quoted = clean_text(text).replace('"', "'")
    if len(quoted) > _MAX_QUOTE:
        quoted = f"{quoted[: _MAX_QUOTE - 1].rsplit(' ', 1)[0]}…"
    return f'"{quoted}"'


def _provenance(language: str) -> Provenance:
    network = onnx.load(MULTILINGUAL_NETWORK if reads_sentences(language) else NETWORK)
    return Provenance(model=network.name, sha256=network.sha256)
