"""What the parts of a face do: movements, the head's pose, and 68 landmarks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.face.alignment import Crop, as_input
from affectgraph.tools.weights import onnx

MOVEMENTS = "face-movements.onnx"

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Movements:
    """What was measured on n crops.

    Attributes:
        values: float32 [n, m], how strong each of `names()` is, 0 to 1.
        pose: float32 [n, 3], pitch, yaw and roll in degrees: positive for a head that
            looks up, to the right of the picture, and tilts clockwise in the crop.
        landmarks: float32 [n, 68, 2], in pixels of the crop.
    """

    values: Array
    pose: Array
    landmarks: Array


def measure(crops: Sequence[Crop]) -> Movements:
    """Measure cropped faces, each as it is and mirrored.

    Args:
        crops: uint8 [48, 48] each, at least one, framed as `alignment.align` does.

    Raises:
        WeightsError: If the network's weights cannot be used.
    """
    faces = as_input(crops)
    n = len(faces)
    values, pose, landmarks = onnx.load(MOVEMENTS)(
        faces=np.concatenate([faces, faces[..., ::-1]])
    )
    signs = np.array([1.0, -1.0, -1.0], dtype=np.float32)
    moved = (values[:n] + values[n:][:, _mirrored()]) / 2.0
    turned = (pose[:n] + pose[n:] * signs) / 2.0
    return Movements(moved.astype(np.float32), turned.astype(np.float32), landmarks[:n])


def landmarks(crops: Sequence[Crop]) -> Array:
    """The 68 landmarks alone, float32 [n, 68, 2], in pixels of each crop.

    Args:
        crops: uint8 [48, 48] each, at least one.

    Raises:
        WeightsError: If the network's weights cannot be used.
    """
    points: Array = onnx.load(MOVEMENTS)(faces=as_input(crops))[2]
    return points


@cache
def names() -> tuple[str, ...]:
    """The movements in order, in ARKit's names; left and right are the person's own."""
    return tuple(onnx.load(MOVEMENTS).contract["movements"])


def population() -> Mapping[str, Any]:
    """Percentiles of each movement among FER2013 photographs, and their deviation.

    Returns:
        Movement to `low`, `middle`, `high` (10th, 50th, 90th percentile), `spread`,
        and `agreement`: its correlation with the teacher on faces not learned from.
    """
    typical: Mapping[str, Any] = onnx.load(MOVEMENTS).contract["population"]
    return typical


def other_side(name: str) -> str:
    """The same movement on the other side of the face; itself if it has no side."""
    for side, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(side):
            return name.removesuffix(side) + other
    return name


@cache
def _mirrored() -> tuple[int, ...]:
    order = names()
    return tuple(order.index(other_side(name)) for name in order)
