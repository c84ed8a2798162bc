"""Kinds of sound: speech, vocal bursts, music or noise, and silence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.evidence import Span
from affectgraph.tools.prosody.acoustics import FRAME_SECONDS
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.prosody.spectrum import sounding_frames
from affectgraph.tools.prosody.voice_features import EncodedVoice
from affectgraph.tools.weights import onnx

SOUND_KINDS = "sound-kinds.onnx"
KINDS = ("speech", "burst", "other")

# Windows of the network, in encoder states of 20 ms.
WINDOW_STATES, STEP_STATES = 50, 10
_FRAMES_PER_STATE = 2

# Gaps shorter than this do not end a burst; shorter bursts are clicks.
_MAX_GAP_SECONDS, _MIN_BURST_SECONDS = 0.4, 0.2
# Of a burst where nobody speaks.
_MIN_PROBABILITY = 0.5


@dataclass(frozen=True)
class BurstFrames:
    """Where a burst is in an encoded voice.

    Attributes:
        first: Its first frame.
        last: The frame after its last.
        probability: That it is a burst, not speech, music or noise.
    """

    first: int
    last: int
    probability: float

    def span(self, start: float) -> Span:
        """The span of the clip, if the first frame of the voice is at `start`."""
        first, last = (
            start + self.first * FRAME_SECONDS,
            start + self.last * FRAME_SECONDS,
        )
        return Span(start=first, end=last)


def pool_windows(states: Array) -> Array:
    """Mean and deviation of the last states in windows of 1 s: float32 [k, 1024].

    One window is centred on every 0.2 s; those at the ends are shorter.
    """
    half = WINDOW_STATES // 2
    centres = range(STEP_STATES // 2, max(len(states), 6), STEP_STATES)
    windows = [states[max(c - half, 0) : c + half, -1] for c in centres]
    rows = [np.concatenate([w.mean(axis=0), w.std(axis=0)]) for w in windows]
    return np.array(rows, dtype=np.float32)


def classify_sounds(voice: EncodedVoice) -> Array:
    """Probability of each of the `KINDS` of every 0.2 s: float32 [k, 3].

    Raises:
        WeightsError: If the network's file is missing or altered.
    """
    return onnx.load(SOUND_KINDS)(windows=pool_windows(voice.states))[0]


def find_bursts(voice: EncodedVoice) -> list[BurstFrames]:
    """Find vocal bursts in an encoded window.

    Where the voice activity detector hears speech, a burst has to be more probable.

    Args:
        voice: Its `speech` marks the frames of the voice activity detector.

    Raises:
        WeightsError: If the network's file is missing or altered.
    """
    step = STEP_STATES * _FRAMES_PER_STATE
    likely = classify_sounds(voice)[:, KINDS.index("burst")]
    probability = np.repeat(likely, step)[: voice.frames]
    probability = np.pad(probability, (0, voice.frames - len(probability)), "edge")
    limit = onnx.load(SOUND_KINDS).contract["burst_limit"]
    least = np.where(voice.contours.speech, limit, _MIN_PROBABILITY)
    sounds = sounding_frames(voice.contours.level)
    return [
        BurstFrames(first, last, float(probability[first:last].mean()))
        for first, last in _runs(sounds & (probability >= least))
        if (last - first) * FRAME_SECONDS >= _MIN_BURST_SECONDS
    ]


def _runs(frames: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of true frames, joined over short gaps."""
    at = np.flatnonzero(frames)
    if len(at) == 0:
        return []
    breaks = np.flatnonzero(np.diff(at) * FRAME_SECONDS > _MAX_GAP_SECONDS)
    firsts = at[np.concatenate([[0], breaks + 1])]
    lasts = at[np.concatenate([breaks, [len(at) - 1]])] + 1
    return [(int(a), int(b)) for a, b in zip(firsts, lasts, strict=True)]
