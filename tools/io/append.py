"""Append to files durably: all of a record is on the disk, or nothing."""

import os
from pathlib import Path
from typing import BinaryIO

from affectgraph.tools.io.atomic_write import make_folder, sync_folder


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
