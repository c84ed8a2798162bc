"""The transcript sense: what is said, and the emotion that the words express."""

from collections.abc import Iterator, Sequence

import numpy as np

from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.audio.windows import windows
from affectgraph.tools.clip import Clip, Turn
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.emotions import top
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.perception import perception_tool
from affectgraph.tools.prosody.stress import stressed_word
from affectgraph.tools.prosody.voice_features import contours_of
from affectgraph.tools.transcript import recognition
from affectgraph.tools.transcript.emotion import NETWORK, Reading, classify
from affectgraph.tools.transcript.encoding import TOKENIZER, TURNS, Context
from affectgraph.tools.transcript.observations import facts, stress, summary
from affectgraph.tools.transcript.words import Passage, clean, passages, spread

# Passages of a long clip whose words are looked into, beyond their summary.
_TOLD_IN_DETAIL = 2


def weights_for_words(clip: Clip) -> tuple[str, ...]:
    """Speech is recognised where no English words are given."""
    return () if _readable(clip) else (recognition.model_for(clip.language),)


def _needed(clip: Clip) -> tuple[str, ...]:
    return (NETWORK, TOKENIZER, *weights_for_words(clip))


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
    recognised; what is not English is translated to it. `fine` listens again with a
    wider search.

    Returns:
        For each passage of at most 60 words and 30 s what was said, with its
        distribution; then facts: the phrases that carry it, negations, questions, and
        doubt about the recognition.

    Raises:
        SenseError: If there are no words.
        WeightsError: If weights are missing.
    """
    return _read(clip, span, passages_of(clip, span, fine=fine))


def _readable(clip: Clip) -> bool:
    """Words came with the clip, in the language that the network reads."""
    return clip.text is not None and clip.language == ENGLISH


def passages_of(clip: Clip, span: Span, *, fine: bool = False) -> list[Passage]:
    """The words of a span, as given with the clip or else as heard.

    Raises:
        SenseError: If there are none.
        WeightsError: If the recogniser's weights are missing.
    """
    return _given(clip, span) or _heard(clip, span, fine=fine)


def _given(clip: Clip, span: Span) -> list[Passage]:
    """The words that came with the clip, as far as they fall into the span."""
    if clip.text is None or not _readable(clip):
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


def _heard(clip: Clip, span: Span, *, fine: bool) -> list[Passage]:
    if not clip.has_audio and clip.text is not None:
        raise SenseError(
            f"words in {clip.language!r} without sound to translate; only English is"
            " read"
        )
    if not clip.has_audio:
        raise SenseError("no sound track and no words given")
    if not speech_spans(clip, span):
        raise SenseError("no speech found in the sound")
    heard = recognition.recognise(clip, span, fine=fine)
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
    further: list[Evidence] = []
    for n in _most_telling(readings):
        further += facts(found[n], contexts[n], readings[n], summaries[n])
        further += _stressed(clip, span, found[n], summaries[n])
    return [*summaries, *further]


def _stressed(
    clip: Clip, span: Span, passage: Passage, whole: Evidence
) -> Iterator[Evidence]:
    """The word that the voice stresses, where the times of words were heard."""
    if not clip.has_audio or clip.text is not None or clip.language != ENGLISH:
        return
    middle = (passage.span.start + passage.span.end) / 2
    window = next(w for w in windows(clip, span) if middle <= w.end)
    times = [
        (word.span.start - window.start, word.span.end - window.start)
        for word in passage.words
    ]
    found = stressed_word(contours_of(clip, window), times)
    if found is not None:
        yield stress(passage.words[found.index], found, whole)


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
