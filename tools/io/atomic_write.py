"""Atomic, durable writes of files, and appends to them."""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from affectgraph.tools.errors import AffectgraphError


@contextmanager
def atomic_write(target: Path) -> Iterator[Path]:
    """Yield a temporary path; at the end the file there replaces `target`.

    The file and its name are on the disk when this returns.

    Raises:
        OSError: If it cannot be written; no partial file remains.
    """
    writer = f"{os.getpid()}-{threading.get_ident()}"
    partial = target.with_name(f"{target.name}.{writer}.partial")
    try:
        yield partial
        replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def explain_write_errors(
    file: Path, error_type: type[AffectgraphError]
) -> Iterator[None]:
    """Turn an error of the file system into one of that type that names the file."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise error_type(f"{file}: cannot be written ({reason})") from error


def atomic_write_text(target: Path, text: str) -> None:
    """Write a text in UTF-8 atomically."""
    with atomic_write(target) as partial:
        partial.write_text(text, encoding="utf-8")


def atomic_savez(target: Path, **arrays: Any) -> None:
    """Write arrays as `.npz` atomically."""
    with atomic_write(target) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)


def replace(finished: Path, target: Path) -> None:
    """Replace a file by a finished one, on the disk when this returns.

    Raises:
        OSError: If that fails.
    """
    # Content first: after a power cut, the name must not point to missing content.
    sync_file(finished)
    finished.replace(target)
    sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Create a folder and its parents, on the disk when this returns.

    Raises:
        OSError: If that fails.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_tree(folder: Path) -> None:
    """Flush a folder and everything in it to the disk, but not its own name.

    Raises:
        OSError: If that fails.
    """
    for path in folder.iterdir():
        if path.is_dir():
            sync_tree(path)
        else:
            sync_file(path)
    sync_folder(folder)


def sync_file(file: Path) -> None:
    """Flush the content of a file to the disk.

    Raises:
        OSError: If that fails.
    """
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk.

    Raises:
        OSError: If that fails.
    """
    if os.name == "nt":
        return  # Windows cannot open folders, and NTFS journals their names
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot flush folders.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def open_append(path: Path) -> BinaryIO:
    """Open a file for reading and appending; create it if needed.

    Raises:
        OSError: If it cannot be opened.
    """
    make_folder(path.parent)
    file = path.open("a+b")
    try:
        sync_folder(path.parent)
    except BaseException:
        file.close()
        raise
    return file


def append(file: BinaryIO, data: bytes) -> int:
    """Append data, on the disk when this returns; returns the offset of its first byte.

    Raises:
        OSError: If it cannot be written; the file is truncated to its former length.
    """
    # Unbuffered: a buffer would later write again what failed here.
    descriptor, remaining = file.fileno(), memoryview(data)
    end = os.fstat(descriptor).st_size
    try:
        while remaining:
            remaining = remaining[os.write(descriptor, remaining) :]
        os.fsync(descriptor)
    except BaseException:
        os.ftruncate(descriptor, end)
        raise
    return end
