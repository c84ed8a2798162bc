"""Figures of faces under changes that stand in for groups that nobody labelled.

FER2013 names neither age nor skin tone nor gender. What can be measured is how the
answer to a face changes when its skin is darker or lighter, when light comes from
one side or is low, and when it is small or blurred. A changed photograph is no other
person.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.evaluation.metrics import mean_recall
from affectgraph.agents.training.face.data import Faces
from affectgraph.agents.training.face.evaluation import (
    EvaluatedFaces,
    Measure,
    read_windows,
)
from affectgraph.agents.training.face.network import WindowNetwork
from affectgraph.agents.training.face.window import VoteHead, stills
from affectgraph.tools.face.alignment import SIZE

Grey = NDArray[np.float32]
Change = Callable[[Grey], Grey]

# Where the face is in most crops, from 0 in the middle to 1 at the edge of an oval: its
# tone changes, that of hair and background does not.
_ROWS, _COLUMNS = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
_MIDDLE = (SIZE - 1) / 2.0
_OVAL = np.hypot((_COLUMNS - _MIDDLE) / 19.0, (_ROWS - _MIDDLE - 1.0) / 23.0)
_SKIN = np.clip((1.15 - _OVAL) / 0.3, 0.0, 1.0)
_ACROSS = (_COLUMNS - _MIDDLE) / _MIDDLE


def _skin(gamma: float) -> Change:
    def change(face: Grey) -> Grey:
        toned = 255.0 * (face / 255.0) ** np.float32(gamma)
        result: Grey = face + _SKIN * (toned - face)
        return result

    return change


def _light(level: float, slope: float = 0.0) -> Change:
    def change(face: Grey) -> Grey:
        result: Grey = face * (level * (1.0 + slope * _ACROSS))
        return result

    return change


def _small(side: int) -> Change:
    def change(face: Grey) -> Grey:
        small = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
        result: Grey = cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
        return result

    return change


def _blur(deviation: float) -> Change:
    def change(face: Grey) -> Grey:
        result: Grey = cv2.GaussianBlur(face, (0, 0), deviation)
        return result

    return change


CHANGES: dict[str, Change] = {
    "as they are": _light(1.0),
    "skin darker (gamma 2)": _skin(2.0),
    "skin much darker (gamma 3)": _skin(3.0),
    "skin lighter (gamma 0.5)": _skin(0.5),
    "light from one side (slope 70 %)": _light(0.7, -0.7),
    "low light (15 %)": _light(0.15),
    "16 px large": _small(16),
    "blurred (2 px)": _blur(2.0),
}


def group_figures(
    network: WindowNetwork,
    contract: dict[str, Any],
    faces: Faces,
    measure: Measure,
    head: VoteHead,
) -> str:
    """Accuracy, UAR and share of unchanged answers, change by change."""
    faces = faces.take(np.flatnonzero(faces.majority >= 0))
    lines, unchanged = ["changed faces: accuracy, UAR, same answer as unchanged"], None
    for name, change in CHANGES.items():
        changed = EvaluatedFaces.of(changed_faces(faces, change), measure)
        reading = read_windows(network, stills(changed.still, head), contract)
        answer = reading.logits.argmax(axis=1)
        unchanged = answer if unchanged is None else unchanged
        lines.append(
            f"  {name}: {(answer == faces.majority).mean():.3f}"
            f" {mean_recall(faces.majority, answer):.3f}"
            f" {(answer == unchanged).mean():.3f}"
        )
    return "\n".join(lines)


def changed_faces(faces: Faces, change: Change) -> Faces:
    """The same faces, labels and votes, every picture changed."""
    pixels = [
        np.clip(np.round(change(face.astype(np.float32))), 0, 255)
        for face in faces.pixels
    ]
    return Faces(np.stack(pixels).astype(np.uint8), faces.labels, faces.votes)
