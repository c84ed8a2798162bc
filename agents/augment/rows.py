"""The folder of an augmentation: its runs, and the result of each clip as a row."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout
from pydantic import Field, ValidationError

from affectgraph.graphs.augment.agreement_filter import Sentiment
from affectgraph.graphs.augment.nodes import builder
from affectgraph.graphs.augment.schema import AugmentationOutcome, Stage
from affectgraph.graphs.persistence.runs import RunStore
from affectgraph.tools.emotions import Distribution
from affectgraph.tools.errors import SettingError, first_problem
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.atomic_write import (
    atomic_write_text,
    explain_write_errors,
    make_folder,
)
from affectgraph.tools.io.reading import read_lines


class AugmentationRow(Frozen):
    """The result of one clip.

    Attributes:
        path: The file, relative to the folder of the rows; None for text alone.
        text: The words that were given with it.
        clip: Hash of its content; empty if it could not be opened.
        label: One of the basic emotions; None if it could not be labelled.
        distribution: Over the basic emotions, before any correction by a person.
        labels: Open-vocabulary words, most specific first.
        sentiment: Of the distribution.
        description: Merged from the clues of all senses.
        kept: Whether it passed both filters, or a person labelled it.
        stage: Where it ended: `kept`, the filter that dropped it, `review` if it waits
            for a person or a person found no emotion in it, `failed`.
        reason: Why it ended there.
        source: Who labelled it.
        provenance: Tools, weights, models, results of the filters, licence.
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
        """Whether it waits for a person."""
        return self.stage == "review" and self.source == "affectgraph"

    def with_outcome(self, outcome: AugmentationOutcome) -> "AugmentationRow":
        """Return the row with the outcome of its run."""
        update: dict[str, Any] = {
            "kept": outcome.stage == "kept",
            "stage": outcome.stage,
            "reason": outcome.reason,
            "source": outcome.source,
        }
        if answer := outcome.answer:
            words = (answer.label,) if answer.label else ()
            update["label"] = answer.label
            update["labels"] = answer.labels or words
            dumped = answer.model_dump(mode="json")
            update["provenance"] = {**self.provenance, "answer": dumped}
        return self.model_copy(update=update)

    def moved(self, old: Path, new: Path) -> "AugmentationRow":
        """Return the row for a file in another folder."""
        if self.path is None or old.resolve() == new.resolve():
            return self
        path = os.path.relpath((old / self.path).resolve(), new.resolve())
        return self.model_copy(update={"path": path})


def read_rows(file: AnyPath) -> list[AugmentationRow]:
    """Read rows.

    Raises:
        SettingError: If the file cannot be read, or a row is invalid; names the row.
    """
    file = checked_path("file", file)
    rows = []
    for number, line in read_lines(file, SettingError):
        try:
            rows.append(AugmentationRow.model_validate_json(line))
        except ValidationError as error:
            problem = first_problem(error, "the row")
            raise SettingError(f"{file}: row {number}: {problem}") from error
    return rows


def rows_to_json_lines(rows: Iterable[AugmentationRow]) -> str:
    """Return rows as JSON lines."""
    return "".join(f"{row.model_dump_json()}\n" for row in rows)


def write_file(file: Path, text: str) -> None:
    """Write a file atomically, in a folder that is created."""
    with explain_write_errors(file, SettingError):
        make_folder(file.parent)
        atomic_write_text(file, text)


LEDGER = "rows.jsonl"


def open_runs(folder: Path) -> RunStore:
    """Open the runs in a folder; a run is stored when it waits or ends.

    Storing every step of a hundred thousand clips would fill the folder for no use.
    """
    return RunStore(folder, builder, "exit")


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Lock the folder against other processes."""
    try:
        make_folder(folder)
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise SettingError(
            f"{folder}: another augmentation uses it; wait, or name another folder"
        ) from None
    except OSError as error:
        raise SettingError(
            f"{folder}: cannot be used ({error.strerror}); name another folder"
        ) from error
