"""What the transcript sense writes down: summaries and facts as evidence."""

from collections.abc import Iterator, Sequence

from affectgraph.tools.emotions import top, valence_arousal
from affectgraph.tools.evidence import Evidence, Measurement, Moment, Provenance, Span
from affectgraph.tools.prosody.stress import Stress
from affectgraph.tools.transcript.emotion import (
    NETWORK,
    Phrase,
    Reading,
    carrying_phrases,
    classify,
)
from affectgraph.tools.transcript.encoding import Context
from affectgraph.tools.transcript.facts import negations, questions
from affectgraph.tools.transcript.words import MARKS, Passage, Word, clean, sentences
from affectgraph.tools.weights import onnx

_LONGEST_QUOTE = 200
_MOST_OF_A_KIND = 2
_DOUBTFUL = 0.4
_UNHEARD_WORD = 0.3
_FEWEST_PACED = 4
# Words a minute in British English, from a slow lecture to a quick conversation:
# Tauroza & Allison (1990), "Speech rates in British English", Applied Linguistics 11.
_SLOW, _QUICK = 125.0, 230.0
# What words carry is named by a noun.
_NOUNS = {"happy": "happiness", "sad": "sadness", "angry": "anger"}


def summary(
    passage: Passage, reading: Reading, *, span: Span, timed: bool, embedding: str
) -> Evidence:
    """What was said in a passage, and the emotion its words express.

    Args:
        passage: The words.
        reading: What the network made of them.
        span: The seconds it is about.
        timed: The words have times, so that there is a timeline.
        embedding: Key of the vector of all words.
    """
    ranked = sorted(reading.distribution.items(), key=lambda pair: -pair[1])
    valence, arousal = valence_arousal(reading.distribution)
    return Evidence(
        span=span,
        observation=f"The words {_quote(passage.text)} read most as {ranked[0][0]} "
        f"({ranked[0][1]:.2f}), then {ranked[1][0]} ({ranked[1][1]:.2f}).",
        measurements={**_measurements(passage, reading), **_pace(passage)},
        distribution=reading.distribution,
        valence=valence,
        arousal=arousal,
        quality=reading.quality * passage.heard**0.5,
        timeline=_timeline(passage) if timed else (),
        embedding=embedding,
        provenance=_provenance(),
    )


def _measurements(passage: Passage, reading: Reading) -> dict[str, Measurement]:
    words = {
        f"word {word}": Measurement(
            value=probability,
            low=0.0,
            high=threshold,
            baseline="threshold of best F1 on held-out comments",
        )
        for word, (probability, threshold) in reading.words.items()
    }
    return {**words, "words": Measurement(value=len(passage.words))}


def _pace(passage: Passage) -> dict[str, Measurement]:
    """Words a second, where enough of them have times."""
    if passage.span.seconds == 0 or len(passage.words) < _FEWEST_PACED:
        return {}
    pace = Measurement(
        value=round(len(passage.words) / passage.span.seconds, 2),
        unit="words/s",
        low=round(_SLOW / 60, 2),
        high=round(_QUICK / 60, 2),
        baseline="English from slow lecture to quick conversation",
    )
    return {"word rate": pace}


def stress(word: Word, found: Stress, whole: Evidence) -> Evidence:
    """A word that the voice stresses."""
    observation = (
        f"The word {_quote(word.text.strip(MARKS))} is stressed: {found.louder:.1f} dB "
        f"louder and {found.higher:.1f} semitones higher than the middle word."
    )
    fact = _fact(observation, [word], whole)
    return fact.model_copy(
        update={
            "measurements": {
                "stress_level": Measurement(value=round(found.louder, 2), unit="dB"),
                "stress_pitch": Measurement(
                    value=round(found.higher, 2), unit="semitones"
                ),
            }
        }
    )


