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

# Gaps shorter than this do not end a sound; shorter sounds are clicks.
_MAX_GAP_SECONDS, _MIN_SECONDS = 0.4, 0.2
# Of a sound where the voice activity detector hears nothing.
_MIN_PROBABILITY = 0.5


@dataclass(frozen=True)
class SoundFrames:
    """Where a sound of one kind is in an encoded voice.

    Attributes:
        first: Its first frame.
        last: The frame after its last.
        probability: That it is of this kind.
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


def find_sounds(voice: EncodedVoice) -> tuple[list[SoundFrames], list[SoundFrames]]:
    """Find vocal bursts, and speech that the voice activity detector misses.

    The detector misses shouts and screamed words. Where it hears speech, a burst has to
    be more probable.

    Args:
        voice: Its `speech` marks the frames of the voice activity detector.

    Returns:
        The bursts, and the missed speech: none if the detector hears any.

    Raises:
        WeightsError: If the network's file is missing or altered.
    """
    kinds = np.repeat(classify_sounds(voice), STEP_STATES * _FRAMES_PER_STATE, axis=0)
    missing = max(voice.frames - len(kinds), 0)
    kinds = np.pad(kinds, ((0, missing), (0, 0)), "edge")[: voice.frames]
    burst, speech = (kinds[:, KINDS.index(name)] for name in ("burst", "speech"))
    detected = voice.contours.speech
    limit = onnx.load(SOUND_KINDS).contract["burst_limit"]
    bursts = _find(voice, burst, np.where(detected, limit, _MIN_PROBABILITY))
    if detected.any():
        return bursts, []
    return bursts, _find(voice, speech, np.full(voice.frames, _MIN_PROBABILITY))


def _find(
    voice: EncodedVoice, probability: Array, least: NDArray[np.float64]
) -> list[SoundFrames]:
    sounds = sounding_frames(voice.contours.level) & (probability >= least)
    return [
        SoundFrames(first, last, float(probability[first:last].mean()))
        for first, last in _runs(sounds)
        if (last - first) * FRAME_SECONDS >= _MIN_SECONDS
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
