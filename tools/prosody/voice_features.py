"""Features of a voice: measured and encoded once, summarised over any frames."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.audio.spectrogram import log_mel
from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.evidence import Span
from affectgraph.tools.prosody import encoder
from affectgraph.tools.prosody.acoustics import (
    FRAME_SECONDS,
    Contours,
    acoustic_features,
    measure_contours,
)
from affectgraph.tools.prosody.pitch import Array

_MARGIN_SECONDS = 0.1


@dataclass(frozen=True)
class EncodedVoice:
    """Contours and encoder states from the first to the last speech of a window.

    Attributes:
        start: Seconds from the start of the window to the first frame.
        contours: Acoustic contours at every 10 ms.
        states: Encoder states at every 20 ms: float32 [m, 3, 512].
    """

    start: float
    contours: Contours
    states: Array

    @property
    def frames(self) -> int:
        """Number of frames of 10 ms."""
        return len(self.contours.speech)

    def features(self, first: int = 0, last: int | None = None) -> Array:
        """The features of the frames from `first` to before `last`: float32 [f].

        Encoder states outside speech are left out.
        """
        part = self.contours.between(first, self.frames if last is None else last)
        states = self.states[first // 2 :][: max(len(part.speech) // 2, 1)]
        spoken = part.speech[::2][: len(states)]
        if spoken.any():
            states = states[spoken]
        return np.concatenate([acoustic_features(part), encoder.pool_states(states)])


def encode_voice(contours: Contours, mel: Array) -> EncodedVoice:
    """Encode a window of at most 30 s from its first to its last speech.

    Args:
        contours: Its acoustic contours; at least one frame is speech.
        mel: Its Whisper log-mel spectrogram, float32 [80, n].

    Raises:
        WeightsError: If the encoder's file is missing or altered.
    """
    spoken = np.flatnonzero(contours.speech)
    margin = int(_MARGIN_SECONDS / FRAME_SECONDS)
    first = max(int(spoken[0]) - margin, 0)
    last = min(int(spoken[-1]) + margin, mel.shape[1])
    voice = contours.between(first, last)
    return EncodedVoice(
        first * FRAME_SECONDS, voice, encoder.encoder_states(mel[:, first:last])
    )


def clip_contours(clip: Clip, window: Span, *, fine: bool = False) -> Contours:
    """Acoustic contours of a window of a clip, computed once per clip and window.

    Args:
        clip: A clip with sound.
        window: At most 30 s of it.
        fine: Track the pitch in steps of 5 ms.
    """

    def measure() -> Contours:
        mel = log_mel(clip, window)
        times = [
            (part.start - window.start, part.end - window.start)
            for part in speech_spans(clip, window)
        ]
        spoken = speech_frames(times, mel.shape[1])
        return measure_contours(
            clip.audio(window), SAMPLING_RATE, mel, spoken, fine=fine
        )

    key = f"contours/{fine}/{window.start:.3f}-{window.end:.3f}"
    return clip.artifact(key, measure)


def speech_frames(
    speech: Sequence[tuple[float, float]], count: int
) -> NDArray[np.bool_]:
    """Which of `count` frames lie in speech, given as (start, end) in seconds."""
    spoken = np.zeros(count, dtype=np.bool_)
    for start, end in speech:
        spoken[int(start / FRAME_SECONDS) : int(end / FRAME_SECONDS) + 1] = True
    return spoken
