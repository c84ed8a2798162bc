"""Which clips there are: in folders, manifests and patterns, or named one by one."""

import glob
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, unquote

from pydantic import PlainSerializer, ValidationInfo, WrapValidator

from affectgraph.agents.evaluation.manifest import Listed, read_clips
from affectgraph.agents.evaluation.run import said_before
from affectgraph.tools.clip import Clip, Turn
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.clip.media_folder import find_media
from affectgraph.tools.clip.pipes import is_url
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path


def _quoted(path: Path) -> str:
    return quote(str(path), errors="surrogatepass")


def _unquoted(
    value: object, read: Callable[[object], Path], info: ValidationInfo
) -> Path:
    if info.mode == "json" and isinstance(value, str):
        return Path(unquote(value, errors="surrogatepass"))
    return read(value)


# The name of a file may be no UTF-8, which JSON has to be: it is percent-encoded there.
AnyNamedPath = Annotated[
    Path, WrapValidator(_unquoted), PlainSerializer(_quoted, when_used="json")
]


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
    path: AnyNamedPath | None
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


def found(named: Iterable[AnyPath] | AnyPath, language: str = ENGLISH) -> list[Source]:
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
    names = [named] if isinstance(named, str | os.PathLike) else named
    paths = [checked_path("clips", name) for name in names]
    return [source for path in paths for source in _of(path, language)]


def named(row: Listed, manifest: Path) -> str:
    """What messages call a row of a manifest."""
    return shown(row.path) if row.path else f"{shown(manifest)}:{row.number}"


def shown(path: Path) -> str:
    """A path as text that can be written: what is no UTF-8 in it, by its numbers."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def _of(name: Path, language: str) -> Iterator[Source]:
    paths = [name]
    if is_url(name):
        pass  # for the analysis to refuse
    elif name.suffix.lower() == ".csv":
        yield from _of_manifest(name)
        return
    elif os.path.isdir(name):
        paths = find_media(name)
    elif not os.path.lexists(name) and glob.has_magic(str(name)):
        paths = sorted(Path(hit) for hit in glob.iglob(str(name), recursive=True))
        paths = [path for path in paths if not os.path.isdir(path)]
        if not paths:
            raise SettingError(f"{name}: no file has such a name")
    for path in paths:
        yield Source(name=shown(path), path=path, language=language)


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
