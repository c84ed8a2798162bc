"""The media in a folder and below it."""

import os
from collections.abc import Iterator
from pathlib import Path

from affectgraph.tools.clip.pipes import is_piped
from affectgraph.tools.errors import SettingError

VIDEO = "3gp avi flv m4v mkv mov mp4 mpeg mpg mts ogv ts webm wmv"
SOUND = "aac aif aiff amr flac m4a mp3 oga ogg opus wav wma"
IMAGE = "bmp gif jpeg jpg png tif tiff webp"
# Texts in a folder are mostly about its media; they are named, or in a manifest.
_SUFFIXES = {f".{suffix}" for suffix in f"{VIDEO} {SOUND} {IMAGE}".split()}


def find_media(folder: Path) -> list[Path]:
    """Paths of the media in a folder and in its folders, hidden ones left out.

    A folder that cannot be read is given as it is: it is for the analysis to fail.

    Raises:
        SettingError: If there are none.
    """
    found = sorted(_media(folder))
    if not found:
        raise SettingError(f"{folder}: no video, sound or image in this folder")
    return found


def _media(folder: Path) -> Iterator[Path]:
    unread: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=unread.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(place, name)
            media = path.suffix.lower() in _SUFFIXES and not name.startswith(".")
            if media and not is_piped(path):
                yield path
    yield from (Path(os.fsdecode(error.filename)) for error in unread)
