"""What MediaPipe's face landmarker sees on the training faces: the teacher.

`face_landmarker.task` is a zip of networks for LiteRT (Apache-2.0). It is read at
training time alone and never ships; `ai-edge-litert` runs it.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.face.mesh import (
    BLENDSHAPE_POINTS,
    LANDMARKS,
    MIRRORED_BLENDSHAPES,
    canonical_mesh,
    head_pose,
)
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.atomic_write import atomic_savez

TASK = "face_landmarker.task"

_SIDE = 256
# The first look takes the picture with so much more on every side; the second one
# takes the box of the mesh, enlarged as in MediaPipe's own graph.
_MARGIN = 0.25
_BOX_SCALE = 1.5
_OUTER_EYES = (33, 263)
_CHUNK = 1000

Array = NDArray[np.float32]
Mesh = NDArray[np.float64]


@dataclass(frozen=True)
class TeacherLabels:
    """What the teacher says about n faces.

    Attributes:
        presence: float32 [n], how sure it is that a face is there, 0 to 1.
        blendshapes: float32 [n, 52], in the order of `BLENDSHAPES`.
        pose: float32 [n, 3], pitch, yaw and roll in degrees; see `head_pose`.
        landmarks: float32 [n, 68, 2], in pixels of the picture.
    """

    presence: Array
    blendshapes: Array
    pose: Array
    landmarks: Array

    def take(self, index: NDArray[np.int64]) -> "TeacherLabels":
        """Those faces alone."""
        return TeacherLabels(
            self.presence[index],
            self.blendshapes[index],
            self.pose[index],
            self.landmarks[index],
        )

    def framed(self) -> Array:
        """The landmarks [n, 68, 2], not a number where no face was found for sure."""
        certain = (self.presence > PRESENT)[:, None, None]
        return np.where(certain, self.landmarks, np.float32(np.nan))


# Sure enough that there is a face, and so of where its parts are.
PRESENT = 0.5


class FaceLandmarker:
    """The three networks of the task file that matter, on one thread."""

    def __init__(self, task: Path) -> None:
        """Load them.

        Raises:
            SettingError: If the file is not there, or LiteRT is not installed.
        """
        if not task.is_file():
            raise SettingError(f"{task}: not there; see the card of face-movements")
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise SettingError(
                "ai-edge-litert is not installed; run pip install 'affectgraph[train]'"
            ) from error
        with zipfile.ZipFile(task) as parts:
            self._mesh, self._blendshapes = (
                _Network(Interpreter, parts.read(f"face_{name}.tflite"))
                for name in ("landmarks_detector", "blendshapes")
            )
            self._canonical = canonical_mesh(
                parts.read("geometry_pipeline_metadata_landmarks.binarypb")
            )

    def __call__(self, face: NDArray[np.uint8], *, twice: bool) -> TeacherLabels:
        """One cropped face, grey or RGB.

        Twice is as it is and mirrored, averaged: half as noisy, for half as much again.
        """
        matrix = _centred(face.shape[0])
        matrix = _around(_unwarped(self._look(_warped(face, matrix))[0], matrix))
        crop = _warped(face, matrix)
        mesh, presence = self._look(crop)
        shapes = self._shapes(mesh)
        pose = head_pose(mesh, self._canonical)
        if twice:
            other, second = self._look(np.ascontiguousarray(crop[:, ::-1]))
            shapes = (shapes + self._shapes(other)[MIRRORED_BLENDSHAPES]) / 2.0
            turned = head_pose(other, self._canonical) * (1.0, -1.0, -1.0)
            pose, presence = (pose + turned) / 2.0, min(presence, second)
        # The crop is turned upright; the pose is that in the picture.
        pose[2] += np.degrees(np.arctan2(-matrix[1, 0], matrix[0, 0]))
        in_picture = _unwarped(mesh, matrix)
        return TeacherLabels(
            np.array([presence], np.float32),
            shapes[None].astype(np.float32),
            pose[None].astype(np.float32),
            in_picture[LANDMARKS, :2][None].astype(np.float32),
        )

    def _look(self, crop: NDArray[np.uint8]) -> tuple[Mesh, float]:
        """The mesh [478, 3] in pixels of the crop, and the presence of a face."""
        points, presence, *_ = self._mesh(crop[None].astype(np.float32) / 255.0)
        likely = 1.0 / (1.0 + np.exp(-float(presence.ravel()[0])))
        return points.reshape(-1, 3).astype(np.float64), likely

    def _shapes(self, mesh: Mesh) -> Array:
        (shapes,) = self._blendshapes(
            mesh[None, BLENDSHAPE_POINTS, :2].astype(np.float32)
        )
        return shapes


class _Network:
    """A LiteRT network of one input."""

    def __init__(self, interpreter: Any, model: bytes) -> None:
        self._run = interpreter(model_content=model, num_threads=1)
        self._run.allocate_tensors()
        self._input = self._run.get_input_details()[0]["index"]
        self._outputs = [detail["index"] for detail in self._run.get_output_details()]

    def __call__(self, values: Array) -> list[Array]:
        self._run.set_tensor(self._input, np.ascontiguousarray(values))
        self._run.invoke()
        return [self._run.get_tensor(index).copy() for index in self._outputs]


def find_task(data: Path) -> Path:
    """The teacher's file in the data folder, or in `models` beside it."""
    places = [data / TASK, data / "models" / TASK, data.parent / "models" / TASK]
    return next((place for place in places if place.is_file()), places[0])


