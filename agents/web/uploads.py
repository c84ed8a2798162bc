"""Uploaded files, until the visit that sent them takes them."""

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from affectgraph.tools.errors import ClipNotFoundError


class Uploads:
    """Stores each upload in its own folder, whose name cannot be guessed.

    Browsers refer to an upload by that name and never by a path: no visitor can reach
    uploads of others, or files that were not uploaded.

    Args:
        folder: Parent folder; created with access for this user only.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._folder = folder.resolve()
        self._files: dict[str, Path] = {}

    @contextmanager
    def new_folder(self) -> Iterator[Path]:
        """A new folder for one upload; deleted if writing fails."""
        folder = self._folder / secrets.token_urlsafe(16)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def add(self, file: Path) -> str:
        """Register a file in its folder, and return the name for `find`."""
        name = _name_of(file)
        self._files[name] = file
        return name

    def find(self, name: str) -> Path:
        """The upload with exactly this name, a regular file.

        Raises:
            ClipNotFoundError: If there is no such upload, or its file is gone.
        """
        file = self._files.get(name)
        if file is None or os.path.realpath(file) != str(file) or not file.is_file():
            raise _missing(Path(name))
        return file

    def take(self, file: Path, folder: Path) -> Path:
        """Move an upload into another folder.

        Raises:
            ClipNotFoundError: If it is not an upload, or its file is gone.
        """
        name = _name_of(file)
        if self.find(name) != file:
            raise _missing(file)
        try:
            moved = file.replace(folder / file.name)
        except OSError as error:
            raise _missing(file) from error
        del self._files[name]
        file.parent.rmdir()
        return moved

    def sweep(self, seconds: float) -> None:
        """Delete uploads, also incomplete ones, that are older than this."""
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):  # a visit took it at this moment
                if time.time() - _modified(path) > seconds:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name, file in [*self._files.items()]:
            if not file.exists():
                self._files.pop(name, None)


def _name_of(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def _modified(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))


def _missing(file: Path) -> ClipNotFoundError:
    return ClipNotFoundError(f"{file.name}: did not arrive; choose it once more")
