"""What aligned faces express: pictures to votes, movements and a calibrated reading."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.emotions import Distribution, distribution
from affectgraph.tools.face import window
from affectgraph.tools.face.alignment import Crop, as_input, clearness, variants
from affectgraph.tools.face.movements import MOVEMENTS, Movements, measure
from affectgraph.tools.face.quality import Conditions, quality
from affectgraph.tools.face.window import WINDOW, softmax
from affectgraph.tools.weights import onnx

EXPRESSION = "face-expression.onnx"

# The networks that read a crop.
WEIGHTS = (EXPRESSION, MOVEMENTS, WINDOW)

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """What the networks measure on n crops.

    Attributes:
        votes: float32 [n, 8], logits of the picture network: the basic emotions, then
            contempt.
        embeddings: float32 [n, d], vectors of the picture network.
        movements: Of the parts of the faces.
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


def classify(crops: Sequence[Crop], *, still: bool = False) -> Reading:
    """Read cropped faces, each as it is and mirrored.

    Args:
        crops: uint8 [48, 48] each, at least one, grey, framed as `alignment.align` or
            `alignment.as_crop` give them.
        still: They are photographs, not frames of a video: votes and embeddings are
            averaged over the `alignment.variants` of each, at seven times the cost.

    Raises:
        WeightsError: If the weights of a network cannot be used.
    """
    moved = measure(crops)
    votes, embeddings = _read_pictures(crops, still=still)
    windows = window.batch_statistics(
        votes[:, None], moved.values[:, None], embeddings[:, None]
    )
    reading = window.read(windows)
    qualities = [
        quality(reading, number, Conditions.of([clearness(crop)], pose[None]))
        for number, (crop, pose) in enumerate(zip(crops, moved.pose, strict=True))
    ]
    return Reading(votes, embeddings, moved, reading.logits, qualities)


def still_distribution(logits: Array) -> Distribution:
    """The distribution of one photograph's face; looks [n, 7] are averaged."""
    return distribution(softmax(logits.mean(0)).tolist())


def _read_pictures(crops: Sequence[Crop], *, still: bool) -> list[Array]:
    """Votes [n, 8] and embeddings [n, d], means over all images made of each crop."""
    shown = [image for crop in crops for image in (variants(crop) if still else [crop])]
    faces = as_input(shown)
    outputs = onnx.load(EXPRESSION)(faces=np.concatenate([faces, faces[..., ::-1]]))
    shape = (2, len(crops), len(shown) // len(crops), -1)
    return [output.reshape(shape).mean(axis=(0, 2)) for output in outputs]
