"""Where in the picture the face that a clip is about was seen, moment by moment."""

from collections.abc import Iterable, Iterator

import numpy as np

from affectgraph.tools.clip import Clip
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


def store(clip: Clip, boxes: Iterable[tuple[float, ...]]) -> None:
    """Store with the clip the `rows` of the looks at one face, in order of time."""
    clip.keep(_KEY, np.array(list(boxes)).ravel())


def box_at(clip: Clip, time: float) -> Array | None:
    """The box of the face at a moment.

    Returns:
        float32 [4], left, top, right and bottom in pixels of the clip's frames; None
        where it was not seen, or the sense `face` has not looked at the whole clip.
    """
    try:
        rows = clip.kept(_KEY).reshape(-1, _NUMBERS)
    except KeyError:
        return None
    times, boxes = rows[:, 0], rows[:, 1:]
    after = int(np.searchsorted(times, time))
    near = [n for n in (after - 1, after) if 0 <= n < len(times)]
    if len(near) == 2 and times[after] - times[after - 1] <= 2 * _NEAR:
        sides = [np.interp(time, times[near], boxes[near, side]) for side in range(4)]
        return np.array(sides, dtype=np.float32)
    closest = min(near, key=lambda n: abs(float(times[n]) - time))
    return boxes[closest] if abs(float(times[closest]) - time) <= _NEAR else None
