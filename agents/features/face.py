"""Features of faces: a row for every frame and person, named as in OpenFace 2.2."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from affectgraph.agents.features.affect import AFFECT, Columns, affect_columns
from affectgraph.agents.features.head_pose import euler_angles
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import distribution
from affectgraph.tools.face import window
from affectgraph.tools.face.alignment import TEMPLATE, similarity
from affectgraph.tools.face.detection import CLOSE_SIDE, QUICK_SIDE
from affectgraph.tools.face.facs import ACTION_UNITS, ActionUnit
from affectgraph.tools.face.movements import names
from affectgraph.tools.face.quality import quality
from affectgraph.tools.face.track import Look, viewing_conditions, window_statistics
from affectgraph.tools.face.tracking import Tracker

# More frames a second than any video has.
_EVERY_FRAME = 1000.0

# The emotion in a frame is read from this many seconds around it, in so many looks at
# most: the network learned on windows of up to 30.
_WINDOW_SECONDS = 1.0
_MAX_LOOKS = 30
_BLOCK_SECONDS = 10.0

# OpenFace gives intensities from 0 to 5.
_INTENSITY = 5.0

_BOX = ("box_left", "box_top", "box_right", "box_bottom")
_POSE = ("pose_Rx", "pose_Ry", "pose_Rz")
_PICTURE = ("frame_width", "frame_height", "sharpness", "contrast")
LANDMARKS = tuple(f"{axis}_{number}" for axis in "xy" for number in range(68))


def _column(unit: ActionUnit) -> str:
    # A closed eye is AU43 and a blink AU45; OpenFace writes both as AU45.
    number = 45 if unit.number == 43 else unit.number
    return f"AU{number:02d}_r"


ACTION_UNIT_COLUMNS = {_column(unit): unit for unit in ACTION_UNITS}


def face_columns(*, landmarks: bool = False) -> tuple[str, ...]:
    """The columns of `face_blocks`, in order."""
    return (
        *("frame", "face_id", "timestamp", "confidence", "success", *_BOX, *_PICTURE),
        *_POSE,
        *(LANDMARKS if landmarks else ()),
        *ACTION_UNIT_COLUMNS,
        *names(),
        *AFFECT,
        *("contempt", "quality"),
    )


@dataclass(frozen=True)
class _Frame:
    number: int
    time: float
    width: int
    height: int


def face_blocks(
    clip: Clip, *, rate: float | None = None, landmarks: bool = False
) -> Iterator[Columns]:
    """Measure the faces in every frame, up to six in one.

    Args:
        clip: A clip with pictures.
        rate: Frames a second; every frame if None.
        landmarks: Also give the 68 landmarks.

    Yields:
        `face_columns` of some seconds. A frame without a face has one row.

    Raises:
        ClipTooLargeError: If there are more frames than the clip's limit.
    """
    side = CLOSE_SIDE if clip.still else QUICK_SIDE
    tracker = Tracker(side=side, still=clip.still)
    frames: list[_Frame] = []
    looks: list[tuple[int, Look]] = []
    half = _WINDOW_SECONDS / 2.0
    for number, frame in enumerate(clip.frames(rate=rate or _EVERY_FRAME), 1):
        tracker.see(frame)
        height, width = frame.image.shape[:2]
        frames.append(_Frame(number, frame.time, width, height))
        if frame.time - frames[0].time > _BLOCK_SECONDS + half:
            looks += tracker.take()
            ready = [f for f in frames if f.time + half < frame.time]
            yield _rows(ready, looks, landmarks=landmarks)
            frames = frames[len(ready) :]
            begin = frames[0].time - half
            looks = [(face, look) for face, look in looks if look.time >= begin]
    if frames:
        looks += tracker.take()
        yield _rows(frames, looks, landmarks=landmarks)


def _rows(
    frames: Sequence[_Frame], looks: Sequence[tuple[int, Look]], *, landmarks: bool
) -> Columns:
    """Rows of frames, from the looks at faces in them and around them."""
    by_time = {frame.time: frame for frame in frames}
    rows: list[dict[str, float]] = []
    windows: list[list[Look]] = []
    for face in sorted({face for face, _ in looks}):
        own = [look for number, look in looks if number == face]
        for look in own:
            if frame := by_time.get(look.time):
                rows.append(_measured(frame, face, look, landmarks=landmarks))
                windows.append(_around(look.time, own))
    expressed = _expressed(windows)
    for number, row in enumerate(rows):
        row.update({name: values[number] for name, values in expressed.items()})
    with_face = {row["frame"] for row in rows}
    rows += [_frame_values(f, success=0) for f in frames if f.number not in with_face]
    rows.sort(key=lambda row: row["frame"])
    return {
        name: np.array([row.get(name, np.nan) for row in rows])
        for name in face_columns(landmarks=landmarks)
    }


def _frame_values(frame: _Frame, *, success: int) -> dict[str, float]:
    return {
        "frame": frame.number,
        "timestamp": frame.time,
        "success": success,
        "frame_width": frame.width,
        "frame_height": frame.height,
    }


def _measured(
    frame: _Frame, face: int, look: Look, *, landmarks: bool
) -> dict[str, float]:
    """What was measured in one frame alone."""
    movements, movement_names = look.movements[None], names()
    row = _frame_values(frame, success=1) | {
        "face_id": face - 1,
        "confidence": look.face.score,
        "sharpness": look.view.sharpness,
        "contrast": look.view.contrast,
    }
    row |= zip(_BOX, look.face.box.tolist(), strict=True)
    row |= zip(_POSE, euler_angles(look.pose, look.face.landmarks), strict=True)
    row |= zip(movement_names, look.movements.tolist(), strict=True)
    for column, unit in ACTION_UNIT_COLUMNS.items():
        row[column] = _INTENSITY * float(unit.values(movements, movement_names)[0])
    if landmarks:
        row |= zip(LANDMARKS, _landmarks(look), strict=True)
    return row


def _landmarks(look: Look) -> list[float]:
    """The 68 landmarks in pixels of the frame: first all x, then all y."""
    crop = similarity(look.face.landmarks, TEMPLATE)
    points = (look.landmarks - crop[:, 2]) @ np.linalg.inv(crop[:, :2]).T
    return [float(value) for value in points.T.ravel()]


def _around(time: float, looks: Sequence[Look]) -> list[Look]:
    """The looks of the second around a moment."""
    half = _WINDOW_SECONDS / 2.0
    near = [look for look in looks if abs(look.time - time) <= half]
    return near[:: ceil(len(near) / _MAX_LOOKS)]


def _expressed(windows: Sequence[Sequence[Look]]) -> Columns:
    """What people would see in each window, and how sure that is."""
    if not windows:
        return {}
    reading = window.read(np.stack([window_statistics(looks) for looks in windows]))
    shares = [distribution(row.tolist()) for row in reading.probabilities]
    qualities = [
        quality(reading, number, viewing_conditions(looks))
        for number, looks in enumerate(windows)
    ]
    return affect_columns(shares) | {
        "contempt": reading.contempt.astype(float),
        "quality": np.array(qualities),
    }
