"""What a process that was forked must not take over: it is made anew there."""

import ctypes
import os
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")

_everything: list[dict[tuple[Any, ...], Any]] = []


def per_process(make: Callable[..., T]) -> Callable[..., T]:
    """Keep what a function makes of its arguments, in each process its own.

    Models with threads of their own (CTranslate2, llama.cpp) hang for ever in a forked
    process, where the threads are gone; so does a lock that another thread held.

    Example:
        >>> @per_process
        ... def made(name: str) -> list[str]:
        ...     return [name]
        >>> made("a") is made("a"), made("a") is made("b")
        (True, False)
    """
    kept: dict[tuple[Any, ...], T] = {}
    _everything.append(kept)

    @wraps(make)
    def get(*arguments: Any) -> T:
        key = os.getpid(), *arguments
        if key not in kept:
            kept.setdefault(key, make(*arguments))
        return kept[key]

    return get


def _never_free() -> None:
    """Keep what the parent made: freeing it, even at exit, waits for its threads."""
    for kept in _everything:
        for made in kept.values():
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(made))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_never_free)
