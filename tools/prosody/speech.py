"""The speech in a window of a clip: encoded, cut into phrases and classified."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.tools.evidence import Span
from affectgraph.tools.prosody.acoustics import FRAME_SECONDS
from affectgraph.tools.prosody.head import SpeakerNorms, VoiceReading, classify_voice
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.prosody.voice_features import EncodedVoice, speech_frames

_MIN_SECONDS = 0.3
_MAX_PHRASE_SECONDS = 8.0


@dataclass(frozen=True)
class SpeechSegment:
    """The measured speech in one window of a clip.

    Attributes:
        speech: Its spans, in seconds of the clip.
        voice: Encoded from the first to the last of them.
        start: Seconds of the clip at the first frame.
        features: Of each phrase, float32 [n, f].
        readings: Of each phrase.
    """

    speech: tuple[Span, ...]
    voice: EncodedVoice
    start: float
    features: Array
    readings: list[VoiceReading]

    @property
    def span(self) -> Span:
        """From the first to the last speech."""
        return Span(start=self.speech[0].start, end=self.speech[-1].end)

    @property
    def embedding(self) -> Array:
        """Mean over the phrases: float32 [e]."""
        embeddings = np.stack([reading.embedding for reading in self.readings])
        return np.asarray(embeddings.mean(axis=0))

    @property
    def mean_features(self) -> Array:
        """Mean over the phrases: float32 [f]."""
        return np.asarray(self.features.mean(axis=0))

    @property
    def seconds(self) -> float:
        """Seconds of speech without pauses."""
        return sum(span.seconds for span in self.speech)


def measure_speech(
    sounds: EncodedVoice,
    start: float,
    speech: tuple[Span, ...],
    speaker: SpeakerNorms | None,
    *,
    fine: bool,
) -> SpeechSegment | None:
    """The speech in an encoded window that begins at `start`; None if too short."""
    first = start + sounds.start
    times = [(span.start - first, span.end - first) for span in speech]
    spoken = speech_frames(times, sounds.frames)
    seconds = sum(span.seconds for span in speech)
    if seconds < _MIN_SECONDS or not spoken.any():
        return None
    voice = sounds.restricted_to(spoken)
    features = np.stack([voice.features(*part) for part in _phrases(voice, fine=fine)])
    readings = classify_voice(features, speaker)
    return SpeechSegment(speech, voice, start + voice.start, features, readings)


def without_span(spans: Sequence[Span], hole: Span) -> tuple[Span, ...]:
    """Spans without the part that lies in another."""
    parts = [
        (start, end)
        for span in spans
        for start, end in (
            (span.start, min(span.end, hole.start)),
            (max(span.start, hole.end), span.end),
        )
        if end > start
    ]
    return tuple(Span(start=start, end=end) for start, end in parts)


def _phrases(voice: EncodedVoice, *, fine: bool) -> list[tuple[int, int]]:
    """Frame ranges of equal phrases of at most 8 s; overlapping if `fine`."""
    count = int(np.ceil(voice.frames * FRAME_SECONDS / _MAX_PHRASE_SECONDS))
    edges = np.linspace(0, voice.frames, 2 * count + 1).astype(int)
    step = 1 if fine else 2
    return [
        (int(a), int(b)) for a, b in zip(edges[:-2:step], edges[2::step], strict=True)
    ]
