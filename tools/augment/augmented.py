"""Augmented clips: labelled by the graph or by people, for the senses to learn from."""

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

# What the graph labelled itself counts half: it repeats much of what the sense knew,
# and more of it is wrong than of what people label.
SELF_WEIGHT = 0.5

_NAMES = ("path", "text", "label", "distribution", "source", "kept")


class AugmentedClip(Frozen):
    """One clip that a sense learns from, beside the labelled data.

    Attributes:
        row: File and row that it comes from.
        path: Its file; None for a bare text.
        text: Its words, where they were given.
        target: What is to be learned: what the graph said, or all of one label where a
            person labelled it.
        source: Who labelled it.
    """

    row: str
    path: Path | None = None
    text: str | None = None
    target: Distribution
    source: Literal["affectgraph", "human"]

    @property
    def weight(self) -> float:
        """How much it counts against a labelled clip."""
        return 1.0 if self.source == "human" else SELF_WEIGHT

    def open(self) -> Clip:
        """The clip.

        Raises:
            SettingError: If it cannot be used; names the row.
        """
        try:
            return Clip.open(self.path, text=self.text)
        except ClipError as error:
            raise SettingError(f"{self.row}: {error}") from error


class _Row(Frozen):
    """The cells that matter; all others are passed over."""

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
    """Read what `affectgraph augment` wrote, or a table of labelled clips.

    Args:
        file: JSON lines, or a CSV, with `path` (relative to the file's folder) or
            `text`, `label`, and perhaps `distribution`, `source` (`affectgraph` or
            `human`; without it, a person labelled the clip) and `kept`.

    Returns:
        The clips that were kept, in the order of their rows.

    Raises:
        SettingError: If the file cannot be read, or a row cannot be used; names it.
    """
    file = checked_path("file", file)
    rows = _table(file) if file.suffix.lower() == ".csv" else _lines(file)
    clips = [_clip(file, place, cells) for place, cells in rows if _kept(cells)]
    seen: dict[tuple[Path | None, str | None], str] = {}
    for clip in clips:
        first = seen.setdefault((clip.path, clip.text), clip.row)
        if first != clip.row:
            raise SettingError(f"{clip.row}: the clip of {first} again")
    if not clips:
        raise SettingError(f"{file}: holds no clip that was kept")
    return clips


def summarize_clips(clips: Sequence[AugmentedClip]) -> str:
    """How many clips, and who labelled them."""
    by = Counter(clip.source for clip in clips)
    return (
        f"{len(clips)} augmented clips learned from, none validated on: "
        f"{by['human']} labelled by people, {by['affectgraph']} by affectgraph "
        f"(weight {SELF_WEIGHT})"
    )


def _lines(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in read_lines(file, SettingError):
        place = f"{file}: row {number}"
        try:
            cells = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise SettingError(f"{place}: is not a JSON object") from error
        if not isinstance(cells, dict):
            raise SettingError(f"{place}: is not a JSON object")
        yield place, {name: cells[name] for name in _NAMES if name in cells}


def _table(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    text = read_text(file, SettingError)
    table = csv.DictReader(io.StringIO(text, newline=""))
    if "label" not in (table.fieldnames or ()):
        raise SettingError(f"{file}: needs the columns label, and path or text")
    for number, written in enumerate(table, 2):
        place = f"{file}: row {number}"
        cells: dict[str, Any] = {n: written[n] for n in _NAMES if written.get(n)}
        for name in {"distribution", "kept"} & cells.keys():
            try:
                cells[name] = json.loads(cells[name])
            except (ValueError, RecursionError) as error:
                raise SettingError(f"{place}: {name}: is not JSON") from error
        yield place, cells


def _kept(cells: dict[str, Any]) -> bool:
    return cells.get("kept") is not False


def _clip(file: Path, place: str, cells: dict[str, Any]) -> AugmentedClip:
    try:
        row = _Row.model_validate(cells)
    except ValidationError as error:
        found = error.errors()[0]
        where = f"{found['loc'][0]}: " if found["loc"] else ""
        message = found["msg"].removeprefix("Value error, ")
        raise SettingError(f"{place}: {where}{message}") from error
    path = file.parent / row.path if row.path else None
    if path is not None and not path.is_file():
        raise SettingError(f"{place}: {path}: not found")
    told = row.distribution if row.source == "affectgraph" else None
    target = distribution(told or {row.label: 1.0})
    if top_emotion(target) != row.label and told:
        raise SettingError(
            f"{place}: label {row.label} is not the favourite of its distribution"
        )
    return AugmentedClip(
        row=place, path=path, text=row.text, target=target, source=row.source
    )
