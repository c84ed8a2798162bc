"""Files that grow line by line: a line is there whole, on the disk, or not at all."""

import os
from pathlib import Path
from typing import BinaryIO

from affectgraph.tools.io.atomic_write import make_folder, sync_folder


def open_append(path: Path) -> BinaryIO:
    """Open a file to read it and to append to it, made if need be.

    Raises:
        OSError: If that cannot be done.
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
    """Append to a file, on the disk before this returns; returns where it begins.

    Raises:
        OSError: If that cannot be done; the file is as it was, as far as the disk lets.
    """
    # Past the buffer, which would try again later what could not be written.
    number, rest = file.fileno(), memoryview(data)
    end = os.fstat(number).st_size
    try:
        while rest:
            rest = rest[os.write(number, rest) :]
        os.fsync(number)
    except BaseException:
        os.ftruncate(number, end)
        raise
    return end
