"""Files that somebody else wrote: regular ones, and no more of them than was allowed.

Pipes that nobody writes to would hang, devices never end, and a file of any size would
fill the memory: all are refused at once, by an error of the caller's own type.
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
Refusal = type[AffectgraphError]

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_regular(
    path: Path, refusal: Refusal, *, max_bytes: int | None = MAX_BYTES
) -> BufferedReader:
    """Open a regular file to read it.

    Args:
        path: The file.
        refusal: Type of the error if it cannot be used.
        max_bytes: Its largest size; None for any.

    Raises:
        AffectgraphError: Of that type, if it is not there, not a regular file or too
            large; its text names the file.
    """
    try:
        # A pipe without a writer would block; what is opened is what is looked at.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        file = os.fdopen(number, "rb")
    except (OSError, ValueError) as error:
        reason = _irregular_at(path) or getattr(error, "strerror", None) or str(error)
        raise refusal(f"{path}: cannot be read ({reason})") from error
    told = os.fstat(number)
    problem = not_regular(told.st_mode)
    if not problem and max_bytes is not None and told.st_size > max_bytes:
        problem = f"it has {told.st_size:,} bytes, over the cap of {max_bytes:,}"
    if problem:
        file.close()
        raise refusal(f"{path}: cannot be read ({problem})")
    return file


def read_bytes(path: Path, refusal: Refusal, *, max_bytes: int = MAX_BYTES) -> bytes:
    """All of a regular file.

    Raises:
        AffectgraphError: Of that type, as `open_regular` does.
    """
    with open_regular(path, refusal, max_bytes=max_bytes) as file:
        try:
            return file.read(max_bytes)
        except OSError as error:
            raise refusal(f"{path}: cannot be read ({error.strerror})") from error


def read_text(path: Path, refusal: Refusal, *, max_bytes: int = MAX_BYTES) -> str:
    """All of a regular file in UTF-8, with or without a byte order mark.

    Raises:
        AffectgraphError: Of that type, as `open_regular` does, or if it is not UTF-8.
    """
    try:
        return read_bytes(path, refusal, max_bytes=max_bytes).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal(f"{path}: cannot be read (it is not UTF-8)") from error


def read_lines(
    path: Path, refusal: Refusal, *, max_bytes: int = MAX_LINE_BYTES
) -> Iterator[tuple[int, str]]:
    """The lines of a regular file in UTF-8 that are not blank, numbered from 1.

    Raises:
        AffectgraphError: Of that type, as `open_regular` does, or if a line is too
            long or not UTF-8.
    """
    with open_regular(path, refusal, max_bytes=None) as file:
        lines = iter(lambda: file.readline(max_bytes + 1), b"")
        for number, line in enumerate(lines, 1):
            if len(line) > max_bytes:
                raise refusal(
                    f"{path}, row {number}: cannot be read (over {max_bytes:,} bytes)"
                )
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise refusal(
                    f"{path}, row {number}: cannot be read (it is not UTF-8)"
                ) from error
            if text.strip():
                yield number, text


def check_regular(path: Path) -> None:
    """Refuse anything but a regular file, or nothing at all, where a database goes.

    Raises:
        OSError: If something else is there.
    """
    if reason := _irregular_at(path):
        raise OSError(errno.EINVAL, reason, str(path))


def _irregular_at(path: Path) -> str:
    try:
        return not_regular(path.stat().st_mode)
    except (OSError, ValueError):
        return ""


def not_regular(mode: int) -> str:
    """What a file of that mode is, where it is not a regular one; else empty."""
    if stat.S_ISREG(mode):
        return ""
    return f"{_KINDS.get(stat.S_IFMT(mode), 'something')}, not a regular file"
