"""Arguments as people pass them: one thing where many may come, text for a path."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar, overload

from affectgraph.tools.errors import SettingError

T = TypeVar("T")


@overload
def checked_path(name: str, value: None) -> None: ...
@overload
def checked_path(name: str, value: str | os.PathLike[str]) -> Path: ...
def checked_path(name: str, value: object) -> Path | None:
    """The path that an argument names; None stays None.

    Raises:
        SettingError: If it is neither text nor a path, or is empty.
    """
    if value is None:
        return None
    if not isinstance(value, str | os.PathLike) or isinstance(value, bytes):
        raise SettingError(f"{name}: a {type(value).__name__}; pass a path")
    if value == "":
        raise SettingError(f"{name}: empty; pass a path")
    return Path(os.fsdecode(value))


def listed(name: str, values: Iterable[T] | T, kind: type[T]) -> list[T]:
    """What an argument lists; one alone is a list of one, and text is one, not letters.

    Args:
        name: Of the argument.
        values: One of a kind, or many.
        kind: What each has to be.

    Raises:
        SettingError: If there is anything else among them.
    """
    if isinstance(values, kind):
        return [values]
    found = list(values) if isinstance(values, Iterable) else [values]
    for value in found:
        if not isinstance(value, kind):
            raise SettingError(
                f"{name}: a {type(value).__name__} among them; pass {kind.__name__}"
            )
    return found


def checked_type(name: str, value: T | None, kind: type[T]) -> T | None:
    """A value of a type, or None.

    Raises:
        SettingError: If it is anything else.
    """
    if value is not None and not isinstance(value, kind):
        raise SettingError(
            f"{name}: a {type(value).__name__}; pass {kind.__name__}, or leave it out"
        )
    return value
