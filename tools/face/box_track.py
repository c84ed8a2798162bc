"""Where in the picture the face that a clip is about was seen, moment by moment."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip import Clip
from affectgraph.tools.evidence import Span
from affectgraph.tools.face.detection import Array
from affectgraph.tools.face.track import Look

_KEY = "boxes/face"
_NUMBERS = 5

# A box is known for a moment at most this many seconds from one that was looked at,
# and drawn evenly from one look to the next when they are no further apart than twice.
_NEAR = 0.3


def rows(looks: Iterable[Look]) -> Iterator[tuple[float, ...]]:
    """Time and box of each look, for `store`.

    Plain numbers: of an hour of looks, the arrays would keep the freed memory between
    them from going back to the system, several hundred megabytes.
    """
    for look in looks:
        yield look.time, *map(float, look.face.box)


def store(clip: Clip, span: Span, boxes: Iterable[tuple[float, ...]]) -> None:
    """Store with the clip the `rows` of the looks at one face in a span."""
    new = np.array(list(boxes), dtype=np.float64).reshape(-1, _NUMBERS)
    old = _stored(clip)
    outside = (old[:, 0] < span.start) | (old[:, 0] > span.end)
    every = np.concatenate([old[outside], new])
    clip.keep(_KEY, every[np.argsort(every[:, 0], kind="stable")].ravel())


def box_at(clip: Clip, time: float) -> Array | None:
    """The box of the face at a moment.

    Returns:
        float32 [4], left, top, right and bottom in pixels of the clip's frames; None
        where it was not seen, or the sense `face` has not looked.
    """
    rows = _stored(clip)
    if not len(rows):
        return None
    times, boxes = rows[:, 0], rows[:, 1:]
    after = int(np.searchsorted(times, time))
    near = [n for n in (after - 1, after) if 0 <= n < len(times)]
    if len(near) == 2 and times[after] - times[after - 1] <= 2 * _NEAR:
        sides = [np.interp(time, times[near], boxes[near, side]) for side in range(4)]
        return np.array(sides, dtype=np.float32)
    closest = min(near, key=lambda n: abs(float(times[n]) - time))
    return boxes[closest] if abs(float(times[closest]) - time) <= _NEAR else None


def _stored(clip: Clip) -> NDArray[np.floating]:
    try:
        return clip.kept(_KEY).reshape(-1, _NUMBERS)
    except KeyError:
        return np.zeros((0, _NUMBERS))
