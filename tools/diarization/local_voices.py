"""The voices of a short window: when each speaks, and its speaker vector."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.audio.filterbank import FRAME_RATE, filterbank
from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.evidence import Span
from affectgraph.tools.io.vectors import Vector
from affectgraph.tools.weights import onnx

SEGMENTATION = "speaker-segmentation.onnx"
SPEAKER_ENCODER = "speaker-encoder.onnx"

# Frames of the segmentation network: their distance, and the centre of the first.
_FRAME_SAMPLES, _FIRST_CENTRE = 270, 495
FRAME_SECONDS = _FRAME_SAMPLES / SAMPLING_RATE
FIRST_FRAME_START = _FIRST_CENTRE / SAMPLING_RATE - FRAME_SECONDS / 2

# The network was trained on 10 s. Every moment is in two windows; their distance is a
# whole number of frames, so that frames of windows fall on each other.
_WINDOW_SAMPLES = 160_000
_STEP_FRAMES = 296

_MAX_VOICES = 3
# The classes of the network: sets of at most two voices that speak together.
_VOICE_SETS = np.array(
    [
        [voice in voices for voice in range(_MAX_VOICES)]
        for size in range(3)
        for voices in combinations(range(_MAX_VOICES), size)
    ]
)
# Seconds of speech alone below which speech under others is used as well.
_MIN_ALONE_SECONDS = 0.5
# Less speech than this has no speaker vector.
_MIN_SECONDS = 0.2

Activity = NDArray[np.bool_]


@dataclass(frozen=True)
class LocalVoice:
    """One voice of one window.

    Attributes:
        active: bool [frames], whether it speaks.
        alone_seconds: Seconds in which it alone speaks.
        vector: float32 [192] of length one; None for too little speech.
    """

    active: Activity
    alone_seconds: float
    vector: Vector | None


@dataclass(frozen=True)
class VoiceWindow:
    """A window and its voices, which are different people.

    Attributes:
        first_frame: Number of its first frame, on the frames of the whole span.
        frames: Number of its frames.
        voices: At most three.
    """

    first_frame: int
    frames: int
    voices: tuple[LocalVoice, ...]


def find_local_voices(clip: Clip, span: Span) -> Iterator[VoiceWindow]:
    """Find the voices in windows of 10 s, every 5 s.

    Sources: Plaquet & Bredin (2023) for the voices of a window, Wang et al. (2023) for
    the vectors; see the cards of the weights.

    Raises:
        WeightsError: If weights are missing or altered.
    """
    for first_frame in _first_frames(span):
        start = span.start + first_frame * FRAME_SECONDS
        end = min(start + _WINDOW_SAMPLES / SAMPLING_RATE, span.end)
        sound = clip.audio(Span(start=start, end=end))
        active = _voice_activity(sound)
        bands = filterbank(sound)
        voices = []
        for voice in np.flatnonzero(active.any(axis=0)):
            alone = active[:, voice] & (active.sum(axis=1) == 1)
            seconds = float(alone.sum() * FRAME_SECONDS)
            vector = _voice_vector(bands, active[:, voice], alone)
            voices.append(LocalVoice(active[:, voice], seconds, vector))
        yield VoiceWindow(first_frame, len(active), tuple(voices))


def speaker_vector(bands: NDArray[np.float32]) -> Vector:
    """Speaker vector of a filterbank: float32 [192] of length one.

    Vectors of one person point in similar directions whatever is said.

    Args:
        bands: float32 [frames, 80], of one person; the longer, the better.

    Raises:
        WeightsError: If the weights are missing or altered.
    """
    centred = bands - bands.mean(axis=0)
    vector = onnx.load(SPEAKER_ENCODER)(filterbank=centred[None])[0][0]
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def _first_frames(span: Span) -> list[int]:
    """First frames of the windows; the last one reaches to the end of the span."""
    rest = int(span.seconds * SAMPLING_RATE) - _WINDOW_SAMPLES
    last = max(0, rest // _FRAME_SAMPLES + 1) if rest > 0 else 0
    return [*range(0, last, _STEP_FRAMES), last]


def _voice_activity(sound: NDArray[np.float32]) -> Activity:
    """Whether each of up to three voices speaks: bool [frames, 3]."""
    if len(sound) < SAMPLING_RATE // 2:
        return np.zeros((0, _MAX_VOICES), dtype=bool)
    probabilities = onnx.load(SEGMENTATION)(sound=sound[None])[0][0]
    result: Activity = _VOICE_SETS[probabilities.argmax(axis=1)]
    return result


def _voice_vector(
    bands: NDArray[np.float32], active: Activity, alone: Activity
) -> Vector | None:
    enough = alone.sum() * FRAME_SECONDS >= _MIN_ALONE_SECONDS
    chosen = alone if enough else active
    if chosen.sum() * FRAME_SECONDS < _MIN_SECONDS:
        return None
    times = np.arange(len(bands)) / FRAME_RATE
    frames = (times * SAMPLING_RATE - _FIRST_CENTRE) / _FRAME_SAMPLES
    nearest = np.clip(np.rint(frames).astype(int), 0, len(chosen) - 1)
    return speaker_vector(bands[chosen[nearest]])
