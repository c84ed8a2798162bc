"""Rows: what became of each clip, in JSON lines."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from affectgraph.graphs.augment.agreement_filter import Sentiment
from affectgraph.graphs.augment.schema import AugmentationOutcome, Stage
from affectgraph.tools.emotions import Distribution
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.atomic_write import atomic_write_text, make_folder
from affectgraph.tools.io.reading import read_lines


class Row(Frozen):
    """What became of one clip.

    Attributes:
        path: The file, relative to the folder of the rows; None for a bare text.
        text: The words that were given with it.
        clip: Hash of its content; empty if it could not be opened.
        label: One of the basic emotions; None if it could not be labelled.
        distribution: Over the basic emotions, before any person said otherwise.
        labels: Open-vocabulary words, most specific first.
        sentiment: Of the distribution.
        description: The clues of all senses, merged.
        kept: It passed both filters, or a person labelled it.
        stage: Where it ended: `kept`, the filter that dropped it, `review` if it waits
            for a person or one found no emotion in it, `failed`.
        reason: Why.
        source: Who labelled it.
        provenance: Tools, weights, models, what the filters said, licence.
    """

    path: str | None
    text: str | None = None
    clip: str = ""
    label: str | None = None
    distribution: Distribution | None = None
    labels: tuple[str, ...] = ()
    sentiment: Sentiment | None = None
    description: str = ""
    kept: bool
    stage: Stage
    reason: str
    source: Literal["affectgraph", "human"] = "affectgraph"
    provenance: dict[str, Any] = Field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """It waits for a person."""
        return self.stage == "review" and self.source == "affectgraph"

    def decided(self, outcome: AugmentationOutcome) -> "Row":
        """The row of a clip of which more is known now."""
        told: dict[str, Any] = {
            "kept": outcome.stage == "kept",
            "stage": outcome.stage,
            "reason": outcome.reason,
            "source": outcome.source,
        }
        if answer := outcome.answer:
            said = {"answer": answer.model_dump(mode="json")}
            told["label"] = answer.label
            told["labels"] = answer.labels or ((answer.label,) if answer.label else ())
            told["provenance"] = {**self.provenance, **said}
        return self.model_copy(update=told)

    def moved(self, old: Path, new: Path) -> "Row":
        """The same row in a file of another folder."""
        if self.path is None or old.resolve() == new.resolve():
            return self
        path = os.path.relpath((old / self.path).resolve(), new.resolve())
        return self.model_copy(update={"path": path})


def read_rows(file: AnyPath) -> list[Row]:
    """Read rows.

    Raises:
        SettingError: If it cannot be read, or a row is none; names the row.
    """
    file = checked_path("file", file)
    rows = []
    for number, line in read_lines(file, SettingError):
        try:
            rows.append(Row.model_validate_json(line))
        except ValidationError as error:
            worst = error.errors()[0]
            place = ".".join(map(str, worst["loc"])) or "the row"
            raise SettingError(
                f"{file}: row {number}: {place}: {worst['msg']}"
            ) from error
    return rows


def written(rows: Iterable[Row]) -> str:
    """Rows as JSON lines."""
    return "".join(f"{row.model_dump_json()}\n" for row in rows)


def put(file: Path, text: str) -> None:
    """Write a file, whole and on the disk when this returns, or not at all.

    Raises:
        SettingError: If it cannot be written.
    """
    try:
        make_folder(file.parent)
        atomic_write_text(file, text)
    except OSError as error:
        raise SettingError(
            f"{file}: cannot be written ({error.strerror}); name another file"
        ) from error
