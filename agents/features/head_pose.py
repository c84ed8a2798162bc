"""The turn of a head as OpenFace gives it: three angles in the frame of the picture."""

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.face.alignment import TEMPLATE, Points, similarity

Matrix = NDArray[np.float64]

# Axes: x to the right of the picture, y down, z away from the camera.
_X, _Y, _Z = 0, 1, 2


def euler_angles(
    pose: NDArray[np.float32], landmarks: Points
) -> tuple[float, float, float]:
    """Angles about x, y and z in radians, for which the turn is Rx Ry Rz.

    The first is positive for a head that looks down, the second for one that turns to
    the left of the picture, the third for one that tilts clockwise in it.

    Source: `Euler2RotationMatrix` of OpenFace (Baltrusaitis et al. 2018, "OpenFace 2.0:
    Facial Behavior Analysis Toolkit", FG 2018).

    Args:
        pose: Pitch, yaw and roll of the upright crop in degrees; see
            `tools.face.movements`.
        landmarks: The five points [5, 2] by which the crop was turned upright.
    """
    pitch, yaw, roll = np.radians(pose.astype(float))
    crop = similarity(landmarks, TEMPLATE)
    tilt = roll - np.arctan2(crop[1, 0], crop[0, 0])
    turn = _rotation(_Z, tilt) @ _rotation(_Y, -yaw) @ _rotation(_X, -pitch)
    return (
        float(np.arctan2(-turn[1, 2], turn[2, 2])),
        float(np.arcsin(np.clip(turn[0, 2], -1.0, 1.0))),
        float(np.arctan2(-turn[0, 1], turn[0, 0])),
    )


def _rotation(axis: int, angle: float) -> Matrix:
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = np.cos(angle)
    matrix[first, second], matrix[second, first] = -np.sin(angle), np.sin(angle)
    return matrix
