"""The head: from the features of a voice to emotions, and to its usual pitch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools import onnx
from affectgraph.tools.emotions import Distribution, distribution
from affectgraph.tools.prosody.pitch import Array

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


def read(features: Array, speaker: Array | None = None) -> list[Reading]:
    """Read the features of stretches of voice.

    Args:
        features: float32 [n, f].
        speaker: What is usual for this speaker, float32 [f], as `VoiceBaseline`
            holds it; None when the speaker is not known.

    Raises:
        WeightsError: If the head's file is missing or altered.
    """
    if len(features) == 0:
        return []
    usual = np.zeros(features.shape[1], np.float32) if speaker is None else speaker
    known = np.array([0.0 if speaker is None else 1.0], dtype=np.float32)
    emotions, embeddings, pitch, _ = onnx.load(HEAD)(
        features=features.astype(np.float32), speaker=usual[None], known=known
    )
    return [
        Reading(distribution([float(p) for p in row]), embedding, float(hertz))
        for row, embedding, hertz in zip(emotions, embeddings, pitch, strict=True)
    ]


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
