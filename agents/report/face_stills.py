"""Pictures for the evidence of a face: the frame of its peak, and where the face is."""

import base64
from dataclasses import dataclass

from affectgraph.agents.report.face_blur import AROUND, hidden
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip, Frame
from affectgraph.tools.clip.frames import Image
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.face.box_track import box_at
from affectgraph.tools.face.detection import CLOSE_SIDE, detect

_MODALITY = "face"
_SIDE = 720
_QUALITY = 82

# Measured moments are rounded to a hundredth of a second.
_ROUNDING = 0.006
_RATE = 30.0


@dataclass(frozen=True)
class Box:
    """Where a face is, in percent of the picture."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Shot:
    """One frame of a clip.

    Attributes:
        time: Seconds from the start of the clip.
        width: In pixels.
        height: In pixels.
        data: The picture as a `data:` address.
        box: Where the face is; None where none was found.
        hidden: Faces in it are blurred.
    """

    time: float
    width: int
    height: int
    data: str
    box: Box | None
    hidden: bool


def shots(verdict: Verdict, clip: Clip, *, anonymize: bool = False) -> dict[str, Shot]:
    """The frame at the peak of each piece of evidence of a face, by its id."""
    if not clip.has_video:
        return {}
    pieces = [piece for piece in verdict.evidence if piece.modality == _MODALITY]
    taken: dict[float, Shot | None] = {}
    for time in {peak(piece) for piece in pieces}:
        taken[time] = _shot(clip, time, anonymize=anonymize)
    found = {piece.id: taken[peak(piece)] for piece in pieces}
    return {name: shot for name, shot in found.items() if shot is not None}


def still(clip: Clip) -> str:
    """The first picture of a clip as a `data:` address; empty if it has none."""
    frame = next(iter(clip.frames()), None)
    return "" if frame is None else _encoded(frame.image)


def peak(piece: Evidence) -> float:
    """The moment of a piece of evidence that shows it best, in seconds."""
    if "peak" in piece.measurements:
        return piece.measurements["peak"].value
    if piece.timeline and piece.distribution:
        label = top_emotion(piece.distribution)
        best = max(piece.timeline, key=lambda moment: moment.distribution[label])
        return (best.span.start + best.span.end) / 2
    return (piece.span.start + piece.span.end) / 2


def _shot(clip: Clip, time: float, *, anonymize: bool) -> Shot | None:
    plain = _frame(clip, time, anonymize=False)
    frame = _frame(clip, time, anonymize=True) if anonymize else plain
    if plain is None or frame is None:
        return None
    height, width = frame.image.shape[:2]
    return Shot(
        time=frame.time,
        width=width,
        height=height,
        data=_encoded(frame.image),
        box=_box(clip, plain),
        hidden=anonymize,
    )


def _frame(clip: Clip, time: float, *, anonymize: bool) -> Frame | None:
    """The first frame from a moment on; the one frame of a picture."""
    before = AROUND if anonymize else 0.0
    due = max(0.0, time - _ROUNDING)
    span = Span(start=max(0.0, due - before), end=due + 2 * AROUND)
    frames = clip.frames(span, rate=_RATE)
    seen = hidden(clip, frames) if anonymize else frames
    return next((f for f in seen if clip.still or f.time >= due), None)


def _box(clip: Clip, frame: Frame) -> Box | None:
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
    return Box(left, top, right - left, bottom - top)


def _encoded(image: Image) -> str:
    """A picture, made small, as a `data:` address."""
    import cv2

    scale = min(1.0, _SIDE / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg.tobytes()).decode()}"
