"""Memory settings of the process, if the C library is glibc."""

import ctypes
import sys

# Options of mallopt(3).
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
_MAX_ARENAS = 2
# Freed blocks of this many bytes go back to the system at once. The second is the
# largest value that mallopt accepts.
_LOW_THRESHOLD, _HIGH_THRESHOLD = 1 << 20, 32 << 20
_LONG_CLIP_S = 60.0


def limit_arenas() -> None:
    """Keep memory flat over long clips.

    By default each thread gets its own arena, and no thread can use memory that another
    one has freed.
    """
    _mallopt(_ARENA_MAX, _MAX_ARENAS)
    _mallopt(_MMAP_THRESHOLD, _LOW_THRESHOLD)


def tune_for_duration(seconds: float) -> None:
    """Choose how much freed memory to keep, by the length of the clip in seconds.

    Returning every large block to the system costs page faults, a fifth of the work on
    a clip of some seconds. Only long clips need it.
    """
    _mallopt(
        _MMAP_THRESHOLD, _LOW_THRESHOLD if seconds > _LONG_CLIP_S else _HIGH_THRESHOLD
    )


def _mallopt(option: int, value: int) -> None:
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(option, value)
