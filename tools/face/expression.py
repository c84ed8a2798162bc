"""What aligned faces express: pictures to votes, movements and a calibrated reading."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import Distribution, distribution
from affectgraph.tools.face import window
from affectgraph.tools.face.alignment import Crop, clearness
from affectgraph.tools.face.movements import MOVEMENTS, Movements, measure
from affectgraph.tools.face.window import WINDOW, Conditions, softmax
from affectgraph.tools.weights import onnx

EXPRESSION = "face-expression.onnx"

# What it takes to read a crop.
WEIGHTS = (EXPRESSION, MOVEMENTS, WINDOW)

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """What the networks say about n crops.

    Attributes:
        votes: float32 [n, 8], logits of the picture network: the basic emotions, then
            contempt.
        embeddings: float32 [n, d], what the picture network saw before it voted.
        movements: What the parts of the faces do.
        logits: float32 [n, 7], of each crop as a photograph, calibrated to the votes of
            people, in the order of the basic emotions.
        qualities: For each, the chance that most people see the emotion on top.
    """

    votes: Array
    embeddings: Array
    movements: Movements
    logits: Array
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
        WeightsError: If the weights of a network cannot be used.
    """
    faces = np.stack(crops).astype(np.float32)[:, None] / np.float32(255.0)
    votes, embeddings = _averaged(
        onnx.load(EXPRESSION)(faces=np.concatenate([faces, faces[..., ::-1]]))
    )
    moved = measure(crops)
    windows = window.gathered(
        votes[:, None], moved.values[:, None], embeddings[:, None]
    )
    read = window.read(windows)
    qualities = [
        window.quality(read, number, Conditions.of([clearness(crop)], pose[None]))
        for number, (crop, pose) in enumerate(zip(crops, moved.pose, strict=True))
    ]
    return Reading(votes, embeddings, moved, read.logits, qualities)


def still_distribution(logits: Array) -> Distribution:
    """The distribution of one photograph's face; looks [n, 7] are averaged."""
    return distribution(softmax(logits.mean(0)).tolist())


def _averaged(outputs: list[Array]) -> list[Array]:
    """Means over each face and its mirror image, which come in two halves."""
    n = len(outputs[0]) // 2
    return [(output[:n] + output[n:]) / np.float32(2.0) for output in outputs]
