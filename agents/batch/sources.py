"""Which clips there are: in folders, manifests and patterns, or named one by one."""

import glob
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from affectgraph.agents.evaluation.manifest import Listed, read_clips
from affectgraph.agents.evaluation.run import said_before
from affectgraph.tools.clip import Clip, Turn
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.clip.local import is_piped, is_url
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen

_VIDEO = "3gp avi flv m4v mkv mov mp4 mpeg mpg mts ogv ts webm wmv"
SOUND = "aac aif aiff amr flac m4a mp3 oga ogg opus wav wma"
IMAGE = "bmp gif jpeg jpg png tif tiff webp"
# Texts in a folder are mostly about its media; they are named, or in a manifest.
_MEDIA = {f".{suffix}" for suffix in f"{_VIDEO} {SOUND} {IMAGE}".split()}


class Source(Frozen):
    """What one clip is opened from.

    Attributes:
        name: Its path as it was named, or its row in a manifest.
        path: The file; None for a bare text.
        text: The words, where they are given.
        language: Of the words.
        turns: What was said before in its dialogue; None if it is of none.
    """

    name: str
    path: Path | None
    text: str | None = None
    language: str = ENGLISH
    turns: tuple[Turn, ...] | None = None

    def open(self) -> Clip:
        """The clip.

        Raises:
            ClipError: If it cannot be used.
        """
        return Clip.open(
            self.path, text=self.text, turns=self.turns, language=self.language
        )


def found(named: Iterable[Path], language: str = ENGLISH) -> list[Source]:
    """The clips of files, folders, manifests (`.csv`) and patterns, in their order.

    A folder gives the media in it and in its folders, hidden ones left out. A file that
    is not there is given, too: it is for the analysis to fail.

    Args:
        named: What is named; a pattern may hold `*`, `?`, `[...]` and `**`.
        language: Of their words; rows of a manifest have their own.

    Raises:
        SettingError: If a manifest cannot be used, or a folder or a pattern gives
            nothing.
    """
    return [source for name in named for source in _of(name, language)]


def named(row: Listed, manifest: Path) -> str:
    """What messages call a row of a manifest."""
    return str(row.path or f"{manifest}:{row.number}")


def _of(name: Path, language: str) -> Iterator[Source]:
    paths = [name]
    if is_url(name):
        pass  # for the analysis to refuse
    elif name.suffix.lower() == ".csv":
        yield from _of_manifest(name)
        return
    elif name.is_dir():
        paths = sorted(_media(name))
        if not paths:
            raise SettingError(f"{name}: no video, sound or image in this folder")
    elif not name.exists() and glob.has_magic(str(name)):
        paths = sorted(Path(hit) for hit in glob.iglob(str(name), recursive=True))
        paths = [path for path in paths if not path.is_dir()]
        if not paths:
            raise SettingError(f"{name}: no file has such a name")
    for path in paths:
        yield Source(name=str(path), path=path, language=language)


def _media(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(place, name)
            media = path.suffix.lower() in _MEDIA and not name.startswith(".")
            if media and not is_piped(path):
                yield path


def _of_manifest(manifest: Path) -> Iterator[Source]:
    rows = read_clips(manifest)
    dialogues: defaultdict[str, list[Listed]] = defaultdict(list)
    for row in rows:
        if row.dialogue:
            dialogues[row.dialogue].append(row)
    for row in rows:
        yield Source(
            name=named(row, manifest),
            path=row.path,
            text=row.text,
            language=row.language,
            turns=said_before(row, dialogues[row.dialogue] if row.dialogue else ()),
        )
