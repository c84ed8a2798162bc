"""Files and pipes on this machine: resolve a path, and read a pipe to its end."""

import os
import re
import select
import stat
from pathlib import Path
from typing import NamedTuple

from affectgraph.tools.errors import ClipNotFoundError, ClipTooLargeError

STDIN = Path("-")
MAX_BYTES = 1 << 30
WRITER_TIMEOUT_S = 10.0
# `Path` turns `https://a` into `https:/a`.
_URL = re.compile(r"[a-z][a-z0-9+.-]+:/|data:", re.IGNORECASE)
_DESCRIPTOR_PATH = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,6})")


class PipeContent(NamedTuple):
    """The whole content of a pipe."""

    name: str
    content: bytes

    @property
    def text(self) -> str | None:
        """The text, if it is valid UTF-8; no media file is."""
        try:
            text = self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None
        return None if not text or "\0" in text else text


def resolve_path(path: Path) -> Path | PipeContent:
    """A file, or the content of a pipe; `-` means standard input.

    A pipe is read to its end into memory. A named pipe without a writer is waited for,
    up to `WRITER_TIMEOUT_S`.

    Raises:
        ClipNotFoundError: If it is a URL, a terminal, or a pipe without a writer.
        ClipTooLargeError: If a pipe holds more than `MAX_BYTES`.
    """
    if is_url(path):
        raise ClipNotFoundError(
            f"{_as_typed(path)}: an address, not a file, and nothing is fetched; "
            "download it and name the file"
        )
    descriptor = _inherited_descriptor(path)
    if descriptor is not None and os.isatty(descriptor):
        raise ClipNotFoundError(
            "standard input is a terminal; pipe a clip into it, or name a file"
        )
    if not is_piped(path):
        return Path("/dev/stdin") if path == STDIN else path
    try:
        file = os.dup(descriptor) if descriptor is not None else _open_with_writer(path)
        return PipeContent(_name(path, descriptor), _read_all(path, file))
    except OSError as error:
        raise ClipNotFoundError(f"{path}: {error.strerror}; name a file") from error


def is_url(path: Path) -> bool:
    """Whether a path is a URL, and no file has that name."""
    if not _URL.match(str(path)):
        return False
    try:
        return not path.exists()
    except (OSError, ValueError):  # too long for a name
        return True


def _as_typed(path: Path) -> str:
    """A URL as the user typed it: `Path` turns `https://a` into `https:/a`."""
    return re.sub(r"^([a-z][a-z0-9+.-]+):/(?!/)", r"\1://", str(path), flags=re.I)[:60]


def is_piped(path: Path) -> bool:
    """Whether it can be read only once: standard input, `<(...)`, a named pipe."""
    descriptor = _inherited_descriptor(path)
    try:
        mode = os.stat(path if descriptor is None else descriptor).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or (descriptor is not None and stat.S_ISSOCK(mode))


def _inherited_descriptor(path: Path) -> int | None:
    """File descriptor that a path names, if it names one."""
    if path in (STDIN, Path("/dev/stdin")):
        return 0
    match = _DESCRIPTOR_PATH.fullmatch(str(path))
    return int(match[1]) if match else None


def _open_with_writer(path: Path) -> int:
    """Open a named pipe as soon as it has a writer.

    Raises:
        ClipNotFoundError: If it has none in time.
    """
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    ready, _, _ = select.select([file], [], [], WRITER_TIMEOUT_S)
    try:
        has_writer = bool(ready) or os.read(file, 1) != b""
    except BlockingIOError:  # there is a slow writer
        has_writer = True
    if not has_writer:
        os.close(file)
        raise ClipNotFoundError(f"{path}: a pipe that nobody writes to; name a file")
    os.set_blocking(file, True)
    return file


def _read_all(path: Path, descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ClipTooLargeError(
            f"{path}: over {MAX_BYTES >> 20} MiB came out of it; name a file instead"
        )
    return content


def _name(path: Path, descriptor: int | None) -> str:
    if descriptor == 0:
        return "standard input"
    return path.name if descriptor is None else f"pipe {descriptor}"
