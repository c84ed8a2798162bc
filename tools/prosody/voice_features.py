"""One stretch of voice, measured and encoded once, summarised as often as asked."""

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
    FRAME,
    PLAIN_NAMES,
    Contours,
    contours,
    plain,
)
from affectgraph.tools.prosody.pitch import Array

FEATURES = len(PLAIN_NAMES) + 2 * 3 * 512

_MARGIN = 0.1


@dataclass(frozen=True)
class Voice:
    """What was measured from the first to the last speech of a stretch.

    Attributes:
        start: Seconds from the start of the stretch to the first frame.
        contours: Measures at every 10 ms.
        states: Encoder states at every 20 ms: float32 [m, 3, 512].
    """

    start: float
    contours: Contours
    states: Array

    @property
    def frames(self) -> int:
        """How many frames of 10 ms there are."""
        return len(self.contours.speech)

    def features(self, first: int = 0, last: int | None = None) -> Array:
        """The features of the frames from `first` to before `last`: float32 [f].

        Encoder states count only where there is speech, so that pauses do not.
        """
        part = self.contours.between(first, self.frames if last is None else last)
        states = self.states[first // 2 :][: max(len(part.speech) // 2, 1)]
        spoken = part.speech[::2][: len(states)]
        heard = states[spoken] if spoken.any() else states
        return np.concatenate([plain(part), encoder.pooled(heard)])


def listen(measured: Contours, mel: Array) -> Voice:
    """Encode a measured stretch of at most 30 s from its first to its last speech.

    Args:
        measured: Its contours; some of it is speech.
        mel: Its Whisper log-mel spectrogram, float32 [80, n].

    Raises:
        WeightsError: If the encoder's file is missing or altered.
    """
    spoken = np.flatnonzero(measured.speech)
    margin = int(_MARGIN / FRAME)
    first = max(int(spoken[0]) - margin, 0)
    last = min(int(spoken[-1]) + margin, mel.shape[1])
    voice = measured.between(first, last)
    return Voice(first * FRAME, voice, encoder.states(mel[:, first:last]))


def contours_of(clip: Clip, window: Span, *, fine: bool = False) -> Contours:
    """Contours of a window of a clip, measured once for all who ask.

    Args:
        clip: A clip with sound.
        window: At most 30 s of it.
        fine: Follow the pitch in steps of 5 ms.
    """

    def measure() -> Contours:
        mel = log_mel(clip, window)
        times = [
            (part.start - window.start, part.end - window.start)
            for part in speech_spans(clip, window)
        ]
        spoken = frames_of(times, mel.shape[1])
        return contours(clip.audio(window), SAMPLING_RATE, mel, spoken, fine=fine)

    key = f"contours/{fine}/{window.start:.3f}-{window.end:.3f}"
    return clip.artifact(key, measure)


def frames_of(speech: Sequence[tuple[float, float]], count: int) -> NDArray[np.bool_]:
    """Which of `count` frames lie in speech, given starts and ends in seconds."""
    spoken = np.zeros(count, dtype=np.bool_)
    for start, end in speech:
        spoken[int(start / FRAME) : int(end / FRAME) + 1] = True
    return spoken
