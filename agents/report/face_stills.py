"""Images of faces: the frame at the peak of face evidence, and blurred faces."""

import base64
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip, Frame
from affectgraph.tools.clip.frames import Image
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.face.box_track import box_at
from affectgraph.tools.face.detection import CLOSE_SIDE, QUICK_SIDE, Array, detect

# A face detected in one frame is blurred in all frames within this many seconds, in
# case the detector misses it for a moment.
BLUR_MARGIN_S = 0.4

# A box grows by this share on every side, to cover hair, ears and chin.
_MARGIN = 0.35

# A blurred face keeps this many patches of colour in each direction.
_PATCHES = 4

_MODALITY = "face"
_MAX_SIDE = 720
_JPEG_QUALITY = 82

# Measured times are rounded to a hundredth of a second.
_ROUNDING_S = 0.006
_FRAME_RATE = 30.0


def blur_faces(clip: Clip, frames: Iterable[Frame]) -> Iterator[Frame]:
    """Blur every face in frames, which come in order of time.

    Faces are detected in each frame, near and far ones; the track of the sense `face`
    is blurred as well.
    """
    nearby: deque[tuple[Frame, list[Array]]] = deque()
    waiting: deque[Frame] = deque()
    for frame in frames:
        nearby.append((frame, _find_boxes(clip, frame)))
        waiting.append(frame)
        while frame.time - waiting[0].time > BLUR_MARGIN_S:
            yield _blur_frame(waiting.popleft(), nearby)
    while waiting:
        yield _blur_frame(waiting.popleft(), nearby)


def _find_boxes(clip: Clip, frame: Frame) -> list[Array]:
    sides = (QUICK_SIDE, CLOSE_SIDE)
    boxes = [face.box for side in sides for face in detect(frame.image, side=side)]
    tracked = box_at(clip, frame.time)
    return boxes if tracked is None else [*boxes, tracked]


def _blur_frame(frame: Frame, nearby: deque[tuple[Frame, list[Array]]]) -> Frame:
    while frame.time - nearby[0][0].time > BLUR_MARGIN_S:
        nearby.popleft()
    image = frame.image.copy()
    for neighbour, boxes in nearby:
        if neighbour.time - frame.time <= BLUR_MARGIN_S:
            for box in boxes:
                _blur_box(frame.image, box, onto=image)
    return replace(frame, image=image)


def _blur_box(image: Image, box: Array, *, onto: Image) -> None:
    """Cover a face with a few patches of its colours, in an ellipse around its box."""
    import cv2

    height, width = image.shape[:2]
    margin = (box[2:] - box[:2]) * _MARGIN
    left, top = np.maximum(np.floor(box[:2] - margin), 0).astype(int)
    right, bottom = np.ceil(box[2:] + margin).astype(int)
    area = (slice(top, min(bottom, height)), slice(left, min(right, width)))
    part = image[area]
    if part.size == 0:
        return
    patches = cv2.resize(part, (_PATCHES, _PATCHES), interpolation=cv2.INTER_AREA)
    size = (part.shape[1], part.shape[0])
    smooth = cv2.resize(patches, size, interpolation=cv2.INTER_CUBIC)
    mask = np.zeros((height, width), np.uint8)
    middle, half = (box[2:] + box[:2]) / 2, (box[2:] - box[:2]) / 2 + margin
    cv2.ellipse(mask, _round_point(middle), _round_point(half), 0, 0, 360, 1, -1)
    onto[area][mask[area] > 0] = smooth[mask[area] > 0]


def _round_point(point: NDArray[Any]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


@dataclass(frozen=True)
class BoxPercent:
    """Box of a face, in percent of the image."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class FaceStill:
    """One frame of a clip as an image.

    Attributes:
        time: Seconds from the start of the clip.
        width: Width of the frame, in pixels.
        height: Height of the frame, in pixels.
        url: The image as a `data:` URL.
        box: Box of the face; None if none was found.
        blurred: Faces are blurred.
    """

    time: float
    width: int
    height: int
    url: str
    box: BoxPercent | None
    blurred: bool


def extract_face_stills(
    verdict: Verdict, clip: Clip, *, anonymize: bool = False
) -> dict[str, FaceStill]:
    """The frame at the peak of each piece of face evidence, by evidence id."""
    if not clip.has_video:
        return {}
    pieces = [piece for piece in verdict.evidence if piece.modality == _MODALITY]
    stills = {
        time: _extract(clip, time, anonymize=anonymize)
        for time in {peak_time(piece) for piece in pieces}
    }
    by_id = {piece.id: stills[peak_time(piece)] for piece in pieces}
    return {name: still for name, still in by_id.items() if still is not None}


def first_picture_url(clip: Clip) -> str:
    """The first frame of a clip as a `data:` URL; empty if it has none."""
    frame = next(iter(clip.frames()), None)
    return "" if frame is None else _encode(frame.image)


def peak_time(piece: Evidence) -> float:
    """The time that shows a piece of evidence best, in seconds."""
    if "peak_time" in piece.measurements:
        return piece.measurements["peak_time"].value
    if piece.timeline and piece.distribution:
        label = top_emotion(piece.distribution)
        moment = max(piece.timeline, key=lambda m: m.distribution[label])
        return (moment.span.start + moment.span.end) / 2
    return (piece.span.start + piece.span.end) / 2


def _extract(clip: Clip, time: float, *, anonymize: bool) -> FaceStill | None:
    original = _frame_at(clip, time, anonymize=False)
    frame = _frame_at(clip, time, anonymize=True) if anonymize else original
    if original is None or frame is None:
        return None
    height, width = frame.image.shape[:2]
    return FaceStill(
        time=frame.time,
        width=width,
        height=height,
        url=_encode(frame.image),
        box=_find_box(clip, original),
        blurred=anonymize,
    )


def _frame_at(clip: Clip, time: float, *, anonymize: bool) -> Frame | None:
    """The first frame at or after a time; of a still image, its only frame."""
    margin = BLUR_MARGIN_S if anonymize else 0.0
    due = max(0.0, time - _ROUNDING_S)
    span = Span(start=max(0.0, due - margin), end=due + 2 * BLUR_MARGIN_S)
    frames = clip.frames(span, rate=_FRAME_RATE)
    prepared = blur_faces(clip, frames) if anonymize else frames
    return next((f for f in prepared if clip.still or f.time >= due), None)


def _find_box(clip: Clip, frame: Frame) -> BoxPercent | None:
    corners = box_at(clip, frame.time)
    if corners is None:
        faces = detect(frame.image, side=CLOSE_SIDE)
        if not faces:
            return None
        corners = max(faces, key=lambda face: face.size).box
    height, width = frame.image.shape[:2]
    left, top, right, bottom = (
        100.0 * float(value) / size
        for value, size in zip(corners, (width, height) * 2, strict=True)
    )
    return BoxPercent(left, top, right - left, bottom - top)


def _encode(image: Image) -> str:
    """A scaled-down image as a `data:` URL."""
    import cv2

    scale = min(1.0, _MAX_SIDE / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg.tobytes()).decode()}"
