"""The clips of a batch: in folders, manifests and patterns, or named one by one."""

import glob
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, unquote

from pydantic import PlainSerializer, ValidationInfo, WrapValidator

from affectgraph.agents.evaluation.manifest import ManifestClip, read_clips
from affectgraph.agents.evaluation.run import previous_turns
from affectgraph.tools.clip import Clip, Turn
from affectgraph.tools.clip.language import AUTO
from affectgraph.tools.clip.media_folder import find_media
from affectgraph.tools.clip.pipes import is_url
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.sanitize import printable_path


def _quote_path(path: Path) -> str:
    return quote(str(path), errors="surrogatepass")


def _unquote_path(
    value: object, validate: Callable[[object], Path], info: ValidationInfo
) -> Path:
    if info.mode == "json" and isinstance(value, str):
        return Path(unquote(value, errors="surrogatepass"))
    return validate(value)


# File names need not be UTF-8, but JSON has to be: they are percent-encoded there.
AnyNamedPath = Annotated[
    Path, WrapValidator(_unquote_path), PlainSerializer(_quote_path, when_used="json")
]


class ClipSource(Frozen):
    """Opens one clip.

    Attributes:
        name: Its path as listed, or its row in a manifest.
        path: The file; None for text without a file.
        text: The words, if they are given.
        language: Of the words.
        turns: Earlier turns of its dialogue; None if it belongs to none.
    """

    name: str
    path: AnyNamedPath | None
    text: str | None = None
    language: str = AUTO
    turns: tuple[Turn, ...] | None = None

    def open(self) -> Clip:
        """Open the clip."""
        return Clip.open(
            self.path, text=self.text, turns=self.turns, language=self.language
        )


def find_clips(
    paths: Iterable[AnyPath] | AnyPath, language: str = AUTO
) -> list[ClipSource]:
    """List the clips of files, folders, manifests (`.csv`) and patterns, in order.

    A folder gives the media in it and below, without hidden files. A missing file is
    listed, too: its analysis fails.

    Args:
        paths: One or several; a pattern may contain `*`, `?`, `[...]` and `**`.
        language: Of the words; rows of a manifest have their own.
    """
    listed = [paths] if isinstance(paths, str | os.PathLike) else paths
    checked = [checked_path("clips", path) for path in listed]
    return [source for path in checked for source in _expand(path, language)]


def row_name(row: ManifestClip, manifest: Path) -> str:
    """Name a row of a manifest for messages."""
    return (
        printable_path(row.path)
        if row.path
        else f"{printable_path(manifest)}:{row.number}"
    )


def _expand(name: Path, language: str) -> Iterator[ClipSource]:
    paths = [name]
    if is_url(name):
        pass  # its analysis fails
    elif name.suffix.lower() == ".csv":
        yield from _read_manifest(name)
        return
    elif os.path.isdir(name):
        paths = find_media(name)
    elif not os.path.lexists(name) and glob.has_magic(str(name)):
        paths = sorted(Path(hit) for hit in glob.iglob(str(name), recursive=True))
        paths = [path for path in paths if not os.path.isdir(path)]
        if not paths:
            raise SettingError(f"{name}: no file matches")
    for path in paths:
        yield ClipSource(name=printable_path(path), path=path, language=language)


def _read_manifest(manifest: Path) -> Iterator[ClipSource]:
    rows = read_clips(manifest)
    dialogues: defaultdict[str, list[ManifestClip]] = defaultdict(list)
    for row in rows:
        if row.dialogue:
            dialogues[row.dialogue].append(row)
    for row in rows:
        yield ClipSource(
            name=row_name(row, manifest),
            path=row.path,
            text=row.text,
            language=row.language,
            turns=previous_turns(row, dialogues[row.dialogue] if row.dialogue else ()),
        )
