"""What an aligned face expresses: a network, its calibration, and its limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution, distribution
from affectgraph.tools.face.alignment import Crop
from affectgraph.tools.weights import onnx

EXPRESSION = "face-expression.onnx"

# The network learned on photographs. On faces that talk it recalls 0.30 of seven
# emotions (chance 0.14) where it recalls about 0.6 on photographs: about a third of
# its skill is left, and at most this much of its answer is believed.
MOVING_TRUST = 0.4

# Share of a moving face's looks that counts as its apex.
_APEX = 0.25

# How much of the photographs' class frequencies is taken out, in log-odds.
_PRIOR_OUT = 0.5

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """What the network says about n crops.

    Attributes:
        logits: float32 [n, 7], calibrated on photographs, in the order of the house.
        embeddings: float32 [n, d], what the network saw before it decided.
        qualities: For each, the probability that a photograph so read is read right.
    """

    logits: Array
    embeddings: Array
    qualities: list[float]

    @property
    def probabilities(self) -> Array:
        """float32 [n, 7], each row a calibrated distribution for a photograph."""
        return softmax(self.logits)


def classify(crops: Sequence[Crop]) -> Reading:
    """Read cropped faces, each as it is and mirrored.

    Args:
        crops: uint8 [48, 48] each, at least one, grey, framed as `alignment.align` or
            `alignment.as_crop` give them.

    Raises:
        WeightsError: If the network's weights cannot be used.
    """
    network = onnx.load(EXPRESSION)
    faces = np.stack(crops).astype(np.float32)[:, None] / np.float32(255.0)
    logits, embeddings = network(faces=np.concatenate([faces, faces[..., ::-1]]))
    n = len(faces)
    calibrated = (logits[:n] + logits[n:]) / (2.0 * network.contract["temperature"])
    return Reading(
        calibrated,
        (embeddings[:n] + embeddings[n:]) / 2.0,
        [quality(network.contract, likely) for likely in softmax(calibrated)],
    )


def still_distribution(logits: Array) -> Distribution:
    """The distribution of one photograph's face; looks [n, 7] are averaged."""
    return distribution(softmax(logits.mean(0)).tolist())


def pooled(logits: Array) -> Array:
    """One reading of a face over time: float32 [7].

    The mean reading is averaged with that of the apex, the looks that are least
    neutral: people speak most of a clip and show most in part of it.

    Args:
        logits: float32 [n, 7] of one face's looks in order of time, n > 0.
    """
    neutral = softmax(logits)[:, BASIC_EMOTIONS.index("neutral")]
    apex = logits[np.argsort(neutral)[: max(1, round(len(logits) * _APEX))]]
    result: Array = (logits.mean(0) + apex.mean(0)) / 2.0
    return result


def moving_distribution(logits: Array, offset: Array, trust: float) -> Distribution:
    """The distribution of a face over time, as far as photographs teach it.

    Half of how often each emotion occurs among photographs, in log-odds, is taken out,
    for a clip is not drawn as photographs are. What comes out is believed for `trust`,
    the rest being spread evenly.

    Args:
        logits: float32 [7], from `pooled`.
        offset: What is usual for this face, float32 [7]; zeros if that is unknown.
        trust: In [0, 1].
    """
    prior = np.array(onnx.load(EXPRESSION).contract["log_prior"], dtype=np.float32)
    likely = softmax(logits - _PRIOR_OUT * prior - offset)
    return distribution((trust * likely + (1.0 - trust) / len(prior)).tolist())


def quality(contract: Mapping[str, Any], probabilities: Array) -> float:
    """Probability that the top emotion of a photograph is right.

    Logistic regression on the log-odds of the top probability, fitted on validation
    faces that were shrunk, blurred and darkened. Sharpness and contrast were tried
    beside it and told nothing more.

    Args:
        contract: Of the expression network.
        probabilities: float32 [7].
    """
    fitted = contract["quality"]
    score = fitted["slope"] * log_odds(float(probabilities.max())) + fitted["offset"]
    return 1.0 / (1.0 + float(np.exp(-score)))


def log_odds(probability: float) -> float:
    """Logarithm of the odds, of a probability kept within 0.001 of 0 and 1."""
    bounded = min(max(probability, 1e-3), 1.0 - 1e-3)
    return float(np.log(bounded / (1.0 - bounded)))


def softmax(logits: Array) -> Array:
    """Probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    result: Array = shifted / shifted.sum(-1, keepdims=True)
    return result
