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
from affectgraph.tools.audio.windows import split_windows
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.evidence import Span
from affectgraph.tools.io.per_process import per_process
from affectgraph.tools.timeout import checkpoint
from affectgraph.tools.transcript.words import Passage, Word, clean_text

_ENGLISH_MODEL = "whisper-tiny.en"
_MULTILINGUAL_MODEL = "whisper-base"

# Whisper's word times are exact to about a quarter of a second. A word farther than
# that from any speech is hallucinated.
_SLACK = 0.25
# Above this probability of silence and below this certainty, Whisper hallucinates.
_SILENT, _UNCERTAIN = 0.2, 0.4


def recogniser_name(language: str) -> str:
    """Name of the recogniser for a language in the weights manifest."""
    return _ENGLISH_MODEL if language == ENGLISH else _MULTILINGUAL_MODEL


def recognise(clip: Clip, span: Span, *, fine: bool = False) -> list[Passage]:
    """Recognise the words in a span; one passage for each segment of Whisper.

    Speech in another language is translated to English.

    Args:
        clip: A clip with audio.
        span: The seconds to recognise, of any length.
        fine: Use a beam of five instead of greedy decoding.

    Returns:
        Passages in order; none if nobody speaks.

    Raises:
        WeightsError: If the recogniser's weights are missing.
    """
    passages: list[Passage] = []
    for window in split_windows(clip, span):
        key = f"words/{fine}/{window.start:.3f}-{window.end:.3f}"
        passages += clip.artifact(key, lambda w=window: _transcribe(clip, w, fine))  # type: ignore[misc]
    return passages


def _transcribe(clip: Clip, window: Span, fine: bool) -> list[Passage]:
    spoken = speech_spans(clip, window)
    if not spoken:
        return []
    with _whisper_lock():
        whisper = _whisper(recogniser_name(clip.language))
        whisper.feature_extractor.mel = log_mel(clip, window)
        segments, _ = whisper.transcribe(
            clip.audio(window),
            task="transcribe" if clip.language == ENGLISH else "translate",
            language=clip.language,
            beam_size=5 if fine else 1,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            clip_timestamps=[
                max(0.0, spoken[0].start - window.start - _SLACK),
                min(window.seconds, spoken[-1].end - window.start + _SLACK),
            ],
        )
        passages = []
        for segment in segments:
            checkpoint()
            passages.append(_passage(segment, window, spoken))
    return [passage for passage in passages if passage is not None]


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
    certainty = min(1.0, math.exp(segment.avg_logprob))
    silence = min(1.0, max(0.0, segment.no_speech_prob))
    if not words or (silence > _SILENT and certainty < _UNCERTAIN):
        return None
    return Passage(words=words, certainty=certainty, silence=silence)


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
    from faster_whisper import WhisperModel
    from faster_whisper.feature_extractor import FeatureExtractor

    class PrecomputedFeatures(FeatureExtractor):  # type: ignore[misc]
        """Returns the spectrogram that it was given."""

        mel: NDArray[np.float32]

        def __call__(self, *_: object, **__: object) -> NDArray[np.float32]:
            return self.mel

    whisper = WhisperModel(
        str(weights.folder(name)),
        device="cpu",
        compute_type="int8",
        cpu_threads=1,
        local_files_only=True,
    )
    whisper.feature_extractor = PrecomputedFeatures(feature_size=MEL_BANDS)
    return whisper
