"""Faces brought to one size and place, and how well each can be seen there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.face.detection import Face

SIZE = 48

# Median landmarks that the detector finds on FER2013 training images, made symmetric:
# the framing that the expression network learned.
TEMPLATE = np.array(
    [[14.9, 19.4], [33.1, 19.4], [24.0, 28.9], [17.0, 36.3], [31.0, 36.3]],
    dtype=np.float32,
)

# Degrees clockwise, pixels to the right and down by which a photograph is also read.
_VARIANTS = (
    (0.0, 0.0, 0.0),
    (6.0, 0.0, 0.0),
    (-6.0, 0.0, 0.0),
    (0.0, 2.0, 0.0),
    (0.0, -2.0, 0.0),
    (0.0, 0.0, 2.0),
    (0.0, 0.0, -2.0),
)

Crop = NDArray[np.uint8]
Points = NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """How a face is seen.

    Attributes:
        size: Side of the face in pixels of the picture.
        sharpness: Mean absolute Laplacian of the standardised crop; blur lowers it.
        contrast: Standard deviation of the crop's grey values over 255; darkness
            lowers it.
        turn: Head turned: sideways shift of the nose from the middle of the eyes, in
            distances between the eyes; 0 is straight, positive is to the picture's
            right.
        tilt: Head tilted: slope of the line between the eyes, in degrees.
    """

    size: float
    sharpness: float
    contrast: float
    turn: float
    tilt: float


def align(image: NDArray[np.uint8], landmarks: Points) -> Crop:
    """The face as the expression network knows it.

    Args:
        image: uint8 [height, width, 3], RGB.
        landmarks: float32 [5, 2] in pixels of the image.

    Returns:
        uint8 [48, 48], grey, landmarks as near the template as turning, shifting and
        scaling bring them; averaged over source pixels, so that nothing aliases.
    """
    return as_crop(_warped(TEMPLATE, SIZE, image, landmarks))


def aligned_to(
    template: Points, side: int, image: NDArray[np.uint8], landmarks: Points
) -> NDArray[np.uint8]:
    """A face and what is around it, with its landmarks near other ones.

    Args:
        template: float32 [5, 2], where the landmarks shall be.
        side: Of the result, in pixels.
        image: uint8 [height, width, 3], RGB.
        landmarks: float32 [5, 2] in pixels of the image.

    Returns:
        uint8 [side, side, 3].
    """
    import cv2

    finer = _warped(template, side, image, landmarks)
    picture: NDArray[np.uint8] = cv2.resize(
        finer, (side, side), interpolation=cv2.INTER_AREA
    )
    return picture


def _warped(
    template: Points, side: int, image: NDArray[np.uint8], landmarks: Points
) -> NDArray[np.uint8]:
    """The same at up to eight times the side, as fine as the picture is."""
    import cv2

    matrix = similarity(landmarks, template)
    shrink = 1.0 / max(float(np.hypot(*matrix[0, :2])), 1e-6)
    finer = int(np.clip(np.ceil(shrink), 1, 8))
    warped: NDArray[np.uint8] = cv2.warpAffine(
        image,
        _enlarged(matrix, finer),
        (side * finer, side * finer),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return warped


def as_crop(image: NDArray[np.uint8]) -> Crop:
    """Any picture of one cropped face, grey or RGB, as uint8 [48, 48]."""
    import cv2

    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    larger = min(grey.shape) > SIZE
    method = cv2.INTER_AREA if larger else cv2.INTER_LINEAR
    crop: Crop = cv2.resize(grey, (SIZE, SIZE), interpolation=method).astype(np.uint8)
    return crop


def variants(crop: Crop) -> list[Crop]:
    """A crop as it is, and turned and shifted a little: nobody frames a face exactly.

    Args:
        crop: uint8 [48, 48].
    """
    import cv2

    middle = (SIZE - 1) / 2.0
    result = []
    for degrees, right, down in _VARIANTS:
        matrix = cv2.getRotationMatrix2D((middle, middle), degrees, 1.0)
        matrix[:, 2] += right, down
        moved = cv2.warpAffine(
            crop, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE
        )
        result.append(moved.astype(np.uint8))
    return result


def as_input(crops: Sequence[Crop]) -> NDArray[np.float32]:
    """Crops as the networks read them: float32 [n, 1, 48, 48], 0 to 1."""
    return np.stack(crops).astype(np.float32)[:, None] / np.float32(255.0)


def similarity(source: Points, target: Points) -> NDArray[np.float64]:
    """The 2x3 matrix that turns, scales and shifts points onto others.

    Least squares without reflection: Umeyama (1991), in complex numbers.
    """
    start = source[:, 0] + 1j * source[:, 1]
    goal = target[:, 0] + 1j * target[:, 1]
    centred = start - start.mean()
    spread = max(float((np.abs(centred) ** 2).sum()), 1e-9)
    turn = (centred.conj() * (goal - goal.mean())).sum() / spread
    shift = goal.mean() - turn * start.mean()
    return np.array(
        [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]]
    )


def view(face: Face, crop: Crop) -> View:
    """How well a face is seen in its picture and in its crop."""
    eyes = face.landmarks[1] - face.landmarks[0]
    distance = max(float(np.hypot(*eyes)), 1e-6)
    off = face.landmarks[2] - face.landmarks[:2].mean(0)
    sharpness, contrast = clearness(crop)
    return View(
        size=face.size,
        sharpness=sharpness,
        contrast=contrast,
        turn=float(off @ eyes) / distance**2,
        tilt=float(np.degrees(np.arctan2(eyes[1], eyes[0]))),
    )


def clearness(crop: Crop) -> tuple[float, float]:
    """Sharpness and contrast of a crop, as `View` defines them."""
    grey = crop.astype(np.float32)
    contrast = float(grey.std())
    flat = (grey - grey.mean()) / (contrast + 1e-3)
    inner = flat[1:-1, 1:-1]
    around = flat[:-2, 1:-1] + flat[2:, 1:-1] + flat[1:-1, :-2] + flat[1:-1, 2:]
    return float(np.abs(4.0 * inner - around).mean()), contrast / 255.0


def _enlarged(matrix: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    larger = matrix * factor
    larger[:, 2] += (factor - 1) / 2
    return larger
