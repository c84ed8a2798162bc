"""Uploads: files that have arrived, until the visit that sent them takes them."""

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from affectgraph.tools.errors import ClipNotFoundError


class Uploads:
    """Each upload has a folder of its own, whose name cannot be guessed.

    A browser is told that name and never a path, and nothing else leads to a file: no
    visitor reaches the upload of another, or a file that was not uploaded.

    Args:
        folder: Where they are; made here, for nobody else.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._folder = folder.resolve()
        self._arrived: dict[str, Path] = {}

    @contextmanager
    def room(self) -> Iterator[Path]:
        """A new folder, for one upload to be written into; deleted if that fails."""
        room = self._folder / secrets.token_urlsafe(16)
        room.mkdir(mode=0o700)
        try:
            yield room
        except BaseException:
            shutil.rmtree(room, ignore_errors=True)
            raise

    def add(self, file: Path) -> str:
        """Keep a file that has arrived in its room; the name that finds it."""
        name = f"{file.parent.name}/{file.name}"
        self._arrived[name] = file
        return name

    def find(self, name: str) -> Path:
        """The upload of exactly that name, a regular file.

        Raises:
            ClipNotFoundError: If none has arrived under that name, or it is gone.
        """
        file = self._arrived.get(name)
        if file is None or os.path.realpath(file) != str(file) or not file.is_file():
            raise _missing(Path(name))
        return file

    def take(self, file: Path, folder: Path) -> Path:
        """Move an upload into a folder, which may then be reached from there alone.

        Raises:
            ClipNotFoundError: If it is no upload, or it is gone.
        """
        name = f"{file.parent.name}/{file.name}"
        if self.find(name) != file:
            raise _missing(file)
        try:
            taken = file.replace(folder / file.name)
        except OSError as error:
            raise _missing(file) from error
        del self._arrived[name]
        file.parent.rmdir()
        return taken

    def sweep(self, seconds: float) -> None:
        """Delete what was not touched for longer, such as half an upload."""
        for room in self._folder.iterdir():
            with suppress(FileNotFoundError):  # it was taken in this moment
                if time.time() - _touched(room) > seconds:
                    shutil.rmtree(room) if room.is_dir() else room.unlink()
        for name, file in [*self._arrived.items()]:
            if not file.exists():
                self._arrived.pop(name, None)


def _touched(room: Path) -> float:
    return max(one.stat().st_mtime for one in (room, *room.rglob("*")))


def _missing(file: Path) -> ClipNotFoundError:
    return ClipNotFoundError(f"{file.name}: did not arrive; choose it once more")
