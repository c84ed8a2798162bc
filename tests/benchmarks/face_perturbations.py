"""Perturbations of a face: light, blur, occlusion, compression and pose.

All take an RGB image, uint8 [height, width, 3], and keep its shape.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from perturbation import Perturbation, Rng

Image = NDArray[np.uint8]

# Values at strength 1; the JPEG quality at strengths 0 and 1.
_MAX_STOPS = 1.5
_MAX_BLUR = 0.03
_MAX_COVERED = 0.15
_BEST_JPEG, _WORST_JPEG = 95, 10
_MAX_ROLL_DEGREES = 20.0
_MAX_TURN = 0.12


def light(face: Image, strength: float, rng: Rng) -> tuple[Image, str]:
    """Brighten or darken by up to one and a half stops, stronger on one side."""
    stops = _MAX_STOPS * strength * rng.choice([-1, 1])
    side = np.linspace(0, 1, face.shape[1])[:: rng.choice([-1, 1])]
    linear = (face / 255.0) ** 2.2 * 2 ** (stops * side)[None, :, None]
    return _to_image(255 * linear ** (1 / 2.2)), f"light {stops:+.2f} stops to a side"


def blur(face: Image, strength: float, rng: Rng) -> tuple[Image, str]:
    """Blur by up to 3% of the width: out of focus or in motion."""
    import cv2

    size = 1 + 2 * round(_MAX_BLUR * strength * face.shape[1])
    if rng.random() < 0.5:
        return cv2.GaussianBlur(face, (size, size), 0), f"focus, {size} pixels"
    line = np.zeros((size, size), np.float32)
    line[size // 2] = 1 / size
    return cv2.filter2D(face, -1, line), f"motion, {size} pixels"


def occlusion(face: Image, strength: float, rng: Rng) -> tuple[Image, str]:
    """Cover up to 15% of the image with a grey box."""
    height, width = face.shape[:2]
    share = _MAX_COVERED * strength
    ratio = rng.uniform(0.5, 2.0)
    tall = min(height, round(height * np.sqrt(share * ratio)))
    wide = min(width, round(width * np.sqrt(share / ratio)))
    top = rng.integers(0, height - tall, endpoint=True)
    left = rng.integers(0, width - wide, endpoint=True)
    covered = face.copy()
    covered[top : top + tall, left : left + wide] = rng.integers(0, 256)
    return covered, f"{100 * tall * wide / (height * width):.0f}% covered"


def compression(face: Image, strength: float, rng: Rng) -> tuple[Image, str]:
    """Compress the image as JPEG, with a quality from 95 down to 10."""
    import cv2

    quality = round(_BEST_JPEG + (_WORST_JPEG - _BEST_JPEG) * strength)
    _, encoded = cv2.imencode(
        ".jpg", face[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    decoded: Any = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(decoded[..., ::-1]), f"JPEG of quality {quality}"


def pose(face: Image, strength: float, rng: Rng) -> tuple[Image, str]:
    """Roll the head by up to 20 degrees and turn it slightly to a side."""
    import cv2

    height, width = face.shape[:2]
    degrees = _MAX_ROLL_DEGREES * strength * rng.uniform(-1, 1)
    turn = _MAX_TURN * strength * rng.uniform(-1, 1)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    near = height * max(turn, 0.0)
    far = height * max(-turn, 0.0)
    turned = corners + np.array([[0, near], [0, far], [0, -far], [0, -near]])
    roll = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0),
                      [0, 0, 1]])  # fmt: skip
    tilt = cv2.getPerspectiveTransform(corners, turned.astype(np.float32))
    moved: Any = cv2.warpPerspective(
        face, roll @ tilt, (width, height), borderMode=cv2.BORDER_REPLICATE
    )
    return moved, f"roll {degrees:+.0f} degrees, turn {turn:+.2f}"


FACE = {
    change.__name__: Perturbation(change.__name__, change)
    for change in (light, blur, occlusion, compression, pose)
}


def _to_image(values: NDArray[Any]) -> Image:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
