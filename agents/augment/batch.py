"""A batch: every clip through the augmentation graph, each at most once.

Two passes. The first describes and labels each clip, which then waits; the second
sifts them, for how long descriptions usually are is learned from all. What a run has
come to is kept in its folder, so that the same command goes on where it was cut off.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, StateSnapshot

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.augment.rows import Row, put, written
from affectgraph.agents.augment.runs import LEDGER, held, opened
from affectgraph.agents.batch.sources import Source, shown
from affectgraph.graphs.augment.nodes import traits_of
from affectgraph.graphs.augment.quality_filter import DescriptionLengths
from affectgraph.graphs.augment.state import AugmentationState
from affectgraph.graphs.persistence.runs import RunStore
from affectgraph.graphs.verdict.state import Context
from affectgraph.tools.errors import ClipError, SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_path

UNKNOWN = "unknown"


@dataclass
class Augmented:
    """What came of a batch.

    Attributes:
        rows: One a clip, in the order of the sources; paths are relative to the folder
            of the run.
        names: Of their sources, by hash of the clip.
        copies: Sources whose content another source has too, and that one.
    """

    rows: list[Row] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    copies: list[tuple[str, str]] = field(default_factory=list)


def augment(
    agent: EmotionAgent,
    todo: Sequence[Source],
    runs: AnyPath,
    *,
    licence: str = UNKNOWN,
    step: Callable[[str], None] = lambda _: None,
) -> Augmented:
    """Label and sift clips.

    A clip that cannot be used fails alone.

    Args:
        agent: With the senses, the memory and the language model to use.
        todo: The clips.
        runs: Folder of what the run has come to; taken up if it is there.
        licence: Terms of the clips.
        step: Told after every clip of either pass which of the passes it was.

    Raises:
        SettingError: If the folder cannot be used, or another process works in it.
        WeightsError: If weights that a clip needs cannot be had.
    """
    runs = checked_path("runs", runs)
    if not all(isinstance(source, Source) for source in todo):
        raise SettingError("todo: pass what batch.sources.found(PATHS) gives")
    with held(runs):
        work = _Work(agent, opened(runs), runs, licence)
        found = work.done(todo, step)
        put(runs / LEDGER, written(found.rows))
    return found


@dataclass(frozen=True)
class _Work:
    agent: EmotionAgent
    runs: RunStore
    folder: Path
    licence: str

    def done(self, todo: Sequence[Source], step: Callable[[str], None]) -> Augmented:
        found = Augmented()
        ends: list[tuple[Source, Row | StateSnapshot]] = []
        for source in todo:
            try:
                sha256, state = self._described(source)
            except ClipError as error:
                ends.append((source, self._failed(source, error)))
            else:
                if sha256 in found.names:
                    found.copies.append((source.name, found.names[sha256]))
                else:
                    found.names[sha256] = source.name
                    ends.append((source, state))
            step("described")
        lengths = _lengths(end for _, end in ends)
        for source, end in ends:
            row = end if isinstance(end, Row) else self._row(source, end, lengths)
            found.rows.append(row)
            step("sifted")
        return found

    def _described(self, source: Source) -> tuple[str, StateSnapshot]:
        """How far a clip has come when it is described, at least."""
        context, config = self._begun(source)
        state = self.runs.state(config)
        if not state.values or (state.next and not state.interrupts):
            start = None if state.values else {"clip": context.clip.info}
            state = self._advanced(start, config, context)
        return context.clip.sha256, state

    def _row(
        self, source: Source, state: StateSnapshot, lengths: DescriptionLengths
    ) -> Row:
        """The row of a clip, sifted if it is not yet."""
        if state.next == ("gather",):
            try:
                context, config = self._begun(source)
            except ClipError as error:
                return self._failed(source, error)
            resume: Command[Any] = Command(resume=lengths.model_dump())
            state = self._advanced(resume, config, context)
        return self._told(source, state)

    def _begun(self, source: Source) -> tuple[Context, RunnableConfig]:
        """What the run of a clip works with, and its name: by clip and settings."""
        if source.path is not None and shown(source.path) != str(source.path):
            raise ClipError(f"{source.name}: its name is no UTF-8; rename the file")
        clip = source.open()
        clip.artifacts = self.runs.artifacts(clip.sha256)
        context = self.agent.context(clip)
        settings = [
            dict(context.settings),
            dict(context.weights),
            context.reasoner.name if context.reasoner else "none",
            context.version,
        ]
        told = json.dumps(settings, sort_keys=True, default=str)
        name = f"{clip.sha256[:32]}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
        return context, {"configurable": {"thread_id": name}}

    def _advanced(
        self, start: Any, config: RunnableConfig, context: Context
    ) -> StateSnapshot:
        for _ in self.runs.steps(start, config, context):
            pass
        return self.runs.state(config)

    def _told(self, source: Source, state: StateSnapshot) -> Row:
        known = cast(AugmentationState, state.values)
        labelled = known["labelled"]
        row = Row(
            path=self._path(source),
            text=source.text,
            clip=known["clip"].sha256,
            label=labelled.label,
            distribution=labelled.distribution,
            labels=labelled.labels,
            sentiment=labelled.sentiment,
            description=known["description"].text,
            kept=False,
            stage="review",
            reason=known["crowd"].reason if "crowd" in known else "",
            provenance=self._provenance(known, state),
        )
        return row.decided(known["outcome"]) if "outcome" in known else row

    def _provenance(
        self, known: AugmentationState, state: StateSnapshot
    ) -> dict[str, Any]:
        filters = {
            name: known[name].model_dump(mode="json")
            for name in ("low", "crowd")
            if name in known
        }
        evidence = known.get("evidence", [])
        reasoner = self.agent.reasoner
        return {
            "version": metadata.version("affectgraph"),
            "run": state.config["configurable"]["thread_id"],
            "tools": {name: one.state for name, one in known["modalities"].items()},
            "models": {p.provenance.model: p.provenance.sha256 for p in evidence}
            | (reasoner.weights if reasoner else {}),
            "reasoner": reasoner.name if reasoner else "none",
            "described_by": known["description"].written_by,
            "filters": filters,
            "notes": known.get("notes", []),
            "licence": self.licence,
        }

    def _failed(self, source: Source, error: ClipError) -> Row:
        told = str(error)
        return Row(
            path=self._path(source),
            text=source.text,
            kept=False,
            stage="failed",
            reason=told if source.name in told else f"{source.name}: {told}",
        )

    def _path(self, source: Source) -> str | None:
        if source.path is None:
            return None
        row = Row(path=shown(source.path), kept=False, stage="failed", reason="-")
        return row.moved(Path(), self.folder).path


def _lengths(ends: Iterable[Row | StateSnapshot]) -> DescriptionLengths:
    traits = [
        traits_of(cast(AugmentationState, end.values))
        for end in ends
        if not isinstance(end, Row)
    ]
    return DescriptionLengths.fit((one.kind, one.words) for one in traits)
