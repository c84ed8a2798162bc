"""Rows of gold and predicted labels, read strictly and matched by name."""

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

_BETWEEN = re.compile("['\",]")


class LabelRow(Frozen):
    """The labels of one clip.

    Attributes:
        number: Line of the file, from 1.
        name: What gold and prediction are matched by.
        labels: Lower-case, in their order.
        sentiment: Gold of the sentiment task: above zero is positive.
    """

    number: int
    name: str
    labels: tuple[str, ...] = ()
    sentiment: float = 0.0


def parse_labels(written: str | Sequence[str]) -> tuple[str, ...]:
    """Labels from a list, or from a list in writing.

    As the scripts of MER-UniBench have it: one leading `[` and one trailing `]` go, the
    rest is cut at quotation marks, apostrophes and commas; a list is taken as it is.

    Examples:
        >>> labels_of("['Happy', 'looking forward to']")
        ('happy', 'looking forward to')
        >>> labels_of(["don't care "])
        ("don't care",)
    """
    if isinstance(written, str):
        inner = written.removeprefix("[").removesuffix("]")
        written = [part for part in _BETWEEN.split(inner) if part.strip()]
    return tuple(label.strip().lower() for label in written)


def read_label_rows(file: AnyPath, *, numbers: bool = False) -> dict[str, LabelRow]:
    """Read JSON lines of `name` and `labels`.

    Args:
        file: One object a line; further keys are ignored, blank lines too.
        numbers: The labels are numbers: gold of the sentiment task.

    Returns:
        Rows by name, in their order.

    Raises:
        SettingError: If the file cannot be read, a row is not as described, or a name
            comes twice; the message names file and row.
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
    told = cells["labels"]
    if numbers:
        return LabelRow(number=number, name=name, sentiment=_sentiment(told))
    if not _is_labels(told):
        raise ValueError("labels must be a list of strings, or one string")
    return LabelRow(number=number, name=name, labels=parse_labels(told))


def _is_labels(told: Any) -> bool:
    listed = isinstance(told, list) and all(isinstance(label, str) for label in told)
    return listed or isinstance(told, str)


def _sentiment(told: Any) -> float:
    number = isinstance(told, int | float) and not isinstance(told, bool)
    if not number or not math.isfinite(told):
        raise ValueError("labels of a sentiment gold must be a number")
    return float(told)
