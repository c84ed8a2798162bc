"""Where faces are in a picture, with five landmarks each: CenterFace.

Source: Xu et al. (2020), "CenterFace: Joint Face Detection and Alignment Using Face as
Point", Scientific Programming 2020. Weights: MIT.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools import onnx

DETECTOR = "centerface.onnx"

# Longer side of the picture shown to the detector: 320 costs 7 CPU ms and finds faces
# of 25 px in a 640x480 frame; 640 costs 30 ms and is for stills and closer looks.
QUICK_SIDE = 320
CLOSE_SIDE = 640

_STRIDE = 4
_GRID = 32
_THRESHOLD = 0.5
_OVERLAP = 0.3

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Face:
    """One face in one picture, in pixels of that picture.

    Attributes:
        box: float32 [4]: left, top, right, bottom.
        landmarks: float32 [5, 2], x and y of the eye on the left of the picture, the
            eye on its right, the nose, the left and the right corner of the mouth.
        score: The detector's belief, 0 to 1.
    """

    box: Array
    landmarks: Array
    score: float

    @property
    def size(self) -> float:
        """Side in pixels of a square as large as the box."""
        left, top, right, bottom = self.box
        return float(np.sqrt(max(right - left, 0.0) * max(bottom - top, 0.0)))

    def overlap(self, other: "Face") -> float:
        """Intersection over union of the two boxes."""
        low = np.maximum(self.box[:2], other.box[:2])
        high = np.minimum(self.box[2:], other.box[2:])
        shared = float(np.prod(np.maximum(high - low, 0.0)))
        return shared / max(self.size**2 + other.size**2 - shared, 1e-6)


def detect(image: NDArray[np.uint8], *, side: int = QUICK_SIDE) -> list[Face]:
    """Faces in a picture, the surest first.

    Args:
        image: uint8 [height, width, 3], RGB.
        side: Longer side in pixels of the copy that the detector sees; pictures are
            never enlarged more than fourfold.

    Raises:
        WeightsError: If the detector's weights cannot be used.
    """
    import cv2

    height, width = image.shape[:2]
    scale = min(side / max(height, width), 4.0)
    rows = max(round(height * scale / _GRID), 1) * _GRID
    columns = max(round(width * scale / _GRID), 1) * _GRID
    method = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    seen = cv2.resize(image, (columns, rows), interpolation=method)
    blob = seen.astype(np.float32).transpose(2, 0, 1)[None]
    heat, extent, offset, points = onnx.load(DETECTOR)(image=blob)
    found = _decode(heat[0, 0], extent[0], offset[0], points[0])
    ratio = np.array([width / columns, height / rows], dtype=np.float32)
    bound = np.array([width, height] * 2, dtype=np.float32)
    scaled = [
        Face(
            np.clip(face.box * np.tile(ratio, 2), 0.0, bound),
            face.landmarks * ratio,
            face.score,
        )
        for face in found
    ]
    return _distinct(scaled)


def _decode(heat: Array, extent: Array, offset: Array, points: Array) -> list[Face]:
    faces = []
    for row, column in np.argwhere(heat > _THRESHOLD):
        high, wide = np.exp(extent[:, row, column]) * _STRIDE
        top = (row + offset[0, row, column] + 0.5) * _STRIDE - high / 2
        left = (column + offset[1, row, column] + 0.5) * _STRIDE - wide / 2
        down_right = points[:, row, column].reshape(5, 2)
        landmarks = down_right[:, ::-1] * (wide, high) + (left, top)
        faces.append(
            Face(
                np.array([left, top, left + wide, top + high], dtype=np.float32),
                landmarks.astype(np.float32),
                float(heat[row, column]),
            )
        )
    return sorted(faces, key=lambda face: -face.score)


def _distinct(faces: list[Face]) -> list[Face]:
    kept: list[Face] = []
    for face in faces:
        if all(face.overlap(other) < _OVERLAP for other in kept):
            kept.append(face)
    return kept
