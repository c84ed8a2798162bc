"""Cache objects per process: a forked process creates its own."""

import ctypes
import os
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")

_caches: list[dict[tuple[Any, ...], Any]] = []


def per_process(create: Callable[..., T]) -> Callable[..., T]:
    """Cache the results of a function by its arguments, separately in each process.

    Models with their own threads (CTranslate2, llama.cpp) hang forever in a forked
    process, which lacks the threads. So does a lock that another thread held.

    Example:
        >>> @per_process
        ... def create(name: str) -> list[str]:
        ...     return [name]
        >>> create("a") is create("a"), create("a") is create("b")
        (True, False)
    """
    cache: dict[tuple[Any, ...], T] = {}
    _caches.append(cache)

    @wraps(create)
    def get(*arguments: Any) -> T:
        key = os.getpid(), *arguments
        if key not in cache:
            cache.setdefault(key, create(*arguments))
        return cache[key]

    return get


def _never_free() -> None:
    """Keep the parent's objects: freeing them, even at exit, waits for its threads."""
    for cache in _caches:
        for value in cache.values():
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(value))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_never_free)
