"""Frames in which every face is blurred beyond recognition."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip import Clip, Frame
from affectgraph.tools.clip.frames import Image
from affectgraph.tools.face.box_track import box_at
from affectgraph.tools.face.detection import CLOSE_SIDE, QUICK_SIDE, Array, detect

# A face detected in one frame is blurred in all frames within this many seconds, in
# case the detector misses it for a moment.
BLUR_MARGIN_S = 0.4

# A box grows by this share on every side, to cover hair, ears and chin.
_MARGIN = 0.35

# A blurred face keeps this many patches of colour in each direction.
_PATCHES = 4


def blur_faces(clip: Clip, frames: Iterable[Frame]) -> Iterator[Frame]:
    """Blur every face in frames.

    Faces are detected in each frame, near and far ones; the track of the sense `face`
    is blurred as well.

    Args:
        clip: The clip of the frames.
        frames: Frames in order of time.
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
