"""The head: from the features of a voice to emotions, and to its usual pitch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import Distribution, distribution
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.weights import onnx

HEAD = "prosody-head.onnx"


@dataclass(frozen=True)
class Reading:
    """What the head reads from one stretch of voice.

    Attributes:
        distribution: Calibrated, over the basic emotions.
        embedding: The layer before the answer: float32 [e].
        usual_pitch: Pitch in Hz at which a voice like this speaks when neutral.
    """

    distribution: Distribution
    embedding: Array
    usual_pitch: float


@dataclass(frozen=True)
class Usual:
    """What is usual for a speaker.

    Attributes:
        voice: Mean and deviation of each feature, in everybody's deviations from
            everybody's mean, float32 [2, f].
        offset: By how much each feature differs from everybody's beside emotion, in its
            own unit, float32 [f].
        pitch: At which the speaker speaks when neutral, in Hz.
        trust: How far to compare with the voice, in [0, 1].
    """

    voice: Array
    offset: Array
    pitch: float
    trust: float


def read(features: Array, speaker: Usual | None = None) -> list[Reading]:
    """Read the features of stretches of voice.

    Args:
        features: float32 [n, f].
        speaker: None when the speaker is not known.

    Raises:
        WeightsError: If the head's file is missing or altered.
    """
    if len(features) == 0:
        return []
    emotions, embeddings, pitch, *_ = onnx.load(HEAD)(
        features=features.astype(np.float32),
        speaker=speaker.voice if speaker else everybody(features.shape[1]),
        known=np.array([speaker.trust if speaker else 0.0], dtype=np.float32),
    )
    return [
        Reading(distribution([float(p) for p in row]), embedding, float(hertz))
        for row, embedding, hertz in zip(emotions, embeddings, pitch, strict=True)
    ]


def everybody(width: int) -> Array:
    """What is usual for everybody, float32 [2, width]: no deviation from it."""
    return np.stack([np.zeros(width, np.float32), np.ones(width, np.float32)])


def quality(confidence: float, seconds: float) -> float:
    """How often the head is right at this confidence and length of speech: [0, 1].

    A logistic curve, rising in both, fitted on speakers that the head had not heard.
    """
    curve = onnx.load(HEAD).contract["quality"]
    odds = np.log(
        np.clip(confidence, 0.01, 0.99) / (1.0 - np.clip(confidence, 0.01, 0.99))
    )
    x = curve["bias"] + curve["confidence"] * odds
    x += curve["seconds"] * np.log(np.clip(seconds, 0.2, 10.0))
    return float(1.0 / (1.0 + np.exp(-x)))


def probabilities(readings: list[Reading]) -> NDArray[np.float64]:
    """The distributions of readings as rows: float64 [n, 7]."""
    return np.array([list(reading.distribution.values()) for reading in readings])
