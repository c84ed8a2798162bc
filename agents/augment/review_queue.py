"""The queue of clips that wait for a person to label them."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command
from pydantic import ValidationError

from affectgraph.agents.annotation import checked_label
from affectgraph.agents.augment.rows import (
    LEDGER,
    AugmentationRow,
    lock_folder,
    open_runs,
    read_rows,
    rows_to_json_lines,
    write_file,
)
from affectgraph.graphs.augment.agreement_filter import Vote
from affectgraph.graphs.augment.schema import ReviewAnswer
from affectgraph.tools.emotions import Distribution
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path


class ReviewItem(Frozen):
    """A clip that waits for a person.

    Attributes:
        clip: Hash of its content, by which it is answered.
        path: The file; None for text alone.
        text: The words that were given with it.
        label: Of the graph.
        distribution: Over the basic emotions.
        description: Merged from the clues of all senses.
        reason: Why the graph leaves it to a person.
        votes: Of each judge.
    """

    clip: str
    path: Path | None
    text: str | None
    label: str
    distribution: Distribution
    description: str
    reason: str
    votes: tuple[Vote, ...]


class ReviewQueue:
    """Clips of one augmentation that wait for a person.

    An answer resumes the run of its clip and is on disk when `answer` returns; `rows`
    has the result of every clip. Use it in a `with` statement, in one process at a
    time.

    Examples:
        with Queue(Path("labelled.jsonl.runs")) as queue:
            for item in queue.pending():
                queue.answer(item.clip, "sad", annotator="ann")
    """

    def __init__(self, folder: AnyPath) -> None:
        """Set the folder of an augmentation, its `--runs`."""
        self._folder = checked_path("folder", folder)
        self._exit_stack = ExitStack()
        self._rows: dict[str, AugmentationRow] = {}
        self._all: list[AugmentationRow] = []

    def __enter__(self) -> "ReviewQueue":
        """Read the rows.

        Raises:
            SettingError: If there are none, or another process uses the folder.
        """
        ledger = self._folder / LEDGER
        if not ledger.is_file():
            raise SettingError(
                f"{self._folder}: holds no augmentation; run affectgraph "
                "augment first, or name its --runs"
            )
        self._exit_stack.enter_context(lock_folder(self._folder))
        self._runs = open_runs(self._folder)
        self._all = read_rows(ledger)
        for row in self._all:
            if row.clip:
                self._rows[row.clip] = self._refreshed(row) if row.waits else row
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write the rows, and unlock the folder."""
        try:
            write_file(self._folder / LEDGER, rows_to_json_lines(self.rows))
        finally:
            self._exit_stack.close()

    @property
    def rows(self) -> list[AugmentationRow]:
        """The result of every clip; paths are relative to the folder."""
        return [self._rows.get(row.clip, row) for row in self._all]

    def pending(self) -> list[ReviewItem]:
        """List the clips that wait, in the order of the rows."""
        return [self._item(row) for row in self._rows.values() if row.waits]

    def answer(
        self,
        clip: str,
        label: str | None,
        *,
        labels: tuple[str, ...] = (),
        annotator: str = "",
        note: str = "",
    ) -> AugmentationRow:
        """Label a clip by a person.

        Args:
            clip: Hash of the clip.
            label: A basic emotion or a word for one; None if none is clear.
            labels: More words.
            annotator: Handle of the person.
            note: The reason.

        Raises:
            SettingError: If the clip does not wait, or the label is no emotion.
        """
        row = self._row(clip)
        if not row.waits:
            raise SettingError(f"clip {clip[:12]} does not wait for an answer")
        words = labels
        basic = None if label is None else checked_label(label)
        if label is not None and basic != label:
            words = (label, *labels)
        try:
            answer = ReviewAnswer(
                label=basic,
                labels=tuple(dict.fromkeys(words)),
                annotator=annotator,
                note=note,
            )
        except ValidationError as error:
            raise SettingError(str(error.errors()[0]["msg"])) from error
        resume: Command[Any] = Command(resume=answer.model_dump())
        for _ in self._runs.steps(resume, _config(row), None):
            pass
        self._rows[clip] = self._refreshed(row)
        return self._rows[clip]

    def undo(self, clip: str) -> AugmentationRow:
        """Take back an answer: the clip waits again.

        Raises:
            SettingError: If no person has answered it.
        """
        row = self._row(clip)
        if row.source != "human":
            raise SettingError(f"clip {clip[:12]} has no answer to take back")
        self._runs.rewind(_config(row), "high")
        state = self._runs.state(_config(row)).values
        labelled = state["labelled"]
        provenance = {k: v for k, v in row.provenance.items() if k != "answer"}
        self._rows[clip] = row.model_copy(
            update={
                "label": labelled.label,
                "labels": labelled.labels,
                "kept": False,
                "stage": "review",
                "reason": state["crowd"].reason,
                "source": "affectgraph",
                "provenance": provenance,
            }
        )
        return self._rows[clip]

    def _row(self, clip: str) -> AugmentationRow:
        if clip not in self._rows:
            raise SettingError(f"no clip {clip[:12]} in {self._folder}")
        return self._rows[clip]

    def _refreshed(self, row: AugmentationRow) -> AugmentationRow:
        """Return the row, with the outcome of its run if it has one."""
        state = self._runs.state(_config(row))
        if state.next == ("review",):
            return row
        return row.with_outcome(state.values["outcome"])

    def _item(self, row: AugmentationRow) -> ReviewItem:
        crowd = self._runs.state(_config(row)).values["crowd"]
        return ReviewItem(
            clip=row.clip,
            path=None if row.path is None else (self._folder / row.path).resolve(),
            text=row.text,
            label=row.label or "",
            distribution=row.distribution or {},
            description=row.description,
            reason=row.reason,
            votes=crowd.votes,
        )


def _config(row: AugmentationRow) -> RunnableConfig:
    return {"configurable": {"thread_id": row.provenance["run"]}}
