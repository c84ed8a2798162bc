"""What a face mesh measures on the training faces: the teacher of the geometry network.

Runs in an environment of its own, which nothing else needs: `mediapipe==0.10.21` wants
numpy below 2. `python training_teacher.py DATA OUT.npz`, about three minutes.
"""

import sys
from pathlib import Path
from typing import Any

import cv2
import mediapipe  # type: ignore[import-not-found]
import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.io.atomic_write import atomic_savez

_SIDE = 192
_MARGIN = 48

Mesh = NDArray[np.float64]


def teach(data: Path, out: Path) -> None:
    """Write the measures of `geometry.MEASURES`, [n, 6] a split, NaN without a mesh."""
    meshes = mediapipe.solutions.face_mesh.FaceMesh(
        static_image_mode=True,
        refine_landmarks=True,
        max_num_faces=1,
        min_detection_confidence=0.3,
    )
    splits: dict[str, Any] = {}
    for split in ("train", "validation"):
        with np.load(data / "faces" / f"fer2013_{split}.npz") as file:
            pixels = file["pixels"]
        splits[split] = np.stack([_measured(meshes, face) for face in pixels])
    atomic_savez(out, **splits)


def _measured(meshes: Any, face: NDArray[np.uint8]) -> NDArray[np.float32]:
    grown = cv2.resize(face, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    framed = np.pad(grown, _MARGIN, mode="edge")
    found = meshes.process(cv2.cvtColor(framed, cv2.COLOR_GRAY2RGB))
    if not found.multi_face_landmarks:
        return np.full(6, np.nan, dtype=np.float32)
    points = found.multi_face_landmarks[0].landmark
    return measures(np.array([[p.x, p.y, p.z] for p in points]))


def measures(mesh: Mesh) -> NDArray[np.float32]:
    """Six measures of one mesh [478, 3], in distances between the eyes."""
    right_eye, left_eye = mesh[[33, 133]].mean(0), mesh[[362, 263]].mean(0)
    across = left_eye - right_eye
    distance = float(np.linalg.norm(across))
    across /= distance
    up = mesh[10] - mesh[152]
    up -= (up @ across) * across
    up /= np.linalg.norm(up)

    def above(points: list[int], base: Mesh) -> float:
        return float((mesh[points].mean(0) - base) @ up) / distance

    def apart(a: list[int], b: list[int]) -> float:
        gap = mesh[a].mean(0) - mesh[b].mean(0)
        return float(np.linalg.norm(gap)) / distance

    return np.array(
        [
            (above([105, 66, 107], right_eye) + above([334, 296, 336], left_eye)) / 2,
            apart([55, 107], [285, 336]),
            (apart([159], [145]) + apart([386], [374])) / 2,
            above([13], mesh[14]),
            above([61, 291], mesh[[0, 17, 13, 14]].mean(0)),
            apart([61], [291]),
        ],
        dtype=np.float32,
    )


if __name__ == "__main__":
    teach(Path(sys.argv[1]), Path(sys.argv[2]))
