"""Augmented training clips, labelled by Affectgraph or by people."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    top_emotion,
)
from affectgraph.tools.errors import ClipError, SettingError
from affectgraph.tools.evidence import Fraction, Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.reading import read_lines, read_text

# Machine labels count half: they repeat much of what the sense already knows, and more
# of them are wrong than of human labels.
SELF_WEIGHT = 0.5

_COLUMNS = ("path", "text", "label", "distribution", "source", "kept")


class AugmentedClip(Frozen):
    """One additional training clip of a sense.

    Attributes:
        row: File and row that it comes from.
        path: Its media file; None for text alone.
        text: Its words, if known.
        target: Training target: the distribution of a machine label, or one-hot for a
            human label.
        source: Who labelled it.
    """

    row: str
    path: Path | None = None
    text: str | None = None
    target: Distribution
    source: Literal["affectgraph", "human"]

    @property
    def weight(self) -> float:
        """Training weight; a clip of the labelled data has 1."""
        return 1.0 if self.source == "human" else SELF_WEIGHT

    def open(self) -> Clip:
        """Open the clip."""
        try:
            return Clip.open(self.path, text=self.text)
        except ClipError as error:
            raise SettingError(f"{self.row}: {error}") from error


class _Row(Frozen):
    """The columns that are read; all others are ignored."""

    path: str | None = None
    text: str | None = None
    label: Literal[BASIC_EMOTIONS]  # type: ignore[valid-type]
    distribution: dict[Literal[BASIC_EMOTIONS], Fraction] | None = None  # type: ignore[valid-type]
    source: Literal["affectgraph", "human"] = "human"
    kept: bool = Field(default=True, strict=True)

    @model_validator(mode="after")
    def _is_usable(self) -> "_Row":
        if self.path is None and self.text is None:
            raise ValueError("has neither path nor text")
        shares = self.distribution
        if shares is not None and abs(sum(shares.values()) - 1.0) > 0.01:
            raise ValueError("distribution does not sum to 1")
        return self


def read_augmented(file: AnyPath) -> list[AugmentedClip]:
    """Read the output of `affectgraph augment`, or a table of labelled clips.

    Args:
        file: JSON lines or CSV with `label`, and `path` (relative to the file's folder)
            or `text`; optional are `distribution`, `source` (`affectgraph` or `human`,
            the default) and `kept`.

    Returns:
        The clips whose `kept` is not false, in the order of their rows.
    """
    file = checked_path("file", file)
    rows = _csv_rows(file) if file.suffix.lower() == ".csv" else _json_rows(file)
    clips = [
        _read_clip(file, place, cells)
        for place, cells in rows
        if cells.get("kept") is not False
    ]
    seen: dict[tuple[Path | None, str | None], str] = {}
    for clip in clips:
        first = seen.setdefault((clip.path, clip.text), clip.row)
        if first != clip.row:
            raise SettingError(f"{clip.row}: repeats the clip of {first}")
    if not clips:
        raise SettingError(f"{file}: holds no clip that was kept")
    return clips


def summarize_clips(clips: Sequence[AugmentedClip]) -> str:
    """Count the clips by who labelled them, in one line."""
    counts = Counter(clip.source for clip in clips)
    return (
        f"{len(clips)} augmented clips learned from, none validated on: "
        f"{counts['human']} labelled by people, {counts['affectgraph']} by affectgraph "
        f"(weight {SELF_WEIGHT})"
    )


def _json_rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in read_lines(file, SettingError):
        place = f"{file}: row {number}"
        try:
            cells = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise SettingError(f"{place}: is not a JSON object") from error
        if not isinstance(cells, dict):
            raise SettingError(f"{place}: is not a JSON object")
        yield place, {name: cells[name] for name in _COLUMNS if name in cells}


def _csv_rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    text = read_text(file, SettingError)
    table = csv.DictReader(io.StringIO(text, newline=""))
    if "label" not in (table.fieldnames or ()):
        raise SettingError(f"{file}: needs the columns label, and path or text")
    for number, row in enumerate(table, 2):
        place = f"{file}: row {number}"
        cells: dict[str, Any] = {n: row[n] for n in _COLUMNS if row.get(n)}
        for name in {"distribution", "kept"} & cells.keys():
            try:
                cells[name] = json.loads(cells[name])
            except (ValueError, RecursionError) as error:
                raise SettingError(f"{place}: {name}: is not JSON") from error
        yield place, cells


def _read_clip(file: Path, place: str, cells: dict[str, Any]) -> AugmentedClip:
    try:
        row = _Row.model_validate(cells)
    except ValidationError as error:
        problem = error.errors()[0]
        column = f"{problem['loc'][0]}: " if problem["loc"] else ""
        message = problem["msg"].removeprefix("Value error, ")
        raise SettingError(f"{place}: {column}{message}") from error
    path = file.parent / row.path if row.path else None
    if path is not None and not path.is_file():
        raise SettingError(f"{place}: {path}: not found")
    shares = row.distribution if row.source == "affectgraph" else None
    target = distribution(shares or {row.label: 1.0})
    if top_emotion(target) != row.label:
        raise SettingError(
            f"{place}: label {row.label} is not the most probable of its distribution"
        )
    return AugmentedClip(
        row=place, path=path, text=row.text, target=target, source=row.source
    )
