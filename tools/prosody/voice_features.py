"""Features of a voice: measured and encoded once, summarised over any frames."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from affectgraph.tools.prosody.spectrum import sounding_frames

_MARGIN_SECONDS = 0.1
# A window with a smaller peak is silent, unless somebody speaks in it.
_SILENT_PEAK = 5e-4


@dataclass(frozen=True)
class EncodedVoice:
    """Contours and encoder states from the first to the last speech of a window.

    Attributes:
        start: Seconds from the start of the window to the first frame.
        contours: Acoustic contours at every 10 ms.
        states: Encoder states at every 20 ms: float32 [m, 3, 512].
        equalized: The same for the equalised spectrogram.
    """

    start: float
    contours: Contours
    states: Array
    equalized: Array

    @property
    def frames(self) -> int:
        """Number of frames of 10 ms."""
        return len(self.contours.speech)

    def features(self, first: int = 0, last: int | None = None) -> Array:
        """Features for the emotion of speech, of the frames from `first` to `last`.

        Encoder states outside speech are left out. float32 [f].
        """
        part = self.contours.between(first, self.frames if last is None else last)
        states, equalized = self._spoken_states(part, first)
        return np.concatenate(
            [acoustic_features(part), encoder.pool_means(states, equalized)]
        )

    def burst_features(self) -> Array:
        """Features for what a vocal burst expresses: float32 [f]."""
        states, _ = self._spoken_states(self.contours, 0)
        return np.concatenate(
            [acoustic_features(self.contours), encoder.pool_states(states)]
        )

    def _spoken_states(self, part: Contours, first: int) -> tuple[Array, Array]:
        """States of the speech in a part, and equalised states of its loud frames.

        All states, if it has no such frames.
        """
        rows = slice(first // 2, first // 2 + max(len(part.speech) // 2, 1))
        chosen = []
        for states, frames in (
            (self.states[rows], part.speech),
            (self.equalized[rows], part.speech & sounding_frames(part.level)),
        ):
            selected = frames[::2][: len(states)]
            chosen.append(states[selected] if selected.any() else states)
        return chosen[0], chosen[1]

    def restricted_to(self, frames: NDArray[np.bool_]) -> "EncodedVoice":
        """The part from the first to the last of these frames, which become speech.

        Args:
            frames: bool [`frames`]; at least one is true.
        """
        first, last = _margins(frames)
        first -= first % 2
        contours = replace(self.contours, speech=frames).between(first, last)
        rows = slice(first // 2, -(-last // 2))
        return EncodedVoice(
            self.start + first * FRAME_SECONDS,
            contours,
            self.states[rows],
            self.equalized[rows],
        )


def encode_voice(
    contours: Contours, mel: Array, frames: NDArray[np.bool_]
) -> EncodedVoice:
    """Encode a window of at most 30 s from the first to the last of some frames.

    Args:
        contours: Its acoustic contours.
        mel: Its Whisper log-mel spectrogram, float32 [80, n].
        frames: Those to encode, bool [n]; at least one is true.

    Raises:
        WeightsError: If the encoder's file is missing or altered.
    """
    first, last = _margins(frames)
    last = min(last, mel.shape[1])
    voice, mel = contours.between(first, last), mel[:, first:last]
    equalized = encoder.equalize(mel, sounding_frames(voice.level))
    return EncodedVoice(
        first * FRAME_SECONDS,
        voice,
        encoder.encoder_states(mel),
        encoder.encoder_states(equalized),
    )


def encode_sounds(
    clip: Clip, window: Span, *, fine: bool = False
) -> EncodedVoice | None:
    """Encode a window of a clip from its first to its last sound; None for silence.

    Args:
        clip: A clip with sound.
        window: At most 30 s of it.
        fine: Track the pitch in steps of 5 ms.

    Raises:
        WeightsError: If the encoder's file is missing or altered.
    """
    contours = clip_contours(clip, window, fine=fine)
    frames = contours.speech
    if np.abs(clip.audio(window)).max(initial=0.0) > _SILENT_PEAK:
        frames = frames | sounding_frames(contours.level)
    if not frames.any():
        return None
    return encode_voice(contours, log_mel(clip, window), frames)


def _margins(frames: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last of the true frames, and a little around them."""
    true = np.flatnonzero(frames)
    margin = int(_MARGIN_SECONDS / FRAME_SECONDS)
    return max(int(true[0]) - margin, 0), min(int(true[-1]) + margin, len(frames))


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
