"""Whisper's log-mel spectrogram, shared by the prosody and transcript senses."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.audio.whisper_library import import_faster_whisper
from affectgraph.tools.clip import Clip
from affectgraph.tools.evidence import Span

MEL_BANDS = 80
MAX_SECONDS = 30.0


def log_mel(clip: Clip, span: Span) -> NDArray[np.float32]:
    """Whisper's log-mel spectrogram of a span, computed once per clip and span.

    Args:
        clip: A clip with audio.
        span: At most 30 s of it, the longest input of Whisper.

    Returns:
        float32 [80, frames], 100 frames a second plus one: the output of
        faster-whisper's `FeatureExtractor` for `clip.audio(span)`. Do not modify it.

    Raises:
        ValueError: If the span is longer than 30 s.
    """
    if span.seconds > MAX_SECONDS + 1e-6:
        raise ValueError(f"a spectrogram covers at most 30 s, not {span.seconds:.1f}")
    key = f"log_mel/{span.start:.3f}-{span.end:.3f}"
    return clip.artifact(key, lambda: signal_log_mel(clip.audio(span)))


def signal_log_mel(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Whisper's log-mel spectrogram of a 16 kHz mono signal: float32 [80, frames]."""
    features: NDArray[np.float32] = _extractor()(signal)
    return features


@cache
def _extractor() -> Any:
    return import_faster_whisper().feature_extractor(feature_size=MEL_BANDS)
