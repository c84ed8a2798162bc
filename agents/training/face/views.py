"""Training faces as a camera might see them: framed, turned, lit, far away, covered."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from affectgraph.tools.face.alignment import SIZE, TEMPLATE, similarity

# Of the 68 points, those that make the detector's five: eyes, nose, mouth corners.
_FIVE = ((36, 39), (42, 45), (30, 33), (48,), (54,))

# Half of the faces are framed by their landmarks, as the sense frames what it detects.
_ALIGNED = 0.5

# Sides in pixels that a face is shrunk to and enlarged from.
_SIDES = (12, 16, 20, 24, 32, 40)
_SHRUNK = 0.35

_HALF = SIZE / 2.0
_MIDDLE = _HALF - 0.5

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Views:
    """A batch of views.

    Attributes:
        faces: float32 [n, 1, 48, 48], about 0 to 1.
        mirrored: bool [n].
        turned: float32 [n], degrees that the face was turned clockwise.
        place: float32 [n, 2, 3], from the picture to the view, both from -1 to 1.
    """

    faces: Tensor
    mirrored: Tensor
    turned: Tensor
    place: Tensor

    def landmarks(self, points: Tensor) -> Tensor:
        """Points [n, p, 2] in pixels of the pictures, in pixels of the views."""
        flat = (points - _MIDDLE) / _HALF
        moved = flat @ self.place[:, :, :2].transpose(1, 2) + self.place[:, None, :, 2]
        return moved * _HALF + _MIDDLE


def framing(landmarks: Array) -> Tensor:
    """The turn, scale and shift [n, 2, 3] that bring faces onto the template.

    Args:
        landmarks: float32 [n, 68, 2] in pixels of 48x48 pictures; where they are not
            finite the picture stays as it is.

    Returns:
        From the picture to the aligned crop, both from -1 to 1.
    """
    five = np.stack([landmarks[:, part].mean(axis=1) for part in _FIVE], axis=1)
    same = np.eye(2, 3)
    finite = np.isfinite(five).all(axis=(1, 2))
    usual = np.median(five[finite], axis=0) if finite.any() else TEMPLATE
    matrices = [
        similarity(points, usual.astype(np.float32)) if is_finite else same
        for points, is_finite in zip(five, finite, strict=True)
    ]
    matrix = np.stack(matrices) if matrices else np.zeros((0, 2, 3))
    shift = matrix[:, :, :2] @ np.full(2, _MIDDLE) + matrix[:, :, 2] - _MIDDLE
    matrix[:, :, 2] = shift / _HALF
    return torch.from_numpy(matrix.astype(np.float32))


def views(
    faces: Tensor, frames: Tensor, chance: torch.Generator, strength: float = 1.0
) -> Views:
    """Faces framed, moved, relit, shrunk and covered at random.

    Args:
        faces: float32 [n, 1, 48, 48] in 0 to 1.
        frames: [n, 2, 3], of `framing`.
        chance: The source of randomness.
        strength: How much, from 0 for mirroring alone to 1.
    """
    place, mirrored, turned = _placed(frames, chance, strength)
    grid = functional.affine_grid(
        _inverse(place), list(faces.shape), align_corners=False
    )
    moved = functional.grid_sample(
        faces, grid, padding_mode="reflection", align_corners=False
    )
    lit = _relit(moved, chance, strength)
    covered = _covered(_shrunk(lit, chance, strength), chance, strength)
    return Views(covered, mirrored, turned, place)


def _spread(n: int, low: float, high: float, chance: torch.Generator) -> Tensor:
    return torch.rand(n, generator=chance) * (high - low) + low


def _placed(
    frames: Tensor, chance: torch.Generator, strength: float
) -> tuple[Tensor, Tensor, Tensor]:
    n = len(frames)
    aligned = torch.rand(n, 1, 1, generator=chance) < _ALIGNED
    base = torch.where(aligned, frames, torch.eye(2, 3))
    angle = torch.randn(n, generator=chance).clamp(-2.5, 2.5) * 0.14 * strength
    zoom = (strength * _spread(n, -0.22, 0.2, chance)).exp()
    squeeze = (strength * _spread(n, -0.08, 0.08, chance)).exp()
    mirrored = torch.rand(n, generator=chance) < 0.5
    flip = 1.0 - 2.0 * mirrored.float()
    shift = (torch.rand(n, 2, generator=chance) * 0.24 - 0.12) * strength
    cos, sin = angle.cos() * zoom, angle.sin() * zoom
    turn = torch.stack(
        [
            torch.stack([cos * squeeze * flip, -sin / squeeze], 1),
            torch.stack([sin * squeeze * flip, cos / squeeze], 1),
        ],
        1,
    )
    place = torch.cat([turn @ base[:, :, :2], turn @ base[:, :, 2:]], 2)
    place[:, :, 2] += shift
    tilt = torch.atan2(base[:, 1, 0], base[:, 0, 0])
    return place, mirrored, torch.rad2deg(angle + flip * tilt)


def _inverse(place: Tensor) -> Tensor:
    linear = torch.linalg.inv(place[:, :, :2])
    return torch.cat([linear, -linear @ place[:, :, 2:]], 2)


def _relit(faces: Tensor, chance: torch.Generator, strength: float) -> Tensor:
    def each(low: float, high: float) -> Tensor:
        return _spread(len(faces), low, high, chance).view(-1, 1, 1, 1)

    gamma = (strength * each(-0.5, 0.5)).exp()
    ramp = torch.linspace(-1.0, 1.0, SIZE)
    across = ramp.view(1, 1, 1, SIZE) * each(-0.35, 0.35)
    down = ramp.view(1, 1, SIZE, 1) * each(-0.3, 0.3)
    lit = faces.clamp_min(1e-3).pow(gamma) * (1.0 + strength * (across + down))
    noise = torch.randn(faces.shape, generator=chance) * each(0.0, 0.05)
    return lit + strength * noise


def _shrunk(faces: Tensor, chance: torch.Generator, strength: float) -> Tensor:
    """Some of the faces as they look when they are small in the picture."""
    few = int(len(faces) * _SHRUNK * strength)
    if not few:
        return faces
    side = _SIDES[int(torch.randint(len(_SIDES), (1,), generator=chance))]
    small = functional.interpolate(faces[:few], size=(side, side), mode="area")
    large = functional.interpolate(
        small, size=(SIZE, SIZE), mode="bilinear", align_corners=False
    )
    return torch.cat([large, faces[few:]])


def _covered(faces: Tensor, chance: torch.Generator, strength: float) -> Tensor:
    n, place = len(faces), torch.arange(SIZE).float()

    def each(low: float, high: float) -> Tensor:
        return _spread(n, low, high, chance).view(-1, 1, 1, 1)

    inside = ((place.view(1, 1, 1, SIZE) - each(0.0, SIZE)).abs() < each(3.0, 9.0)) & (
        (place.view(1, 1, SIZE, 1) - each(0.0, SIZE)).abs() < each(3.0, 9.0)
    )
    covered = inside & (each(0.0, 1.0) < 0.4 * strength)
    return torch.where(covered, each(0.0, 1.0), faces)
