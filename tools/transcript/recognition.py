"""Speech to words: Whisper, window by window, only where somebody speaks."""

import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools import weights
from affectgraph.tools.audio.spectrogram import MEL_BANDS, log_mel
from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.audio.windows import windows
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.evidence import Span
from affectgraph.tools.io.per_process import per_process
from affectgraph.tools.timeout import checkpoint
from affectgraph.tools.transcript.words import Passage, Word, clean

_OF_ENGLISH = "whisper-tiny.en"
_OF_ANY_LANGUAGE = "whisper-base"

# Whisper's times are good to about a quarter of a second; a word farther than that from
# all speech was never said.
_SLACK = 0.25
# Surer of silence than this, and less of the words: Whisper made them up.
_SILENT, _UNSURE = 0.2, 0.4


def model_for(language: str) -> str:
    """Name in the weights manifest of the recogniser for a language."""
    return _OF_ENGLISH if language == ENGLISH else _OF_ANY_LANGUAGE


def recognise(clip: Clip, span: Span, *, fine: bool = False) -> list[Passage]:
    """The words spoken in a span, one passage a stretch that Whisper took together.

    What is spoken in another language than English is translated to it.

    Args:
        clip: A clip with audio.
        span: The seconds to listen to, of any length.
        fine: Search five wordings at a time instead of the likeliest word each time.

    Returns:
        Passages in order; none where nobody speaks.

    Raises:
        WeightsError: If the recogniser's weights are missing.
    """
    found: list[Passage] = []
    for window in windows(clip, span):
        key = f"words/{fine}/{window.start:.3f}-{window.end:.3f}"
        found += clip.artifact(key, lambda w=window: _listen(clip, w, fine))  # type: ignore[misc]
    return found


def _listen(clip: Clip, window: Span, fine: bool) -> list[Passage]:
    spoken = speech_spans(clip, window)
    if not spoken:
        return []
    with _listening():
        whisper = _whisper(model_for(clip.language))
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
        heard = []
        for segment in segments:
            checkpoint()
            heard.append(_passage(segment, window, spoken))
    return [passage for passage in heard if passage is not None]


def _passage(segment: Any, window: Span, spoken: Sequence[Span]) -> Passage | None:
    """A segment of Whisper without words in silence; None if nothing is left.

    What it is hardly sure of and might be silence is what it makes up at ends.
    """
    words = tuple(
        Word(text=text, span=span, probability=min(1.0, word.probability))
        for word in segment.words or ()
        if (text := clean(word.word))
        and (span := _span(word, window))
        and _is_spoken(span, spoken)
    )
    certainty = min(1.0, math.exp(segment.avg_logprob))
    silence = min(1.0, max(0.0, segment.no_speech_prob))
    if not words or (silence > _SILENT and certainty < _UNSURE):
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
def _listening() -> threading.Lock:
    """The recogniser keeps the spectrogram that it is given: one clip at a time."""
    return threading.Lock()


@per_process
def _whisper(name: str) -> Any:
    """The recogniser, made to take the spectrogram that the clip already has."""
    from faster_whisper import WhisperModel
    from faster_whisper.feature_extractor import FeatureExtractor

    class Given(FeatureExtractor):  # type: ignore[misc]
        """Gives back the spectrogram it was handed."""

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
    whisper.feature_extractor = Given(feature_size=MEL_BANDS)
    return whisper