def teach(
    task: Path, pixels: NDArray[np.uint8], file: Path, *, twice: bool = False
) -> TeacherLabels:
    """What the teacher says about faces, uint8 [n, 48, 48].

    It is kept in a file as it grows, so that a run which was stopped goes on there.
    """
    labels = _read(file) if file.is_file() else []
    teacher = None
    for start in range(sum(len(part.presence) for part in labels), len(pixels), _CHUNK):
        teacher = teacher or FaceLandmarker(task)
        labels += [
            teacher(face, twice=twice) for face in pixels[start : start + _CHUNK]
        ]
        _write(labels, file)
        labels = _read(file)
    return labels[0]


def _read(file: Path) -> list[TeacherLabels]:
    with np.load(file, allow_pickle=False) as parts:
        return [TeacherLabels(**{name: parts[name] for name in parts})]


def _write(labels: list[TeacherLabels], file: Path) -> None:
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in labels])
        for name in TeacherLabels.__dataclass_fields__
    }
    atomic_savez(file, **joined)


def _centred(side: int) -> Mesh:
    """From pixels of a square picture to those of the crop, with a margin."""
    scale = _SIDE / (side * (1.0 + 2.0 * _MARGIN))
    shift = (_SIDE - scale * side) / 2.0
    return np.array([[scale, 0.0, shift], [0.0, scale, shift]])


def _around(mesh: Mesh) -> Mesh:
    """From pixels of the picture to those of a crop in which the face is upright."""
    first, second = mesh[_OUTER_EYES, :2]
    angle = np.arctan2(*(second - first)[::-1])
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]])
    low, high = (end(mesh[:, :2] @ turn.T, axis=0) for end in (np.min, np.max))
    scale = _SIDE / (_BOX_SCALE * (high - low).max())
    shift = _SIDE / 2.0 - scale * (low + high) / 2.0
    return np.column_stack([scale * turn, shift])


def _warped(face: NDArray[np.uint8], matrix: Mesh) -> NDArray[np.uint8]:
    crop = cv2.warpAffine(
        face,
        matrix,
        (_SIDE, _SIDE),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    grey: NDArray[np.uint8] = crop
    return np.repeat(grey[..., None], 3, axis=2) if grey.ndim == 2 else grey


def _unwarped(mesh: Mesh, matrix: Mesh) -> Mesh:
    inverse = np.linalg.inv(matrix[:, :2])
    flat = (mesh[:, :2] - matrix[:, 2]) @ inverse.T
    return np.column_stack([flat, mesh[:, 2] * np.sqrt(np.linalg.det(inverse))])
