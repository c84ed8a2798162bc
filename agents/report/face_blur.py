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

# A face found in one frame is hidden in all others within this many seconds as well,
# so that one which the detector misses for a moment is not laid bare.
AROUND = 0.4

# A box is hidden with this share of it more on every side: hair, ears and chin.
_MARGIN = 0.35

# What is left of a face: so many patches of colour across.
_PATCHES = 4


def hidden(clip: Clip, frames: Iterable[Frame]) -> Iterator[Frame]:
    """The frames with every face in them blurred.

    Faces are looked for in each frame, near and far, beside where the sense `face`
    followed its own.

    Args:
        clip: What the frames are of.
        frames: In order of time.
    """
    near: deque[tuple[Frame, list[Array]]] = deque()
    waiting: deque[Frame] = deque()
    for frame in frames:
        near.append((frame, _boxes(clip, frame)))
        waiting.append(frame)
        while frame.time - waiting[0].time > AROUND:
            yield _blurred(waiting.popleft(), near)
    while waiting:
        yield _blurred(waiting.popleft(), near)


def _boxes(clip: Clip, frame: Frame) -> list[Array]:
    sides = (QUICK_SIDE, CLOSE_SIDE)
    boxes = [face.box for side in sides for face in detect(frame.image, side=side)]
    followed = box_at(clip, frame.time)
    return boxes if followed is None else [*boxes, followed]


def _blurred(frame: Frame, near: deque[tuple[Frame, list[Array]]]) -> Frame:
    while frame.time - near[0][0].time > AROUND:
        near.popleft()
    image = frame.image.copy()
    for other, boxes in near:
        if other.time - frame.time <= AROUND:
            for box in boxes:
                _blur(frame.image, box, onto=image)
    return replace(frame, image=image)


def _blur(image: Image, box: Array, *, onto: Image) -> None:
    """Put what a few patches keep of a face over it, as an ellipse around its box."""
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
    inside = np.zeros((height, width), np.uint8)
    middle, half = (box[2:] + box[:2]) / 2, (box[2:] - box[:2]) / 2 + margin
    cv2.ellipse(inside, _whole(middle), _whole(half), 0, 0, 360, 1, -1)
    onto[area][inside[area] > 0] = smooth[inside[area] > 0]


def _whole(point: NDArray[Any]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
