"""The classification head: emotions and neutral pitch from voice features."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import Distribution, distribution
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.weights import onnx

HEAD = "prosody-head.onnx"
# Takes the place of `HEAD` in the permissive weights.
PERMISSIVE_HEAD = "prosody-head-permissive.onnx"


@dataclass(frozen=True)
class VoiceReading:
    """The head's output for one stretch of voice.

    Attributes:
        distribution: Calibrated, over the basic emotions.
        embedding: Output of the layer before the last: float32 [e].
        neutral_pitch: Estimated pitch in Hz of this voice in neutral speech.
    """

    distribution: Distribution
    embedding: Array
    neutral_pitch: float


@dataclass(frozen=True)
class SpeakerNorms:
    """Statistics of one speaker's voice.

    Attributes:
        voice: Mean and standard deviation of each feature, standardised by the
            population: float32 [2, f].
        offset: Difference of each feature from the population's mean that emotion does
            not explain, in the feature's unit: float32 [f].
        pitch: Pitch in neutral speech, in Hz.
        trust: Weight of these statistics against the population's, in [0, 1].
    """

    voice: Array
    offset: Array
    pitch: float
    trust: float


def classify_voice(
    features: Array, speaker: SpeakerNorms | None = None
) -> list[VoiceReading]:
    """Classify stretches of voice by their features.

    Args:
        features: float32 [n, f].
        speaker: Statistics of the speaker; None for an unknown speaker.

    Raises:
        WeightsError: If the head's file is missing or altered.
    """
    if len(features) == 0:
        return []
    emotions, embeddings, pitch, *_ = onnx.load(HEAD)(
        features=features.astype(np.float32),
        speaker=speaker.voice if speaker else population_norms(features.shape[1]),
        known=np.array([speaker.trust if speaker else 0.0], dtype=np.float32),
    )
    return [
        VoiceReading(distribution([float(p) for p in row]), embedding, float(hertz))
        for row, embedding, hertz in zip(emotions, embeddings, pitch, strict=True)
    ]


def population_norms(width: int) -> Array:
    """Standardised mean (0) and deviation (1) of the population: float32 [2, width]."""
    return np.stack([np.zeros(width, np.float32), np.ones(width, np.float32)])


def estimate_quality(confidence: float, seconds: float) -> float:
    """Probability that the head is right, in [0, 1].

    A logistic function of confidence and seconds of speech, fitted on held-out
    speakers.
    """
    curve = onnx.load(HEAD).contract["quality"]
    odds = np.log(
        np.clip(confidence, 0.01, 0.99) / (1.0 - np.clip(confidence, 0.01, 0.99))
    )
    x = curve["bias"] + curve["confidence"] * odds
    x += curve["seconds"] * np.log(np.clip(seconds, 0.2, 10.0))
    return float(1.0 / (1.0 + np.exp(-x)))


def probability_matrix(readings: list[VoiceReading]) -> NDArray[np.float64]:
    """The distributions of readings as rows: float64 [n, 7]."""
    return np.array([list(reading.distribution.values()) for reading in readings])
