"""How the process of a command holds its memory, where the C library is glibc."""

import ctypes
import sys

# Of mallopt(3).
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
_ARENAS = 2
# Blocks of so many bytes go back to the system at once; the second is its most.
_LEAN, _FAST = 1 << 20, 32 << 20
_LONG = 60.0


def bound() -> None:
    """Keep memory flat over long clips.

    By default each thread gets a heap of its own, and what one thread frees no other
    can use.
    """
    _set(_ARENA_MAX, _ARENAS)
    _set(_MMAP_THRESHOLD, _LEAN)


def fit(seconds: float) -> None:
    """Hold memory as a clip of that length wants it.

    Giving every large block back costs page faults, a fifth of the work on a clip of
    some seconds: only long ones need it.
    """
    _set(_MMAP_THRESHOLD, _LEAN if seconds > _LONG else _FAST)


def _set(option: int, value: int) -> None:
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(option, value)
