"""The transcript sense: what is said, and the emotion that the words express."""

from collections.abc import Sequence

import numpy as np

from affectgraph.tools.audio.speech import speech_spans
from affectgraph.tools.clip import Clip, Turn
from affectgraph.tools.emotions import top
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.perception import perception_tool
from affectgraph.tools.transcript import recognition
from affectgraph.tools.transcript.emotion import NETWORK, Reading, classify
from affectgraph.tools.transcript.encoding import TOKENIZER, TURNS, Context
from affectgraph.tools.transcript.observations import facts, summary
from affectgraph.tools.transcript.words import Passage, clean, passages, spread

# Passages of a long clip whose words are looked into, beyond their summary.
_TOLD_IN_DETAIL = 2


def _needed(clip: Clip) -> tuple[str, ...]:
    """Speech is recognised only where no words are given."""
    heard = () if clip.text is not None else (recognition.ENGLISH,)
    return (NETWORK, TOKENIZER, *heard)


@perception_tool(
    modality="transcript",
    prefix="T",
    needs="words",
    weights=_needed,
    seconds=300,
)
def transcript(clip: Clip, span: Span, *, fine: bool = False) -> list[Evidence]:
    """Read the words of a span.

    Words given with the clip are used as they are; where there is sound too, their
    times are spread over the speech in it by their length. Otherwise they are
    recognised, in English. `fine` listens again with a wider search.

    Returns:
        For each passage of at most 60 words and 30 s what was said, with its
        distribution; then facts: the phrases that carry it, negations, questions, and
        doubt about the recognition.

    Raises:
        SenseError: If there are no words.
        WeightsError: If weights are missing.
    """
    return _read(clip, span, _given(clip, span) or _heard(clip, span, fine=fine))


@perception_tool(
    modality="transcript",
    prefix="T",
    needs="audio",
    weights=(NETWORK, TOKENIZER, recognition.ANY_LANGUAGE),
    seconds=300,
)
def transcript_translated(
    clip: Clip, span: Span, *, fine: bool = False
) -> list[Evidence]:
    """As `transcript`, for speech in any of 99 languages, translated to English."""
    model = recognition.ANY_LANGUAGE
    return _read(clip, span, _heard(clip, span, fine=fine, model=model))


def _given(clip: Clip, span: Span) -> list[Passage]:
    """The words that came with the clip, as far as they fall into the span."""
    if clip.text is None:
        return []
    spoken = speech_spans(clip, clip.span) if clip.has_audio else ()
    words = spread(clean(clip.text), spoken or (clip.span,))
    inside = tuple(
        word
        for word in words
        if span.start <= (word.span.start + word.span.end) / 2 <= span.end
    )
    if not inside:
        raise SenseError(f"no words of the given text fall into {span}")
    return passages([Passage(words=inside)])


def _heard(
    clip: Clip, span: Span, *, fine: bool, model: str = recognition.ENGLISH
) -> list[Passage]:
    if not clip.has_audio:
        raise SenseError("no sound track and no words given")
    if not speech_spans(clip, span):
        raise SenseError("no speech found in the sound")
    heard = recognition.recognise(clip, span, model=model, fine=fine)
    if not heard:
        raise SenseError("speech found, but no words recognised in it")
    return passages(heard)


def _read(clip: Clip, span: Span, found: Sequence[Passage]) -> list[Evidence]:
    timed = clip.span.seconds > 0
    contexts = [_before(clip, found, n) for n in range(len(found))]
    readings = classify([passage.text for passage in found], contexts)
    key = _keep(clip, span, readings)
    summaries = [
        summary(
            passage,
            reading,
            span=passage.span if timed else span,
            timed=timed,
            embedding=key,
        )
        for passage, reading in zip(found, readings, strict=True)
    ]
    further = (
        fact
        for n in _most_telling(readings)
        for fact in facts(found[n], contexts[n], readings[n], summaries[n])
    )
    return [*summaries, *further]


def _before(clip: Clip, found: Sequence[Passage], number: int) -> Context | None:
    """Earlier turns and passages; None for something written outside a conversation.

    Passages of one clip count as one speaker's, as far as this sense can tell.
    """
    if clip.turns is None and clip.span.seconds == 0:
        return None
    earlier = found[max(0, number - TURNS) : number]
    mine = [Turn(text=passage.text, same_speaker=True) for passage in earlier]
    return [*(clip.turns or ()), *mine][-TURNS:]


def _most_telling(readings: Sequence[Reading]) -> list[int]:
    """The passages with the surest emotion other than neutral, in order."""
    ranked = sorted(
        range(len(readings)),
        key=lambda n: (
            top(readings[n].distribution) == "neutral",
            -readings[n].quality,
        ),
    )
    return sorted(ranked[:_TOLD_IN_DETAIL])


def _keep(clip: Clip, span: Span, readings: Sequence[Reading]) -> str:
    """Keep one vector of length one for all words of the span; return its key."""
    vector = np.mean([reading.embedding for reading in readings], axis=0)
    key = "embedding/transcript"
    whole = span == clip.span
    return clip.keep(key if whole else f"{key}/{span}", vector / np.linalg.norm(vector))
