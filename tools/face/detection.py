"""Where faces are in a picture, with five landmarks each: CenterFace.

Source: Xu et al. (2020), "CenterFace: Joint Face Detection and Alignment Using Face as
Point", Scientific Programming 2020. Weights: MIT.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.weights import onnx

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
        score: The detector's confidence, 0 to 1.
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
        return float(_overlaps(self.box, other.box[None])[0])


def detect(image: NDArray[np.uint8], *, side: int = QUICK_SIDE) -> list[Face]:
    """Faces in a picture, highest score first.

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
    resized = cv2.resize(image, (columns, rows), interpolation=method)
    blob = resized.astype(np.float32).transpose(2, 0, 1)[None]
    heat, extent, offset, points = onnx.load(DETECTOR)(image=blob)
    boxes, landmarks, scores = _decode(heat[0, 0], extent[0], offset[0], points[0])
    ratio = np.array([width / columns, height / rows], dtype=np.float32)
    bound = np.array([width, height] * 2, dtype=np.float32)
    boxes = np.clip(boxes * np.tile(ratio, 2), 0.0, bound)
    return [
        Face(boxes[number], landmarks[number] * ratio, float(scores[number]))
        for number in _distinct(boxes)
    ]


def _decode(
    heat: Array, extent: Array, offset: Array, points: Array
) -> tuple[Array, Array, Array]:
    """Boxes [n, 4], landmarks [n, 5, 2] and scores [n] in pixels, best first."""
    row, column = np.nonzero(heat > _THRESHOLD)
    order = np.argsort(-heat[row, column], kind="stable")
    row, column = row[order], column[order]
    size = np.exp(extent[:, row, column]) * _STRIDE
    middle = (np.stack([row, column]) + offset[:, row, column] + 0.5) * _STRIDE
    corner = middle - size / 2
    boxes = np.concatenate([corner, corner + size])[[1, 0, 3, 2]].T
    landmarks = points[:, row, column].reshape(5, 2, -1)[:, ::-1] * size[::-1]
    landmarks = (landmarks + corner[::-1]).transpose(2, 0, 1)
    return boxes.astype("f4"), landmarks.astype("f4"), heat[row, column]


def _distinct(boxes: Array) -> list[int]:
    """Numbers of the boxes that hardly overlap with one before them."""
    distinct, left = list[int](), np.arange(len(boxes))
    while len(left):
        distinct.append(int(left[0]))
        overlaps = _overlaps(boxes[left[0]], boxes[left[1:]])
        left = left[1:][overlaps < _OVERLAP]
    return distinct


def _overlaps(box: Array, others: Array) -> Array:
    """Intersection over union of a box [4] with others [n, 4]."""
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[2:], others[:, 2:])
    shared = np.maximum(high - low, 0.0).prod(axis=1)
    both = _areas(box[None]) + _areas(others) - shared
    ratio: Array = shared / np.maximum(both, 1e-6)
    return ratio


def _areas(boxes: Array) -> Array:
    area: Array = np.maximum(boxes[:, 2:] - boxes[:, :2], 0.0).prod(axis=1)
    return area
