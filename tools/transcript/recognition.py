"""Speech recognition: Whisper, window by window, where there is speech."""

import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools import weights
from affectgraph.tools.audio.spectrogram import MEL_BANDS, log_mel
from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.audio.whisper_library import import_faster_whisper
from affectgraph.tools.audio.windows import split_windows
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.language import AUTO, ENGLISH
from affectgraph.tools.errors import SenseError, WeightsError
from affectgraph.tools.evidence import Span
from affectgraph.tools.io.per_process import per_process
from affectgraph.tools.timeout import checkpoint
from affectgraph.tools.transcript.words import Passage, Word, clean_text
from affectgraph.tools.weights.ensure import ensure_weights

_ENGLISH_MODEL = "whisper-tiny.en"
MULTILINGUAL_MODEL = "whisper-base"

# Whisper's word times are exact to about a quarter of a second. A word farther than
# that from any speech is hallucinated.
_SLACK = 0.25
# Above this probability of silence and below this certainty, Whisper hallucinates.
_SILENT, _UNCERTAIN = 0.2, 0.4
# Of 22 English and 44 German and Polish takes, 0.09 and 0.93 had a lower certainty when
# recognised as English. Then the multilingual recogniser detects the language.
_SURELY_ENGLISH = 0.55
# Below it nothing that was recognised is right: English takes had 0.41 and more.
_DOUBTFUL = 0.3
_MIN_LANGUAGE_PROBABILITY = 0.5
# Whisper's own limit: text that can be compressed more repeats itself.
_MAX_COMPRESSION = 2.4


def recogniser_name(language: str) -> str:
    """Name of the recogniser for a language, or `auto`, in the weights manifest."""
    return _ENGLISH_MODEL if language in (ENGLISH, AUTO) else MULTILINGUAL_MODEL


def recognise(clip: Clip, span: Span, *, fine: bool = False) -> list[Passage]:
    """Recognise the words in a span; one passage for each segment of Whisper.

    Speech in another language is translated to English. If the language of the clip is
    `auto`, speech is taken for English unless its recognition is in doubt; then the
    multilingual recogniser, fetched when first needed, detects the language. Segments
    that repeat themselves or that the recogniser doubts are left out.

    The clip is recognised in windows, each once, whatever the span.

    Args:
        clip: A clip with audio.
        span: The seconds whose words are wanted.
        fine: Recognise the span alone, with a beam of five instead of greedy decoding.

    Returns:
        Passages in order; none if nobody speaks.

    Raises:
        SenseError: If speech seems not to be English, and the multilingual recogniser
            cannot be fetched.
        WeightsError: If the recogniser's weights are missing.
    """
    passages: list[Passage] = []
    whole = span if fine else clip.span
    for window in split_windows(clip, whole):
        if window.overlap(span) == 0:
            continue
        key = f"words/{fine}/{window.start:.3f}-{window.end:.3f}"
        passages += clip.artifact(key, lambda w=window: _transcribe(clip, w, fine))  # type: ignore[misc]
    parts = (_inside(passage, span) for passage in passages)
    return [part for part in parts if part is not None]


def _inside(passage: Passage, span: Span) -> Passage | None:
    """The words of a passage whose middle lies in a span."""
    words = tuple(w for w in passage.words if span.start <= w.span.middle <= span.end)
    return passage.model_copy(update={"words": words}) if words else None


def _transcribe(clip: Clip, window: Span, fine: bool) -> list[Passage]:
    spoken = speech_spans(clip, window)
    if not spoken:
        return []
    language = ENGLISH if clip.language == AUTO else clip.language
    with _whisper_lock():
        passages = _run_whisper(clip, window, spoken, language, fine)
        if clip.language == AUTO and not _surely_english(passages):
            language = _detect_language(clip, window)
            if language != ENGLISH:
                passages = _run_whisper(clip, window, spoken, language, fine)
    return [passage for passage in passages if passage.certainty > _DOUBTFUL]


