"""Find media files in a folder and its subfolders."""

import os
from collections.abc import Iterator
from pathlib import Path

from affectgraph.tools.errors import SettingError

VIDEO = "3gp avi flv m4v mkv mov mp4 mpeg mpg mts ogv ts webm wmv"
SOUND = "aac aif aiff amr flac m4a mp3 oga ogg opus wav wma"
IMAGE = "bmp gif jpeg jpg png tif tiff webp"
# Text files in a folder are mostly notes about its media, so they are not included.
_SUFFIXES = {f".{suffix}" for suffix in f"{VIDEO} {SOUND} {IMAGE}".split()}


def find_media(folder: Path) -> list[Path]:
    """Paths of the media files in a folder and its subfolders, without hidden ones.

    An unreadable folder is in the list itself, so that its analysis reports the error.
    """
    paths = sorted(_walk_media(folder))
    if not paths:
        raise SettingError(f"{folder}: no video, sound or image in this folder")
    return paths


def _walk_media(folder: Path) -> Iterator[Path]:
    errors: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=errors.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(place, name)
            if path.suffix.lower() in _SUFFIXES and not name.startswith("."):
                yield path
    yield from (Path(os.fsdecode(error.filename)) for error in errors)
