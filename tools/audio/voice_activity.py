"""Voice activity: the spans of a clip in which somebody speaks."""

import math

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.evidence import Span

# Long clips are listened to in windows on a fixed grid, so that memory stays flat and
# every sense that asks about any span gets the same answer.
_WINDOW = 30.0
# Shorter gaps are closures of plosives rather than pauses; clicks are no speech.
_SHORTEST_SILENCE_MS = 150
_SHORTEST_SPEECH_MS = 200
_PADDING_MS = 40
# A voice recorded at a low level is brought up before the network hears it.
_PEAK = 0.5
_LARGEST_GAIN = 100.0


def speech_spans(clip: Clip, span: Span) -> tuple[Span, ...]:
    """Where somebody speaks inside a span, in seconds of the clip.

    Works in windows of 30 s, each computed once per clip. Spans are in order, do not
    overlap, and are split where nobody speaks for 0.15 s or more; none means silence,
    noise or music.

    Source: Silero VAD, the ONNX file that faster-whisper carries (MIT).
    """
    found: list[Span] = []
    for index in range(int(span.start // _WINDOW), math.ceil(span.end / _WINDOW)):
        for speech in _speech_of_window(clip, index):
            if found and speech.start - found[-1].end < _SHORTEST_SILENCE_MS / 1000:
                found[-1] = Span(start=found[-1].start, end=speech.end)
            else:
                found.append(speech)
    clipped = [(max(s.start, span.start), min(s.end, span.end)) for s in found]
    return tuple(Span(start=start, end=end) for start, end in clipped if end > start)


def speech_seconds(clip: Clip, span: Span) -> float:
    """Seconds of speech inside a span."""
    return sum(speech.seconds for speech in speech_spans(clip, span))


def find_speech(signal: NDArray[np.float32]) -> list[tuple[float, float]]:
    """Start and end, in seconds, of each stretch of speech in a 16 kHz mono signal."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if len(signal) == 0:
        return []
    options = VadOptions(
        min_speech_duration_ms=_SHORTEST_SPEECH_MS,
        min_silence_duration_ms=_SHORTEST_SILENCE_MS,
        speech_pad_ms=_PADDING_MS,
    )
    gain = min(_PEAK / max(float(np.abs(signal).max()), 1e-9), _LARGEST_GAIN)
    stretches = get_speech_timestamps(signal * np.float32(gain), options)
    return [(s["start"] / SAMPLING_RATE, s["end"] / SAMPLING_RATE) for s in stretches]


def _speech_of_window(clip: Clip, index: int) -> tuple[Span, ...]:
    start = index * _WINDOW
    end = min(start + _WINDOW, clip.span.end)

    def listen() -> tuple[Span, ...]:
        if end <= start:
            return ()
        heard = find_speech(clip.audio(Span(start=start, end=end)))
        return tuple(Span(start=start + a, end=start + b) for a, b in heard)

    return clip.artifact(f"speech/{index}", listen)