def _timeline(passage: Passage) -> tuple[Moment, ...]:
    """Sentence by sentence; those under a second join the one before."""
    parts: list[Passage] = []
    for sentence in sentences(passage):
        if parts and (parts[-1].span.seconds < 1 or sentence.span.seconds < 1):
            words = (*parts[-1].words, *sentence.words)
            parts[-1] = passage.model_copy(update={"words": words})
        else:
            parts.append(sentence)
    readings = classify([part.text for part in parts], [()] * len(parts))
    return tuple(
        Moment(span=part.span, distribution=reading.distribution)
        for part, reading in zip(parts, readings, strict=True)
    )


def facts(
    passage: Passage, context: Context | None, reading: Reading, whole: Evidence
) -> Iterator[Evidence]:
    """The phrases that carry the emotion, negations, questions, and doubt.

    Args:
        passage: The words.
        context: As they were read, for `emotion.classify`.
        reading: What the network made of them.
        whole: The summary of the passage.
    """
    words = passage.words
    if top(reading.distribution) != "neutral":
        for phrase in carrying_phrases([word.text for word in words], context):
            yield _carrying(words[phrase.start : phrase.stop], phrase, whole)
    for number, negated in enumerate(negations(passage)):
        if number < _MOST_OF_A_KIND:
            yield _fact(f"The words {_quote(_joined(negated))} negate.", negated, whole)
    for number, question in enumerate(questions(passage)):
        if number < _MOST_OF_A_KIND:
            observation = f"A question is asked: {_quote(question.text)}."
            yield _fact(observation, question.words, whole)
    if passage.heard < _DOUBTFUL:
        yield _doubt(passage, whole)


def _carrying(words: Sequence[Word], phrase: Phrase, whole: Evidence) -> Evidence:
    emotion = _NOUNS.get(phrase.emotion, phrase.emotion)
    one = len(words) == 1
    what, them = ("word", "it") if one else ("words", "them")
    observation = (
        f"The {what} {_quote(_joined(words))} {'carries' if one else 'carry'} the "
        f"{emotion}: without {them} its probability falls from "
        f"{phrase.probability:.2f} to {phrase.without:.2f}."
    )
    measured = {
        f"probability of {phrase.emotion} without": Measurement(
            value=phrase.without,
            low=phrase.probability,
            high=1.0,
            baseline="with these words, or more",
        )
    }
    fact = _fact(observation, words, whole)
    return fact.model_copy(update={"measurements": measured})


def _doubt(passage: Passage, whole: Evidence) -> Evidence:
    unclear = [w.text for w in passage.words if w.probability < _UNHEARD_WORD]
    which = f"; least sure: {_quote(' '.join(unclear))}" if unclear else ""
    fact = _fact(
        f"The recognition is in doubt (mean certainty {passage.certainty:.2f}, "
        f"silence {passage.silence:.2f}){which}.",
        passage.words,
        whole,
    )
    return fact.model_copy(
        update={
            "measurements": {
                "recognition certainty": Measurement(value=passage.certainty),
                "probability of silence": Measurement(value=passage.silence),
            }
        }
    )


def _fact(observation: str, words: Sequence[Word], whole: Evidence) -> Evidence:
    """A fact about some words, as trustworthy as the reading it belongs to."""
    timed = whole.span.seconds > 0
    return Evidence(
        span=Span(start=words[0].span.start, end=words[-1].span.end)
        if timed
        else whole.span,
        observation=observation,
        quality=whole.quality,
        provenance=whole.provenance,
    )


def _joined(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _quote(text: str) -> str:
    """Quoted words are data: one line, bounded, no quote that could close early."""
    kept = clean(text).replace('"', "'")
    if len(kept) > _LONGEST_QUOTE:
        kept = f"{kept[: _LONGEST_QUOTE - 1].rsplit(' ', 1)[0]}…"
    return f'"{kept}"'


def _provenance() -> Provenance:
    network = onnx.load(NETWORK)
    return Provenance(model=network.name, sha256=network.sha256)
