"""One stretch of voice, measured and encoded once, summarised as often as asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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


def listen(
    signal: Array,
    sampling_rate: int,
    mel: Array,
    speech: Sequence[tuple[float, float]],
    *,
    fine: bool = False,
) -> Voice:
    """Measure and encode a stretch of at most 30 s from its first to its last speech.

    Args:
        signal: float32 [samples], mono.
        sampling_rate: In Hz.
        mel: Its Whisper log-mel spectrogram, float32 [80, n].
        speech: Start and end of each span of speech in seconds; at least one.
        fine: Follow the pitch in steps of 5 ms at the full sampling rate.

    Raises:
        WeightsError: If the encoder's file is missing or altered.
    """
    spoken = np.zeros(mel.shape[1], dtype=np.bool_)
    for start, end in speech:
        spoken[int(start / FRAME) : int(end / FRAME) + 1] = True
    margin = int(_MARGIN / FRAME)
    first = max(int(speech[0][0] / FRAME) - margin, 0)
    last = min(int(speech[-1][1] / FRAME) + margin, mel.shape[1])
    measured = contours(signal, sampling_rate, mel, spoken, fine=fine).between(
        first, last
    )
    return Voice(first * FRAME, measured, encoder.states(mel[:, first:last]))
