"""How a stored picture is turned and mirrored until it stands upright."""

from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_EXIF_TAG = 0x112
# Those that carry EXIF, of the formats that are read.
_EXIF_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP")


class Orientation(NamedTuple):
    """A multiple of a quarter turn, mirrored or not.

    A stored pixel at (x, y) is shown at (a x + c y, b x + d y), as in the display
    matrix of a film, but for the shift; each of the four is -1, 0 or 1.
    """

    a: int = 1
    b: int = 0
    c: int = 0
    d: int = 1

    def upright(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A picture uint8 [height, width, 3] as it is to be shown."""
        right, down = self.a, self.d
        if self.b:
            image, right, down = image.swapaxes(0, 1), self.c, self.b
        return np.ascontiguousarray(image[:: down or 1, :: right or 1])

    def then(self, other: "Orientation") -> "Orientation":
        """This one, followed by another."""
        both = np.reshape(self, (2, 2)) @ np.reshape(other, (2, 2))
        return Orientation(*both.ravel().tolist())


UPRIGHT = Orientation()
QUARTER_LEFT = Orientation(0, -1, 1, 0)
MIRRORED = Orientation(-1, 0, 0, 1)
UPSIDE_DOWN_MIRRORED = Orientation(1, 0, 0, -1)

# By the number in EXIF, from 1.
_EXIF = (
    UPRIGHT,
    MIRRORED,
    Orientation(-1, 0, 0, -1),
    UPSIDE_DOWN_MIRRORED,
    Orientation(0, 1, 1, 0),
    Orientation(0, 1, -1, 0),
    Orientation(0, -1, -1, 0),
    QUARTER_LEFT,
)


def of_still(file: BinaryIO) -> Orientation:
    """What the EXIF data of a photograph say; upright where there are none."""
    from PIL import Image

    # Whatever is wrong with them, the picture itself can be seen.
    with suppress(Exception), Image.open(file, formats=_EXIF_FORMATS) as image:
        return _EXIF[range(1, 9).index(image.getexif().get(_EXIF_TAG, 1))]
    return UPRIGHT


def of_frame(frame: VideoFrame) -> Orientation:
    """What the display matrix of a film's frame says, to the nearest quarter turn."""
    matrix: Any = None
    with suppress(ValueError):  # other side data that PyAV does not know
        matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return UPRIGHT
    turn = np.frombuffer(matrix, np.int32)[[0, 1, 3, 4]].astype(float)
    sideways = np.abs(turn[1:3]).sum() > np.abs(turn[[0, 3]]).sum()
    turn[[0, 3] if sideways else [1, 2]] = 0
    return Orientation(*np.sign(turn).astype(int).tolist())