def _surely_english(passages: Sequence[Passage]) -> bool:
    """Whether the mean certainty of the words is that of English speech."""
    words = sum(len(passage.words) for passage in passages)
    total = sum(len(passage.words) * passage.certainty for passage in passages)
    return total >= _SURELY_ENGLISH * words


def _detect_language(clip: Clip, window: Span) -> str:
    """Language of the speech in a window; English if the recogniser is not sure."""
    try:
        ensure_weights([MULTILINGUAL_MODEL])
    except WeightsError as error:
        raise SenseError(
            f"the speech may not be English, and its language is not known: {error}"
        ) from error
    whisper = _whisper(MULTILINGUAL_MODEL)
    whisper.feature_extractor.mel = log_mel(clip, window)
    language, probability, _ = whisper.detect_language(clip.audio(window))
    return str(language) if probability >= _MIN_LANGUAGE_PROBABILITY else ENGLISH


def _run_whisper(
    clip: Clip, window: Span, spoken: Sequence[Span], language: str, fine: bool
) -> list[Passage]:
    """Segments in English; those that repeat themselves have a certainty of zero."""
    whisper = _whisper(recogniser_name(language))
    whisper.feature_extractor.mel = log_mel(clip, window)
    segments, _ = whisper.transcribe(
        clip.audio(window),
        task="transcribe" if language == ENGLISH else "translate",
        language=language,
        beam_size=5 if fine else 1,
        temperature=0.0,
        condition_on_previous_text=False,
        word_timestamps=True,
        clip_timestamps=[
            max(0.0, spoken[0].start - window.start - _SLACK),
            min(window.seconds, spoken[-1].end - window.start + _SLACK),
        ],
    )
    translated_from = "" if language == ENGLISH else language
    passages = []
    for segment in segments:
        checkpoint()
        passage = _passage(segment, window, spoken)
        if passage is not None:
            update = {"spoken_language": translated_from}
            passages.append(passage.model_copy(update=update))
    return passages


def _passage(segment: Any, window: Span, spoken: Sequence[Span]) -> Passage | None:
    """Convert a Whisper segment, without words in silence; None if nothing is left.

    Whisper hallucinates at the end of speech: such segments have a low certainty and a
    high probability of silence.
    """
    words = tuple(
        Word(text=text, span=span, probability=min(1.0, word.probability))
        for word in segment.words or ()
        if (text := clean_text(word.word))
        and (span := _span(word, window))
        and _is_spoken(span, spoken)
    )
    repeats = segment.compression_ratio > _MAX_COMPRESSION
    certainty = 0.0 if repeats else min(1.0, math.exp(segment.avg_logprob))
    silence = min(1.0, max(0.0, segment.no_speech_prob))
    if not words or (silence > _SILENT and certainty < _UNCERTAIN):
        return None
    return Passage(words=words, certainty=certainty, silence=silence, recognised=True)


def _span(word: Any, window: Span) -> Span:
    start, end = (min(window.start + t, window.end) for t in (word.start, word.end))
    return Span(start=start, end=max(start, end))


def _is_spoken(word: Span, spoken: Sequence[Span]) -> bool:
    return any(
        word.start <= span.end + _SLACK and word.end >= span.start - _SLACK
        for span in spoken
    )


@per_process
def _whisper_lock() -> threading.Lock:
    """Whisper holds the spectrogram of the current clip, so calls take turns."""
    return threading.Lock()


@per_process
def _whisper(name: str) -> Any:
    """The recogniser, patched to take the spectrogram that the clip already has."""
    library = import_faster_whisper()

    class PrecomputedFeatures(library.feature_extractor):  # type: ignore[misc,name-defined]
        """Returns the spectrogram that it was given."""

        mel: NDArray[np.float32]

        def __call__(self, *_: object, **__: object) -> NDArray[np.float32]:
            return self.mel

    whisper = library.model(
        str(weights.folder(name)),
        device="cpu",
        compute_type="int8",
        cpu_threads=1,
        local_files_only=True,
    )
    whisper.feature_extractor = PrecomputedFeatures(feature_size=MEL_BANDS)
    return whisper
