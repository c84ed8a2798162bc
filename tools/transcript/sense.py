"""The transcript sense: spoken or written words, and the emotion they express."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.audio.windows import split_windows
from affectgraph.tools.clip import Clip, Turn
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.language.detection import detect_language
from affectgraph.tools.perception import perception_tool
from affectgraph.tools.prosody.stress import stressed_word
from affectgraph.tools.prosody.voice_features import clip_contours
from affectgraph.tools.transcript import multilingual, recognition
from affectgraph.tools.transcript.emotion import (
    MULTILINGUAL_NETWORK,
    NETWORK,
    TextReading,
    classify,
    reads_sentences,
)
from affectgraph.tools.transcript.encoding import MAX_TURNS, TOKENIZER, Context
from affectgraph.tools.transcript.irony import (
    NO_IRONY,
    Irony,
    read_irony,
    shift_vote,
)
from affectgraph.tools.transcript.observations import (
    describe_irony,
    describe_language,
    describe_passage,
    describe_stress,
    summarize_passage,
)
from affectgraph.tools.transcript.readability import unreadable_reason
from affectgraph.tools.transcript.words import (
    Passage,
    SpokenSpan,
    clean_text,
    join_passages,
    spread_over_speech,
)

# Artifact of a clip: who says what, once it was found out.
UTTERANCES_KEY = "utterances"

# How many passages of a long clip get facts besides their summary.
_DETAILED_PASSAGES = 2
# Keyboard noise is taken for one language or another with less than this probability.
_SURE_LANGUAGE = 0.6


def recogniser_weights(clip: Clip) -> tuple[str, ...]:
    """Weights of the recogniser; none if the clip comes with words that are read."""
    return () if _reads_text(clip) else (recognition.recogniser_name(clip.language),)


def _needed_weights(clip: Clip) -> tuple[str, ...]:
    sentences = (MULTILINGUAL_NETWORK, multilingual.WEIGHTS)
    if _reads_text(clip) and clip.language != ENGLISH:
        return sentences
    network = sentences if reads_sentences(ENGLISH) else (NETWORK,)
    return (*network, TOKENIZER, *(recogniser_weights(clip) if clip.has_audio else ()))


@perception_tool(
    modality="transcript",
    prefix="T",
    needs="words",
    weights=_needed_weights,
    seconds=300,
)
def transcript(clip: Clip, span: Span, *, fine: bool = False) -> list[Evidence]:
    """Classify the words of a span.

    Words that come with the clip are used as they are if they can be read, in English
    or another of 15 languages; if there is sound too, their times are estimated from
    the speech in it. Otherwise the words are recognised, and translated to English.
    `fine` recognises with a wider beam.

    Returns:
        For each passage of at most 60 words and 30 s a summary with a distribution;
        then facts: decisive phrases, negations, questions, stressed words, and doubt
        about the recognition.

    Raises:
        SenseError: If there are no words.
        WeightsError: If weights are missing.
    """
    return _perceive_passages(clip, span, read_passages(clip, span, fine=fine))


def _reads_text(clip: Clip) -> bool:
    """Whether the clip comes with words that can be read."""
    return clip.text is not None and not _unreadable_reason(clip.text, clip.language)


def _unreadable_reason(text: str, language: str) -> str:
    """Why a text cannot be read; empty if it can be."""
    probability = detect_language(text)[1]
    doubtful = language == ENGLISH or probability < _SURE_LANGUAGE
    if reason := unreadable_reason(text, check_words=doubtful):
        return reason
    if language == ENGLISH or language in multilingual.LANGUAGES:
        return ""
    known = ", ".join(sorted(multilingual.LANGUAGES))
    return f"words in {language!r} cannot be read, only those in {known}"


def read_passages(clip: Clip, span: Span, *, fine: bool = False) -> list[Passage]:
    """The words of a span: those that come with the clip, or else recognised ones.

    Raises:
        SenseError: If there are no words.
        WeightsError: If the recogniser's weights are missing.
    """
    return _given_passages(clip, span) or _recognised_passages(clip, span, fine=fine)


def _given_passages(clip: Clip, span: Span) -> list[Passage]:
    """Readable words of the clip that fall into the span; empty if it has none."""
    if clip.text is None or not _reads_text(clip):
        return []
    spoken = speech_spans(clip, clip.span) if clip.has_audio else ()
    words = spread_over_speech(clean_text(clip.text), spoken or (clip.span,))
    inside = tuple(word for word in words if span.start <= word.span.middle <= span.end)
    if not inside:
        raise SenseError(f"no words of the given text fall into {span}")
    return join_passages([Passage(words=inside, language=clip.language)])


def _recognised_passages(clip: Clip, span: Span, *, fine: bool) -> list[Passage]:
    if not clip.has_audio and clip.text is not None:
        raise SenseError(_unreadable_reason(clip.text, clip.language))
    if not clip.has_audio:
        raise SenseError("no sound track and no words given")
    if not speech_spans(clip, span):
        raise SenseError("no speech found in the sound")
    segments = recognition.recognise(clip, span, fine=fine)
    if not segments:
        raise SenseError("speech found, but no words recognised in it for sure")
    return join_passages(segments)


def _perceive_passages(
    clip: Clip, span: Span, passages: Sequence[Passage]
) -> list[Evidence]:
    timed = clip.span.seconds > 0
    contexts = [_context(clip, passages, n) for n in range(len(passages))]
    texts = [passage.text for passage in passages]
    readings = classify(texts, contexts, language=passages[0].language)
    ironies = [
        _irony(passage, c) for passage, c in zip(passages, contexts, strict=True)
    ]
    readings = [
        replace(reading, distribution=shift_vote(reading.distribution, irony))
        for reading, irony in zip(readings, ironies, strict=True)
    ]
    key = _keep_embedding(clip, span, readings)
    summaries = [
        summarize_passage(
            passage,
            reading,
            span=passage.span if timed else span,
            timed=timed,
            embedding=key,
        )
        for passage, reading in zip(passages, readings, strict=True)
    ]
    facts = list(describe_language(passages[0], summaries[0]))
    for n in _surest_passages(readings):
        facts += describe_irony(passages[n], ironies[n], summaries[n])
        facts += describe_passage(passages[n], contexts[n], readings[n], summaries[n])
        facts += _stressed_word(clip, span, passages[n], summaries[n])
    return [*summaries, *facts]


def _irony(passage: Passage, context: Context | None) -> Irony:
    """Only English words that were not translated are known to be ironic."""
    if reads_sentences(passage.language) or passage.spoken_language:
        return NO_IRONY
    return read_irony(passage.text, context)


def _stressed_word(
    clip: Clip, span: Span, passage: Passage, summary: Evidence
) -> Iterator[Evidence]:
    """The most stressed word; only recognised English words have exact times."""
    if not passage.recognised or passage.spoken_language:
        return
    middle = passage.span.middle
    window = next(w for w in split_windows(clip, span) if middle <= w.end)
    times = [
        (word.span.start - window.start, word.span.end - window.start)
        for word in passage.words
    ]
    stress = stressed_word(clip_contours(clip, window), times)
    if stress is not None:
        yield describe_stress(passage.words[stress.index], stress, summary)


def _context(clip: Clip, passages: Sequence[Passage], number: int) -> Context | None:
    """Earlier turns and passages; None for text written outside a conversation.

    Where it is not known who speaks, all passages of a clip count as one person's.
    """
    if clip.turns is None and clip.span.seconds == 0:
        return None
    utterances: tuple[SpokenSpan, ...] = clip.artifact(UTTERANCES_KEY, tuple)
    if utterances:
        own_turns = _turns_before(passages[number].span, utterances)
    else:
        earlier = passages[max(0, number - MAX_TURNS) : number]
        own_turns = [Turn(text=passage.text, same_speaker=True) for passage in earlier]
    return [*(clip.turns or ()), *own_turns][-MAX_TURNS:]


def _turns_before(span: Span, utterances: Sequence[SpokenSpan]) -> list[Turn]:
    """The last utterances with words that begin before the one in this span."""
    current = max(utterances, key=lambda utterance: utterance.span.overlap(span))
    earlier = [u for u in utterances if u.words and u.span.start < current.span.start]
    return [
        Turn(text=utterance.text, same_speaker=utterance.person == current.person)
        for utterance in earlier[-MAX_TURNS:]
    ]


def _surest_passages(readings: Sequence[TextReading]) -> list[int]:
    """Indices of the passages with the surest emotion other than neutral, in order."""
    ranked = sorted(
        range(len(readings)),
        key=lambda n: (
            top_emotion(readings[n].distribution) == "neutral",
            -readings[n].quality,
        ),
    )
    return sorted(ranked[:_DETAILED_PASSAGES])


def _keep_embedding(
    clip: Clip, span: Span, readings: Sequence[TextReading]
) -> str | None:
    """Store one vector of length one for all words of the span; return its key.

    None for words that are not English, which have no such vector.
    """
    vectors = [r.embedding for r in readings if r.embedding.size]
    if not vectors:
        return None
    vector = np.mean(vectors, axis=0)
    key = "embedding/transcript"
    if span != clip.span:
        key = f"{key}/{span}"
    return clip.keep(key, vector / np.linalg.norm(vector))
