"""How to rotate and mirror a stored image so that it is upright."""

from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_EXIF_TAG = 0x112
# The supported formats that can have EXIF data.
_EXIF_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP")


class Orientation(NamedTuple):
    """A rotation by a multiple of 90 degrees, mirrored or not.

    A stored pixel at (x, y) is shown at (a x + c y, b x + d y), up to a shift, as in
    the display matrix of a film. Each of the four values is -1, 0 or 1.
    """

    a: int = 1
    b: int = 0
    c: int = 0
    d: int = 1

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Rotate and mirror an image uint8 [height, width, 3] upright."""
        right, down = self.a, self.d
        if self.b:
            image, right, down = image.swapaxes(0, 1), self.c, self.b
        return np.ascontiguousarray(image[:: down or 1, :: right or 1])

    def then(self, other: "Orientation") -> "Orientation":
        """This orientation, followed by another."""
        product = np.reshape(self, (2, 2)) @ np.reshape(other, (2, 2))
        return Orientation(*product.ravel().tolist())


UPRIGHT = Orientation()
QUARTER_LEFT = Orientation(0, -1, 1, 0)
MIRRORED = Orientation(-1, 0, 0, 1)
UPSIDE_DOWN_MIRRORED = Orientation(1, 0, 0, -1)

# Orientations by their EXIF values, from 1.
_EXIF_ORIENTATIONS = (
    UPRIGHT,
    MIRRORED,
    Orientation(-1, 0, 0, -1),
    UPSIDE_DOWN_MIRRORED,
    Orientation(0, 1, 1, 0),
    Orientation(0, 1, -1, 0),
    Orientation(0, -1, -1, 0),
    QUARTER_LEFT,
)


def still_orientation(file: BinaryIO) -> Orientation:
    """Orientation in the EXIF data of a photograph; upright if there is none."""
    from PIL import Image

    # With damaged EXIF data, the image itself is still usable.
    with suppress(Exception), Image.open(file, formats=_EXIF_FORMATS) as image:
        return _EXIF_ORIENTATIONS[range(1, 9).index(image.getexif().get(_EXIF_TAG, 1))]
    return UPRIGHT


def frame_orientation(frame: VideoFrame) -> Orientation:
    """Orientation in the display matrix of a frame, to the nearest 90 degrees."""
    matrix: Any = None
    with suppress(ValueError):  # side data that PyAV does not know
        matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return UPRIGHT
    rotation = np.frombuffer(matrix, np.int32)[[0, 1, 3, 4]].astype(float)
    sideways = np.abs(rotation[1:3]).sum() > np.abs(rotation[[0, 3]]).sum()
    rotation[[0, 3] if sideways else [1, 2]] = 0
    return Orientation(*np.sign(rotation).astype(int).tolist())
