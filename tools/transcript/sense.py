"""The transcript sense: spoken or written words, and the emotion they express."""

from collections.abc import Iterator, Sequence

import numpy as np

from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.audio.windows import split_windows
from affectgraph.tools.clip import Clip, Turn
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.perception import perception_tool
from affectgraph.tools.prosody.stress import stressed_word
from affectgraph.tools.prosody.voice_features import clip_contours
from affectgraph.tools.transcript import recognition
from affectgraph.tools.transcript.emotion import NETWORK, TextReading, classify
from affectgraph.tools.transcript.encoding import MAX_TURNS, TOKENIZER, Context
from affectgraph.tools.transcript.observations import (
    describe_passage,
    describe_stress,
    summarize_passage,
)
from affectgraph.tools.transcript.words import (
    Passage,
    clean_text,
    join_passages,
    spread_over_speech,
)

# How many passages of a long clip get facts besides their summary.
_DETAILED_PASSAGES = 2


def recogniser_weights(clip: Clip) -> tuple[str, ...]:
    """Weights of the recogniser; none if the clip comes with English words."""
    return (
        () if _has_english_text(clip) else (recognition.recogniser_name(clip.language),)
    )


def _needed_weights(clip: Clip) -> tuple[str, ...]:
    return (NETWORK, TOKENIZER, *recogniser_weights(clip))


@perception_tool(
    modality="transcript",
    prefix="T",
    needs="words",
    weights=_needed_weights,
    seconds=300,
)
def transcript(clip: Clip, span: Span, *, fine: bool = False) -> list[Evidence]:
    """Classify the words of a span.

    English words that come with the clip are used as they are; if there is sound too,
    their times are estimated from the speech in it. Otherwise the words are recognised,
    and translated to English. `fine` recognises with a wider beam.

    Returns:
        For each passage of at most 60 words and 30 s a summary with a distribution;
        then facts: decisive phrases, negations, questions, stressed words, and doubt
        about the recognition.

    Raises:
        SenseError: If there are no words.
        WeightsError: If weights are missing.
    """
    return _perceive_passages(clip, span, read_passages(clip, span, fine=fine))


def _has_english_text(clip: Clip) -> bool:
    """Whether the clip comes with words in the language of the network."""
    return clip.text is not None and clip.language == ENGLISH


def read_passages(clip: Clip, span: Span, *, fine: bool = False) -> list[Passage]:
    """The words of a span: those that come with the clip, or else recognised ones.

    Raises:
        SenseError: If there are no words.
        WeightsError: If the recogniser's weights are missing.
    """
    return _given_passages(clip, span) or _recognised_passages(clip, span, fine=fine)


def _given_passages(clip: Clip, span: Span) -> list[Passage]:
    """English words of the clip that fall into the span; empty if it has none."""
    if clip.text is None or not _has_english_text(clip):
        return []
    spoken = speech_spans(clip, clip.span) if clip.has_audio else ()
    words = spread_over_speech(clean_text(clip.text), spoken or (clip.span,))
    inside = tuple(
        word
        for word in words
        if span.start <= (word.span.start + word.span.end) / 2 <= span.end
    )
    if not inside:
        raise SenseError(f"no words of the given text fall into {span}")
    return join_passages([Passage(words=inside)])


def _recognised_passages(clip: Clip, span: Span, *, fine: bool) -> list[Passage]:
    if not clip.has_audio and clip.text is not None:
        raise SenseError(
            f"words in {clip.language!r} without sound to translate; only English is"
            " read"
        )
    if not clip.has_audio:
        raise SenseError("no sound track and no words given")
    if not speech_spans(clip, span):
        raise SenseError("no speech found in the sound")
    segments = recognition.recognise(clip, span, fine=fine)
    if not segments:
        raise SenseError("speech found, but no words recognised in it")
    return join_passages(segments)


def _perceive_passages(
    clip: Clip, span: Span, passages: Sequence[Passage]
) -> list[Evidence]:
    timed = clip.span.seconds > 0
    contexts = [_context(clip, passages, n) for n in range(len(passages))]
    readings = classify([passage.text for passage in passages], contexts)
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
    facts: list[Evidence] = []
    for n in _surest_passages(readings):
        facts += describe_passage(passages[n], contexts[n], readings[n], summaries[n])
        facts += _stressed_word(clip, span, passages[n], summaries[n])
    return [*summaries, *facts]


def _stressed_word(
    clip: Clip, span: Span, passage: Passage, summary: Evidence
) -> Iterator[Evidence]:
    """The most stressed word; only recognised English words have exact times."""
    if not clip.has_audio or clip.text is not None or clip.language != ENGLISH:
        return
    middle = (passage.span.start + passage.span.end) / 2
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

    All passages of a clip count as one speaker's: this sense knows no speakers.
    """
    if clip.turns is None and clip.span.seconds == 0:
        return None
    earlier = passages[max(0, number - MAX_TURNS) : number]
    own_turns = [Turn(text=passage.text, same_speaker=True) for passage in earlier]
    return [*(clip.turns or ()), *own_turns][-MAX_TURNS:]


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


def _keep_embedding(clip: Clip, span: Span, readings: Sequence[TextReading]) -> str:
    """Store one vector of length one for all words of the span; return its key."""
    vector = np.mean([reading.embedding for reading in readings], axis=0)
    key = "embedding/transcript"
    if span != clip.span:
        key = f"{key}/{span}"
    return clip.keep(key, vector / np.linalg.norm(vector))
