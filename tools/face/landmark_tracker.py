"""Faces followed from one frame to the next by their landmarks, without the detector.

Between two frames a face moves little, so a crop at its last place still shows it. The
movement network measures 68 landmarks there; the turn, scale and shift between them and
those of the last frame move the face on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.face import movements
from affectgraph.tools.face.alignment import (
    SIZE,
    TEMPLATE,
    Crop,
    Points,
    align,
    similarity,
)
from affectgraph.tools.face.detection import Face

# A face that grew, shrank or moved by more than this, in shares of the crop, is no
# longer where the network can measure it.
_LARGEST_ZOOM = 1.25
_LARGEST_SHIFT = 0.2

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Where a face is in a frame.

    Attributes:
        face: In pixels of the frame.
        landmarks: float32 [68, 2], in pixels of the crop that is aligned to the face.
    """

    face: Face
    landmarks: Points


def locate(faces: Sequence[Face], crops: Sequence[Crop]) -> list[Place]:
    """The places of detected faces, each with its aligned crop."""
    if not faces:
        return []
    measured = movements.landmarks(crops)
    return [Place(face, points) for face, points in zip(faces, measured, strict=True)]


def follow(image: NDArray[np.uint8], last: Sequence[Place]) -> list[Place] | None:
    """The places of the same faces in the next frame.

    Args:
        image: uint8 [height, width, 3], RGB, the next frame.
        last: Where the faces were in the frame before, at least one.

    Returns:
        In the same order; None if a face moved too far to be followed.
    """
    import cv2

    crops = [align(image, place.face.landmarks) for place in last]
    followed = []
    for place, points in zip(last, movements.landmarks(crops), strict=True):
        motion = similarity(place.landmarks, points)
        if not _is_small(motion):
            return None
        landmarks = _transformed(points, cv2.invertAffineTransform(motion))
        followed.append(Place(_moved(place.face, motion), landmarks))
    return followed


def _is_small(motion: Matrix) -> bool:
    zoom = _zoom(motion)
    middle = np.full((1, 2), (SIZE - 1) / 2.0, np.float32)
    shift = float(np.hypot(*(_transformed(middle, motion) - middle)[0]))
    bounded = 1.0 / _LARGEST_ZOOM < zoom < _LARGEST_ZOOM
    return bounded and shift < _LARGEST_SHIFT * SIZE


def _moved(face: Face, motion: Matrix) -> Face:
    """The face, in pixels of the frame, after a motion in pixels of its crop."""
    import cv2

    to_crop = similarity(face.landmarks, TEMPLATE)
    steps = (to_crop, motion, cv2.invertAffineTransform(to_crop))
    corners = face.box.reshape(2, 2)
    middle = corners.mean(axis=0, keepdims=True)
    box = _transformed(middle, *steps) + (corners - middle) * _zoom(motion)
    landmarks = _transformed(face.landmarks, *steps)
    return Face(box.ravel().astype(np.float32), landmarks, face.score)


def _zoom(motion: Matrix) -> float:
    return float(np.hypot(*motion[0, :2]))


def _transformed(points: Points, *matrices: Any) -> Points:
    """Points [n, 2] after one 2x3 matrix after the other."""
    for matrix in matrices:
        points = points @ matrix[:, :2].T + matrix[:, 2]
    return points.astype(np.float32)
