"""Rows of gold and predicted labels, which are matched by name."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any, Literal

from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.reading import read_lines

Task = Literal["ov", "basic", "sentiment"]

_SEPARATORS = re.compile("['\",]")


class LabelRow(Frozen):
    """The labels of one clip.

    Attributes:
        number: Line of the file, from 1.
        name: By which gold and prediction are matched.
        labels: Lower-case, in their order.
        sentiment: Gold of the sentiment task; above zero is positive.
    """

    number: int
    name: str
    labels: tuple[str, ...] = ()
    sentiment: float = 0.0


def parse_labels(labels: str | Sequence[str]) -> tuple[str, ...]:
    """Parse labels from a list, or from the text of a list.

    As in the scripts of MER-UniBench, one leading `[` and one trailing `]` are removed,
    and the rest is split at quotation marks, apostrophes and commas.

    Examples:
        >>> parse_labels("['Happy', 'looking forward to']")
        ('happy', 'looking forward to')
        >>> parse_labels(["don't care "])
        ("don't care",)
    """
    if isinstance(labels, str):
        inner = labels.removeprefix("[").removesuffix("]")
        labels = [part for part in _SEPARATORS.split(inner) if part.strip()]
    return tuple(label.strip().lower() for label in labels)


def read_label_rows(file: AnyPath, *, numbers: bool = False) -> dict[str, LabelRow]:
    """Read JSON lines of `name` and `labels`.

    Args:
        file: One object per line; other keys and blank lines are ignored.
        numbers: Whether the labels are numbers: gold of the sentiment task.

    Returns:
        Rows by name, in the order of the file.
    """
    file = checked_path("file", file)
    rows: dict[str, LabelRow] = {}
    for number, line in read_lines(file, SettingError):
        try:
            row = _row(number, line, numbers)
        except ValueError as error:
            raise SettingError(f"{file}: row {number}: {error}") from error
        if row.name in rows:
            first = rows[row.name].number
            raise SettingError(
                f"{file}: row {number}: name {row.name!r} is that of row {first} too"
            )
        rows[row.name] = row
    if not rows:
        raise SettingError(f"{file}: has no rows")
    return rows


def _row(number: int, line: str, numbers: bool) -> LabelRow:
    try:
        cells = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError("is not a JSON object") from error
    if not isinstance(cells, dict):
        raise ValueError("is not a JSON object")
    name = cells.get("name")
    if not isinstance(name, str) or not name:
        raise ValueError("has no name")
    if "labels" not in cells:
        raise ValueError("has no labels")
    labels = cells["labels"]
    if numbers:
        return LabelRow(number=number, name=name, sentiment=_sentiment(labels))
    if not _is_labels(labels):
        raise ValueError("labels must be a list of strings, or one string")
    return LabelRow(number=number, name=name, labels=parse_labels(labels))


def _is_labels(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(label, str) for label in value)
    return isinstance(value, str)


def _sentiment(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        raise ValueError("labels of a sentiment gold must be a number")
    return float(value)
