"""Files that are there whole or not at all, and on the disk once they are there."""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


@contextmanager
def atomic_write(target: Path) -> Iterator[Path]:
    """A path to write to; what is there in the end takes the place of `target`.

    The file and its name are on the disk when this returns, power cut or not.

    Raises:
        OSError: If it cannot be put there; no partial file is left behind.
    """
    us = f"{os.getpid()}-{threading.get_ident()}"
    partial = target.with_name(f"{target.name}.{us}.partial")
    try:
        yield partial
        replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def atomic_write_text(target: Path, text: str) -> None:
    """Write a text in UTF-8, as `atomic_write` does."""
    with atomic_write(target) as partial:
        partial.write_text(text, encoding="utf-8")


def atomic_savez(target: Path, **arrays: Any) -> None:
    """Write arrays as `.npz`, as `atomic_write` does."""
    with atomic_write(target) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)


def replace(finished: Path, target: Path) -> None:
    """Have a finished file take the place of another, on the disk before this returns.

    Raises:
        OSError: If that cannot be done.
    """
    # The content first: a name must never outlast it.
    sync_file(finished)
    finished.replace(target)
    sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, on the disk before this returns.

    Raises:
        OSError: If that cannot be done.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_tree(folder: Path) -> None:
    """Bring a folder with all that is in it to the disk; not its own name.

    Raises:
        OSError: If that cannot be done.
    """
    for inside in folder.iterdir():
        if inside.is_dir():
            sync_tree(inside)
        else:
            sync_file(inside)
    sync_folder(folder)


def sync_file(file: Path) -> None:
    """Bring the content of a file to the disk.

    Raises:
        OSError: If that cannot be done.
    """
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk.

    Raises:
        OSError: If that cannot be done.
    """
    if os.name == "nt":
        return  # there a folder cannot be opened, and its names are journaled
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        # Some network file systems know no such thing for folders.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(opened)
