"""Checks of arguments: paths, lists of texts, types."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar, overload

from affectgraph.tools.errors import SettingError

AnyPath = str | os.PathLike[str]
T = TypeVar("T")


@overload
def checked_path(name: str, value: None) -> None: ...
@overload
def checked_path(name: str, value: AnyPath) -> Path: ...
def checked_path(name: str, value: object) -> Path | None:
    """The path that an argument names; None stays None.

    Raises:
        SettingError: If it is neither text nor a path, or is empty.
    """
    if value is None:
        return None
    if not isinstance(value, str | os.PathLike):
        raise SettingError(f"{name}: a {type(value).__name__}; pass a path")
    if value == "":
        raise SettingError(f"{name}: empty; pass a path")
    return Path(os.fsdecode(value))


def checked_texts(name: str, values: Iterable[str]) -> list[str]:
    """The texts in an argument; a single text becomes a list of one.

    Raises:
        SettingError: If it holds anything else.
    """
    if isinstance(values, str):
        return [values]
    texts: list[object] = [*values] if isinstance(values, Iterable) else [values]
    for text in texts:
        if not isinstance(text, str):
            raise SettingError(f"{name}: a {type(text).__name__} in it; pass text")
    return [str(text) for text in texts]


def checked_type(name: str, value: T, kind: type[T]) -> T:
    """The value, if it has the type of the argument; None stays None.

    Raises:
        SettingError: If it has another type.
    """
    if value is not None and not isinstance(value, kind):
        raise SettingError(f"{name}: a {type(value).__name__}; pass a {kind.__name__}")
    return value
