"""Augmentation of many clips by the augmentation graph, each clip once.

There are two passes. The first describes and labels each clip, whose run then waits;
the second filters them, since the usual length of descriptions is learned from all.
Runs are stored in a folder, so that the same command continues an interrupted one.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, StateSnapshot

from affectgraph import __version__
from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.augment.rows import (
    LEDGER,
    AugmentationRow,
    lock_folder,
    open_runs,
    rows_to_json_lines,
    write_file,
)
from affectgraph.agents.batch.sources import ClipSource
from affectgraph.graphs.augment.nodes import traits_of
from affectgraph.graphs.augment.quality_filter import DescriptionLengths
from affectgraph.graphs.augment.schema import AugmentationState
from affectgraph.graphs.persistence.runs import RunStore
from affectgraph.graphs.verdict.state import Context
from affectgraph.tools.errors import ClipError, SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.sanitize import printable_path

UNKNOWN = "unknown"


@dataclass
class AugmentationResult:
    """Result of an augmentation.

    Attributes:
        rows: One per clip, in the order of the sources; paths are relative to the
            folder of the runs.
        names: Of the sources, by hash of the clip.
        copies: Sources with the same content as another one, and that one.
    """

    rows: list[AugmentationRow] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    copies: list[tuple[str, str]] = field(default_factory=list)


def augment(
    agent: EmotionAgent,
    sources: Sequence[ClipSource],
    runs: AnyPath,
    *,
    licence: str = UNKNOWN,
    step: Callable[[str], None] = lambda _: None,
) -> AugmentationResult:
    """Label and filter clips; a clip that cannot be used fails alone.

    Args:
        agent: Has the senses, the memory and the language model to use.
        sources: The clips.
        runs: Folder that stores the runs; an interrupted augmentation continues.
        licence: Of the clips.
        step: Called after every clip with the name of the pass.

    Raises:
        SettingError: If the folder cannot be used, or another process uses it.
        WeightsError: If weights that a clip needs cannot be fetched.
    """
    runs = checked_path("runs", runs)
    if not all(isinstance(source, ClipSource) for source in sources):
        raise SettingError("sources: pass what batch.sources.find_clips(PATHS) gives")
    with lock_folder(runs):
        augmentation = _Augmentation(agent, open_runs(runs), runs, licence)
        result = augmentation.run(sources, step)
        write_file(runs / LEDGER, rows_to_json_lines(result.rows))
    return result


@dataclass(frozen=True)
class _Augmentation:
    agent: EmotionAgent
    runs: RunStore
    folder: Path
    licence: str

    def run(
        self, sources: Sequence[ClipSource], step: Callable[[str], None]
    ) -> AugmentationResult:
        result = AugmentationResult()
        ends: list[tuple[ClipSource, AugmentationRow | StateSnapshot]] = []
        for source in sources:
            try:
                sha256, state = self._describe(source)
            except ClipError as error:
                ends.append((source, self._failed_row(source, error)))
            else:
                if sha256 in result.names:
                    result.copies.append((source.name, result.names[sha256]))
                else:
                    result.names[sha256] = source.name
                    ends.append((source, state))
            step("described")
        lengths = _lengths(end for _, end in ends)
        for source, end in ends:
            row = (
                end
                if isinstance(end, AugmentationRow)
                else self._row(source, end, lengths)
            )
            result.rows.append(row)
            step("sifted")
        return result

    def _describe(self, source: ClipSource) -> tuple[str, StateSnapshot]:
        """Run a clip at least until it is described: its hash, and the state."""
        context, config = self._prepare(source)
        state = self.runs.state(config)
        if not state.values or (state.next and not state.interrupts):
            start = None if state.values else {"clip": context.clip.info}
            state = self._advance(start, config, context)
        return context.clip.sha256, state

    def _row(
        self, source: ClipSource, state: StateSnapshot, lengths: DescriptionLengths
    ) -> AugmentationRow:
        """Run a clip through the filters, and return its row."""
        if state.next == ("gather",):
            try:
                context, config = self._prepare(source)
            except ClipError as error:
                return self._failed_row(source, error)
            resume: Command[Any] = Command(resume=lengths.model_dump())
            state = self._advance(resume, config, context)
        return self._state_row(source, state)

    def _prepare(self, source: ClipSource) -> tuple[Context, RunnableConfig]:
        """Return the context of a run, and its name, made of clip and settings."""
        if source.path is not None and printable_path(source.path) != str(source.path):
            raise ClipError(f"{source.name}: its name is not UTF-8; rename the file")
        clip = source.open()
        clip.artifacts = self.runs.artifacts(clip.sha256)
        context = self.agent.context(clip)
        settings = [
            dict(context.settings),
            dict(context.weights),
            context.reasoner.name if context.reasoner else "none",
            context.version,
        ]
        encoded = json.dumps(settings, sort_keys=True, default=str)
        name = f"{clip.sha256[:32]}-{hashlib.sha256(encoded.encode()).hexdigest()[:8]}"
        return context, {"configurable": {"thread_id": name}}

    def _advance(
        self, start: Any, config: RunnableConfig, context: Context
    ) -> StateSnapshot:
        for _ in self.runs.steps(start, config, context):
            pass
        return self.runs.state(config)

    def _state_row(self, source: ClipSource, state: StateSnapshot) -> AugmentationRow:
        values = cast(AugmentationState, state.values)
        labelled = values["labelled"]
        row = AugmentationRow(
            path=self._path(source),
            text=source.text,
            clip=values["clip"].sha256,
            label=labelled.label,
            distribution=labelled.distribution,
            labels=labelled.labels,
            sentiment=labelled.sentiment,
            description=values["description"].text,
            kept=False,
            stage="review",
            reason=values["crowd"].reason if "crowd" in values else "",
            provenance=self._provenance(values, state),
        )
        return row.with_outcome(values["outcome"]) if "outcome" in values else row

    def _provenance(
        self, values: AugmentationState, state: StateSnapshot
    ) -> dict[str, Any]:
        filters = {
            name: values[name].model_dump(mode="json")
            for name in ("low", "crowd")
            if name in values
        }
        evidence = values.get("evidence", [])
        reasoner = self.agent.reasoner
        return {
            "version": __version__,
            "run": state.config["configurable"]["thread_id"],
            "tools": {
                name: status.state for name, status in values["modalities"].items()
            },
            "models": {p.provenance.model: p.provenance.sha256 for p in evidence}
            | (reasoner.weights if reasoner else {}),
            "reasoner": reasoner.name if reasoner else "none",
            "described_by": values["description"].written_by,
            "filters": filters,
            "notes": values.get("notes", []),
            "licence": self.licence,
        }

    def _failed_row(self, source: ClipSource, error: ClipError) -> AugmentationRow:
        message = str(error)
        return AugmentationRow(
            path=self._path(source),
            text=source.text,
            kept=False,
            stage="failed",
            reason=message if source.name in message else f"{source.name}: {message}",
        )

    def _path(self, source: ClipSource) -> str | None:
        if source.path is None:
            return None
        row = AugmentationRow(
            path=printable_path(source.path), kept=False, stage="failed", reason="-"
        )
        return row.moved(Path(), self.folder).path


def _lengths(ends: Iterable[AugmentationRow | StateSnapshot]) -> DescriptionLengths:
    traits = [
        traits_of(cast(AugmentationState, end.values))
        for end in ends
        if not isinstance(end, AugmentationRow)
    ]
    return DescriptionLengths.fit((trait.kind, trait.words) for trait in traits)
