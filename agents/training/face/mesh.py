"""MediaPipe's face mesh: which points and blendshapes there are, and the head's pose.

Points and names: MediaPipe (Apache-2.0), `face_blendshapes_graph.cc`.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.face.movements import other_side
from affectgraph.tools.io.protocol_buffers import read_fields

Mesh = NDArray[np.float64]

# The points of the mesh that lie where those of the 68-point scheme do (Sagonas et al.
# 2013, "300 Faces in-the-Wild Challenge"), in its order.
LANDMARKS = (
    127, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454,
    356, 70, 63, 105, 66, 55, 285, 296, 334, 293, 300, 168, 197, 5, 4, 75, 97, 2,
    326, 305, 33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380, 61, 39, 37,
    0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87,
)  # fmt: skip

# What the blendshape network looks at.
BLENDSHAPE_POINTS = (
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58,
    61, 63, 65, 66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107,
    109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157,
    158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197,
    234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293,
    295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334,
    336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384,
    385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468,
    469, 470, 471, 472, 473, 474, 475, 476, 477,
)  # fmt: skip

# What it says, in ARKit's names; left and right are the person's own.
BLENDSHAPES = (
    "_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft",
    "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
    "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight",
    "eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight",
    "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft", "eyeSquintRight",
    "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight",
    "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft",
    "mouthFrownRight", "mouthFunnel", "mouthLeft", "mouthLowerDownLeft",
    "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker",
    "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
    "mouthShrugUpper", "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft",
    "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight", "noseSneerLeft",
    "noseSneerRight",
)  # fmt: skip

MIRRORED_BLENDSHAPES = [BLENDSHAPES.index(other_side(name)) for name in BLENDSHAPES]

# Blendshapes that the teacher moves at all; it never tells a cheek that is raised or
# puffed, a wrinkled nose or a jaw thrust forward (deviation below 0.003 of 1).
_DEAD = ("_neutral", "cheekPuff", "cheekSquint", "jawForward", "noseSneer")
TAUGHT = tuple(name for name in BLENDSHAPES if not name.startswith(_DEAD))
MIRRORED = [TAUGHT.index(other_side(name)) for name in TAUGHT]

# Where the 68 landmarks go when a face is mirrored.
_PAIRS = (
    [(n, 16 - n) for n in range(8)]
    + [(17 + n, 26 - n) for n in range(5)]
    + [(31, 35), (32, 34)]
    + [(36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)]
    + [(48, 54), (49, 53), (50, 52), (55, 59), (56, 58)]
    + [(60, 64), (61, 63), (65, 67)]
)
OTHER_SIDE = list(range(68))
for _left, _right in _PAIRS:
    OTHER_SIDE[_left], OTHER_SIDE[_right] = _right, _left


def head_pose(mesh: Mesh, canonical: Mesh) -> Mesh:
    """Pitch, yaw and roll in degrees, float64 [3].

    The turn that brings the canonical mesh nearest to the one seen (Kabsch 1976), as
    under weak perspective. Pitch is positive for a face that looks up, yaw for one that
    looks to the right of the picture, roll for a head that tilts clockwise in it.

    Args:
        mesh: [478, 3], x to the right, y down and z away, in pixels.
        canonical: [468, 3], x to the right, y up and z towards the viewer.
    """
    points = mesh[: len(canonical)] * (1.0, -1.0, -1.0)
    points = points - points.mean(axis=0)
    u, _, vt = np.linalg.svd(points.T @ (canonical - canonical.mean(axis=0)))
    straight = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    turn = u @ straight @ vt
    pitch = np.arcsin(np.clip(turn[1, 2], -1.0, 1.0))
    yaw = np.arctan2(turn[0, 2], turn[2, 2])
    roll = -np.arctan2(turn[1, 0], turn[1, 1])
    return np.degrees([pitch, yaw, roll])


def canonical_mesh(metadata: bytes) -> Mesh:
    """The points [468, 3] in centimetres of a `GeometryPipelineMetadata` message."""
    mesh = next(value for _, value in read_fields(metadata) if len(value) > 1000)
    numbers = [
        struct.unpack("<f", value)[0]
        for field, value in read_fields(mesh)
        if field == 3 and len(value) == 4
    ]
    return np.reshape(numbers, (-1, 5))[:, :3]
