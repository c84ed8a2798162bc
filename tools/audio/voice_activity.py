"""Voice activity detection: the spans of a clip that contain speech."""

import math

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.audio.whisper_library import import_faster_whisper
from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.evidence import Span

# Windows lie on a fixed grid, so that memory stays flat and every span gets the same
# result.
_WINDOW_SECONDS = 30.0
# Shorter silences are plosives rather than pauses; shorter sounds are clicks.
_MIN_SILENCE_MS = 150
_MIN_SPEECH_MS = 200
_PADDING_MS = 40
# Quiet recordings are amplified to this peak before detection.
_PEAK = 0.5
_MAX_GAIN = 100.0


def speech_spans(clip: Clip, span: Span) -> tuple[Span, ...]:
    """Spans of speech inside a span, in seconds of the clip.

    The clip is processed in windows of 30 s, each once per clip. The spans are in order
    and do not overlap; silences of 0.15 s or more split them. No span means silence,
    noise or music.

    Source: Silero VAD, the ONNX file that faster-whisper carries (MIT).
    """
    spans: list[Span] = []
    for index in range(
        int(span.start // _WINDOW_SECONDS), math.ceil(span.end / _WINDOW_SECONDS)
    ):
        for speech in _speech_of_window(clip, index):
            if spans and speech.start - spans[-1].end < _MIN_SILENCE_MS / 1000:
                spans[-1] = Span(start=spans[-1].start, end=speech.end)
            else:
                spans.append(speech)
    clipped = [(max(s.start, span.start), min(s.end, span.end)) for s in spans]
    return tuple(Span(start=start, end=end) for start, end in clipped if end > start)


def find_speech(signal: NDArray[np.float32]) -> list[tuple[float, float]]:
    """Detect speech in a 16 kHz mono signal: (start, end) of each stretch, in s."""
    if len(signal) == 0:
        return []
    library = import_faster_whisper()
    options = library.vad_options(
        min_speech_duration_ms=_MIN_SPEECH_MS,
        min_silence_duration_ms=_MIN_SILENCE_MS,
        speech_pad_ms=_PADDING_MS,
    )
    gain = min(_PEAK / max(float(np.abs(signal).max()), 1e-9), _MAX_GAIN)
    stretches = library.get_speech_timestamps(signal * np.float32(gain), options)
    return [(s["start"] / SAMPLING_RATE, s["end"] / SAMPLING_RATE) for s in stretches]


def _speech_of_window(clip: Clip, index: int) -> tuple[Span, ...]:
    start = index * _WINDOW_SECONDS
    end = min(start + _WINDOW_SECONDS, clip.span.end)

    def detect() -> tuple[Span, ...]:
        if end <= start:
            return ()
        stretches = find_speech(clip.audio(Span(start=start, end=end)))
        return tuple(Span(start=start + a, end=start + b) for a, b in stretches)

    return clip.artifact(f"speech/{index}", detect)
