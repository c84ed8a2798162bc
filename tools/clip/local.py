"""What a name leads to on this machine: a file, or what comes out of a pipe."""

import os
import re
import select
import stat
from pathlib import Path
from typing import NamedTuple

from affectgraph.tools.errors import ClipNotFoundError, ClipTooLargeError

STDIN = Path("-")
MAX_BYTES = 1 << 30
SECONDS_FOR_A_WRITER = 10.0
# A path has no empty part: of `https://a` it makes `https:/a`.
_URL = re.compile(r"[a-z][a-z0-9+.-]+:/|data:", re.IGNORECASE)
_OPENED = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,6})")


class Piped(NamedTuple):
    """All that came out of a pipe."""

    name: str
    content: bytes

    @property
    def text(self) -> str | None:
        """The words, if it is text in UTF-8: no media file is."""
        try:
            text = self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None
        return None if not text or "\0" in text else text


def local(path: Path) -> Path | Piped:
    """What a path, or `-` for standard input, leads to.

    A pipe is read to its end into memory. One in the file system that nobody writes to
    is waited for, but not for long.

    Raises:
        ClipNotFoundError: If it is an address, a terminal, or a pipe without a writer.
        ClipTooLargeError: If there is more in a pipe than was allowed.
    """
    if is_url(path):
        raise ClipNotFoundError(
            f"{_as_typed(path)}: an address, not a file, and nothing is fetched; "
            "download it and name the file"
        )
    number = _opened_before(path)
    if number is not None and os.isatty(number):
        raise ClipNotFoundError(
            "standard input is a terminal; pipe a clip into it, or name a file"
        )
    if not is_piped(path):
        return Path("/dev/stdin") if path == STDIN else path
    try:
        file = os.dup(number) if number is not None else _with_a_writer(path)
        return Piped(_name(path, number), _content(path, file))
    except OSError as error:
        raise ClipNotFoundError(f"{path}: {error.strerror}; name a file") from error


def is_url(path: Path) -> bool:
    """It is an address or a data URL, and no file has that name."""
    if not _URL.match(str(path)):
        return False
    try:
        return not path.exists()
    except (OSError, ValueError):  # too long for a name
        return True


def _as_typed(path: Path) -> str:
    """An address as it was typed: `Path` makes `https:/a` of `https://a`."""
    return re.sub(r"^([a-z][a-z0-9+.-]+):/(?!/)", r"\1://", str(path), flags=re.I)[:60]


def is_piped(path: Path) -> bool:
    """It can be read once only: standard input, `<(...)` of a shell, a named pipe."""
    number = _opened_before(path)
    try:
        mode = os.stat(path if number is None else number).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or (number is not None and stat.S_ISSOCK(mode))


def _opened_before(path: Path) -> int | None:
    """Number of the file that this process was begun with, if that is what is named."""
    if path in (STDIN, Path("/dev/stdin")):
        return 0
    named = _OPENED.fullmatch(str(path))
    return int(named[1]) if named else None


def _with_a_writer(path: Path) -> int:
    """A named pipe, opened once somebody writes to it.

    Raises:
        ClipNotFoundError: If nobody does in time.
    """
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    ready, _, _ = select.select([file], [], [], SECONDS_FOR_A_WRITER)
    try:
        written = bool(ready) or os.read(file, 1) != b""
    except BlockingIOError:  # there is a writer, who takes time
        written = True
    if not written:
        os.close(file)
        raise ClipNotFoundError(f"{path}: a pipe that nobody writes to; name a file")
    os.set_blocking(file, True)
    return file


def _content(path: Path, number: int) -> bytes:
    with os.fdopen(number, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ClipTooLargeError(
            f"{path}: over {MAX_BYTES >> 20} MiB came out of it; name a file instead"
        )
    return content


def _name(path: Path, number: int | None) -> str:
    if number == 0:
        return "standard input"
    return path.name if number is None else f"pipe {number}"
