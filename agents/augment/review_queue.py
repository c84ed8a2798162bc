"""The queue of doubtful clips, and the people who answer it."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command
from pydantic import ValidationError

from affectgraph.agents.annotation.annotator import basic_label
from affectgraph.agents.augment.rows import Row, put, read_rows, written
from affectgraph.agents.augment.runs import LEDGER, held, opened
from affectgraph.graphs.augment.agreement_filter import Vote
from affectgraph.graphs.augment.schema import ReviewAnswer
from affectgraph.tools.emotions import Distribution
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path


class Doubt(Frozen):
    """A clip that waits for a person.

    Attributes:
        clip: Hash of its content, by which it is answered.
        path: The file; None for a bare text.
        text: The words that were given with it.
        label: What the graph takes it for.
        distribution: Over the basic emotions.
        description: The clues of all senses.
        reason: Why it is doubtful.
        votes: What each judge says.
    """

    clip: str
    path: Path | None
    text: str | None
    label: str
    distribution: Distribution
    description: str
    reason: str
    votes: tuple[Vote, ...]


class Queue:
    """Doubtful clips of one augmentation, to be answered one by one.

    An answer resumes the run of its clip and is on the disk when `answer` returns;
    `rows` has what became of every clip. To be used in a `with` statement, by one
    process at a time.

    Examples:
        with Queue(Path("labelled.jsonl.runs")) as queue:
            for doubt in queue.doubts():
                queue.answer(doubt.clip, "sad", annotator="ann")
    """

    def __init__(self, folder: AnyPath) -> None:
        """Name the folder of an augmentation, its `--runs`."""
        self._folder = checked_path("folder", folder)
        self._open = ExitStack()
        self._rows: dict[str, Row] = {}
        self._all: list[Row] = []

    def __enter__(self) -> "Queue":
        """Read the rows.

        Raises:
            SettingError: If there are none, or another process works there.
        """
        ledger = self._folder / LEDGER
        if not ledger.is_file():
            raise SettingError(
                f"{self._folder}: no augmentation was kept there; run affectgraph "
                "augment first, or name its --runs"
            )
        self._open.enter_context(held(self._folder))
        self._runs = opened(self._folder)
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
        """Write the rows, and let others work there."""
        try:
            put(self._folder / LEDGER, written(self.rows))
        finally:
            self._open.close()

    @property
    def rows(self) -> list[Row]:
        """What became of every clip; paths are relative to the folder."""
        return [self._rows.get(row.clip, row) for row in self._all]

    def doubts(self) -> list[Doubt]:
        """The clips that wait, in the order of the rows."""
        return [self._doubt(row) for row in self._rows.values() if row.waits]

    def answer(
        self,
        clip: str,
        label: str | None,
        *,
        labels: tuple[str, ...] = (),
        annotator: str = "",
        note: str = "",
    ) -> Row:
        """Say what a clip is; it is kept as a human label.

        Args:
            clip: Hash of the clip.
            label: A basic emotion or a word for one; None if it shows none clearly.
            labels: Further words.
            annotator: Who says so: a handle.
            note: Why.

        Raises:
            SettingError: If the clip does not wait, or the label is no emotion.
        """
        row = self._known(clip)
        if not row.waits:
            raise SettingError(f"clip {clip[:12]} does not wait for an answer")
        words = labels
        if label is not None and basic_label(label) != label:
            words = (label, *labels)
        try:
            answer = ReviewAnswer(
                label=None if label is None else basic_label(label),
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

    def undo(self, clip: str) -> Row:
        """Take an answer back: the clip waits again.

        Raises:
            SettingError: If no person has answered it.
        """
        row = self._known(clip)
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

    def _known(self, clip: str) -> Row:
        if clip not in self._rows:
            raise SettingError(f"there is no clip {clip[:12]} in {self._folder}")
        return self._rows[clip]

    def _refreshed(self, row: Row) -> Row:
        """The row, decided if its run has gone on."""
        state = self._runs.state(_config(row))
        waits = state.next == ("review",)
        return row if waits else row.decided(state.values["outcome"])

    def _doubt(self, row: Row) -> Doubt:
        crowd = self._runs.state(_config(row)).values["crowd"]
        return Doubt(
            clip=row.clip,
            path=None if row.path is None else (self._folder / row.path).resolve(),
            text=row.text,
            label=row.label or "",
            distribution=row.distribution or {},
            description=row.description,
            reason=row.reason,
            votes=crowd.votes,
        )


def _config(row: Row) -> RunnableConfig:
    return {"configurable": {"thread_id": row.provenance["run"]}}
