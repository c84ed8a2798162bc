"""Whether two faces seen one after the other in the same place are of one person.

After a hard cut another face may stand where one stood before. Then both the face and
what is around it change at once; a head that turns, a zoom or a flash changes only one
of them, or neither once brightness is divided out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.face.alignment import SIZE, TEMPLATE, Crop, Points, aligned_to

Array = NDArray[np.float32]

# Below this mean correlation it is another person. Of 132 cuts between 12 people who
# were cut out and put before one backdrop, the hardest case, 122 are below; of 126
# before backdrops of their own all are (0.49 at most). Faces that talk stay above 0.9,
# flashes above 0.75, and heads that turn by 25 degrees from look to look above 0.7.
_SAME_PERSON = 0.68

# The portrait shows this many times more than the crop, at this many pixels.
_WIDER = 2.5
_SIDE = 32
_FRAME = ((TEMPLATE - SIZE / 2) / _WIDER + SIZE / 2) * np.float32(_SIDE / SIZE)

# The part of a crop that hair and background hardly reach, and the blur that hides
# by how little landmarks are off.
_INNER = (slice(6, 44), slice(6, 42))
_BLUR = 1.5


@dataclass(frozen=True)
class Appearance:
    """How one face looks in one frame, with brightness and contrast divided out.

    Attributes:
        face: float32 [38, 36], the face alone.
        portrait: float32 [32, 32, 3], head, shoulders and what is behind.
        landmarks: float32 [5, 2], where it is.
    """

    face: Array
    portrait: Array
    landmarks: Points


def appearance(image: NDArray[np.uint8], landmarks: Points, crop: Crop) -> Appearance:
    """How a face looks.

    Args:
        image: uint8 [height, width, 3], RGB.
        landmarks: float32 [5, 2] in pixels of the image.
        crop: The face, aligned.
    """
    import cv2

    blurred = cv2.GaussianBlur(crop.astype(np.float32), (0, 0), _BLUR)
    return Appearance(
        _standardised(blurred[_INNER]), _portrait(image, landmarks), landmarks
    )


def is_same_person(
    before: Appearance, now: Appearance, image: NDArray[np.uint8]
) -> bool:
    """Whether two faces are alike: mean correlation of the faces and the portraits.

    The portrait is compared where the face is now, for a camera that follows it, and
    where it was before, for a head that moves while the rest stands still.

    Args:
        before: The earlier look.
        now: The later look.
        image: uint8 [height, width, 3], the frame of the later look.
    """
    face = _correlation(before.face, now.face)

    def is_alike(portrait: Array) -> bool:
        return (face + _correlation(before.portrait, portrait)) / 2 >= _SAME_PERSON

    return is_alike(now.portrait) or is_alike(_portrait(image, before.landmarks))


def _portrait(image: NDArray[np.uint8], landmarks: Points) -> Array:
    return _standardised(aligned_to(_FRAME, _SIDE, image, landmarks))


def _standardised(values: NDArray[np.generic]) -> Array:
    flat = values.astype(np.float32)
    result: Array = (flat - flat.mean()) / (flat.std() + np.float32(1e-3))
    return result


def _correlation(one: Array, other: Array) -> float:
    return float((one * other).mean())
