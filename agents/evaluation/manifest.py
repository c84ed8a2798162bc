"""The manifest: a CSV file of clips and their labels."""

import csv
import io
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from affectgraph.agents.annotation import checked_label
from affectgraph.tools.clip.language import AUTO, checked_language
from affectgraph.tools.errors import AffectgraphWarning, SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.reading import read_text

_COLUMNS = {"path", "text", "label", "speaker", "dialogue", "turn", "language"}
# `affectgraph augment` writes these as well; they are ignored here.
AUGMENTATION_COLUMNS = (
    "labels",
    "sentiment",
    "description",
    "distribution",
    "source",
    "clip",
    "provenance",
)
_Cells = dict[str, str]
_TURN = re.compile("-?[0-9]{1,9}")


class ManifestClip(Frozen):
    """One clip, without its label.

    Attributes:
        number: Line of the manifest; the header is line 1.
        path: The file; None for text without a file.
        text: The words, if they are given.
        speaker: Who speaks; clips of one speaker are resampled together.
        dialogue: Its conversation; resampled together if no speaker is given.
        turn: Position in the dialogue.
        language: Of the words, such as `de`; `auto` detects it.
    """

    number: int
    path: Path | None
    text: str | None
    speaker: str = ""
    dialogue: str = ""
    turn: int = 0
    language: str = AUTO

    @property
    def group(self) -> str:
        """Name of the group that it is resampled with."""
        return self.speaker or self.dialogue or str(self.number)


class ManifestRow(ManifestClip):
    """One labelled clip.

    Attributes:
        label: One of the basic emotions.
    """

    label: str


def read_manifest(manifest: AnyPath, limit: int | None = None) -> list[ManifestRow]:
    """Read a manifest with labels; its paths are relative to its folder.

    Raises:
        SettingError: If it cannot be read, lacks a column, or has an unknown label; the
            message names the row.
    """
    manifest = checked_path("manifest", manifest)
    rows = [
        ManifestRow(
            **dict(_clip(manifest, number, cells)),
            label=_checked(checked_label, cells["label"], manifest, number),
        )
        for number, cells in _cells(manifest, labelled=True)
    ]
    return rows[:limit]


def read_clips(manifest: AnyPath) -> list[ManifestClip]:
    """Read a manifest without its labels, which it need not have."""
    manifest = checked_path("manifest", manifest)
    return [
        _clip(manifest, number, cells)
        for number, cells in _cells(manifest, labelled=False)
    ]


def read_labels(manifest: AnyPath) -> dict[int, str]:
    """Read the labels that a manifest has, by the number of their row."""
    manifest = checked_path("manifest", manifest)
    return {
        number: _checked(checked_label, cells["label"], manifest, number)
        for number, cells in _cells(manifest, labelled=False)
        if cells.get("label")
    }


def _cells(manifest: Path, *, labelled: bool) -> list[tuple[int, _Cells]]:
    """Read the cells of each row by column, with its number."""
    try:
        text = io.StringIO(read_text(manifest, SettingError), newline="")
        table = csv.DictReader(text)
        columns = set(table.fieldnames or [])
        _check_columns(manifest, columns, labelled=labelled)
        rows = [
            (number, _strip(manifest, number, cells))
            for number, cells in enumerate(table, 2)
        ]
    except csv.Error as error:
        raise SettingError(f"{manifest}: cannot be read ({error})") from error
    if not rows:
        raise SettingError(f"{manifest}: has no rows below its header")
    return rows


def _strip(manifest: Path, number: int, cells: dict[Any, Any]) -> _Cells:
    # csv stores cells beyond the last column under None: an unquoted text with commas.
    if any(cells.pop(None, ())):
        raise SettingError(
            f"{manifest}: row {number}: more cells than columns; put a text with "
            "commas in quotes"
        )
    return {name: (value or "").strip() for name, value in cells.items() if name}


def _check_columns(manifest: Path, columns: set[str], *, labelled: bool) -> None:
    if (labelled and "label" not in columns) or not columns & {"path", "text"}:
        needed = "label, and path or text" if labelled else "path or text"
        raise SettingError(f"{manifest}: needs the columns {needed}")
    if unknown := columns - _COLUMNS - {*AUGMENTATION_COLUMNS}:
        ignored = AffectgraphWarning(
            f"{manifest}: ignored, since none of "
            f"{', '.join(sorted(_COLUMNS))}: {', '.join(map(repr, sorted(unknown)))}"
        )
        warnings.warn(ignored, stacklevel=2)


def _clip(manifest: Path, number: int, cells: _Cells) -> ManifestClip:
    path, text = cells.get("path", ""), cells.get("text", "")
    if not path and not text:
        raise SettingError(f"{manifest}: row {number}: has neither path nor text")
    turn = cells.get("turn", "") or "0"
    if not _TURN.fullmatch(turn):
        raise SettingError(f"{manifest}: row {number}: turn {turn!r} is no number")
    return ManifestClip(
        number=number,
        path=manifest.parent / path if path else None,
        text=text or None,
        speaker=cells.get("speaker", ""),
        dialogue=cells.get("dialogue", ""),
        turn=int(turn),
        language=_checked(
            checked_language, cells.get("language") or AUTO, manifest, number
        ),
    )


def _checked(
    check: Callable[[str], str], cell: str, manifest: Path, number: int
) -> str:
    """The value of a cell; an error names file and row."""
    try:
        return check(cell)
    except SettingError as error:
        raise SettingError(f"{manifest}: row {number}: {error}") from None
