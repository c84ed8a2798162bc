"""Checks of arguments: paths, also untrusted ones, lists of texts, types."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar, overload

from affectgraph.tools.errors import ClipError, ClipNotFoundError, SettingError

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


def resolve_inside(path: str | Path, folder: Path, *, named_by: str) -> Path:
    """The file at a path, if it is inside a folder after all links are followed.

    The error for a path outside does not reveal whether a file exists there.

    Args:
        path: Absolute, or relative to the folder.
        folder: The folder that must contain the file, at any depth.
        named_by: The setting that names the folder, for messages.

    Returns:
        The path without links and `..`; it need not exist.

    Raises:
        SettingError: If it is outside.
        ClipNotFoundError: If no file can have that path.
        ClipError: If it is a folder, a pipe or a device.
    """
    root = folder.resolve()
    try:
        file = (root / path).resolve()
        exists, regular = file.exists(), file.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        # Too long, a loop of links, or a NUL.
        raise ClipNotFoundError(
            f"path {str(path)!r}: not found in {named_by}"
        ) from error
    if not file.is_relative_to(root):
        raise SettingError(
            f"path {str(path)!r}: not in the folder that {named_by} names"
        )
    if exists and not regular:
        raise ClipError(f"path {str(path)!r}: not a regular file")
    return file
