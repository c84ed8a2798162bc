"""Read untrusted files: regular ones only, up to a maximum size.

A pipe without a writer would hang, a device never ends, and a huge file would fill the
memory: all are refused at once, with an error of the caller's type.
"""

import errno
import os
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from affectgraph.tools.errors import AffectgraphError

MAX_BYTES = 256 << 20
MAX_LINE_BYTES = 16 << 20
ErrorType = type[AffectgraphError]

_FILE_TYPES = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_regular(
    path: Path, error_type: ErrorType, *, max_bytes: int | None
) -> BufferedReader:
    """Open a regular file for reading.

    Args:
        path: The file.
        error_type: Type of the error if it cannot be used.
        max_bytes: Maximum size; None for no maximum.
    """
    try:
        # Opening a pipe without a writer would block. The open file itself is checked,
        # as the path may change.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        file = os.fdopen(descriptor, "rb")
    except (OSError, ValueError) as error:
        reason = _file_problem(path) or getattr(error, "strerror", None) or str(error)
        raise error_type(f"{path}: cannot be read ({reason})") from error
    status = os.fstat(descriptor)
    problem = irregular_type(status.st_mode)
    if not problem and max_bytes is not None and status.st_size > max_bytes:
        problem = f"it has {status.st_size:,} bytes, over the cap of {max_bytes:,}"
    if problem:
        file.close()
        raise error_type(f"{path}: cannot be read ({problem})")
    return file


def read_bytes(
    path: Path, error_type: ErrorType, *, max_bytes: int = MAX_BYTES
) -> bytes:
    """The content of a regular file."""
    with open_regular(path, error_type, max_bytes=max_bytes) as file:
        try:
            return file.read(max_bytes)
        except OSError as error:
            raise error_type(f"{path}: cannot be read ({error.strerror})") from error


def read_text(path: Path, error_type: ErrorType, *, max_bytes: int = MAX_BYTES) -> str:
    """The text of a regular file in UTF-8, with or without a byte order mark."""
    try:
        return read_bytes(path, error_type, max_bytes=max_bytes).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise error_type(f"{path}: cannot be read (it is not UTF-8)") from error


def read_lines(path: Path, error_type: ErrorType) -> Iterator[tuple[int, str]]:
    """The non-blank lines of a regular file in UTF-8, numbered from 1."""
    with open_regular(path, error_type, max_bytes=None) as file:
        lines = iter(lambda: file.readline(MAX_LINE_BYTES + 1), b"")
        for number, line in enumerate(lines, 1):
            if len(line) > MAX_LINE_BYTES:
                limit = f"over {MAX_LINE_BYTES:,} bytes"
                raise error_type(f"{path}, row {number}: cannot be read ({limit})")
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise error_type(
                    f"{path}, row {number}: cannot be read (it is not UTF-8)"
                ) from error
            if text.strip():
                yield number, text


def check_regular(path: Path) -> None:
    """Check that a path is a regular file or does not exist, before opening a database.

    Raises:
        OSError: If it is anything else.
    """
    if reason := _file_problem(path):
        raise OSError(errno.EINVAL, reason, str(path))


def _file_problem(path: Path) -> str:
    try:
        return irregular_type(path.stat().st_mode)
    except (OSError, ValueError):
        return ""


def irregular_type(mode: int) -> str:
    """Type of a file with that mode, if it is not a regular file; otherwise empty."""
    if stat.S_ISREG(mode):
        return ""
    return f"{_FILE_TYPES.get(stat.S_IFMT(mode), 'something')}, not a regular file"
