"""Accepted clips as cases of the memory."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from langchain_core.runnables import RunnableConfig

from affectgraph.agents.annotation.annotator import Annotator
from affectgraph.agents.augment.rows import AugmentationRow
from affectgraph.agents.augment.runs import open_runs
from affectgraph.memory import Case, Memory, Vectors
from affectgraph.memory.clip_vectors import clip_vectors
from affectgraph.tools.io.arguments import AnyPath, checked_path


def add_to_memory(
    rows: Iterable[AugmentationRow], folder: AnyPath, memory: Memory
) -> int:
    """Store accepted clips as cases, with the vectors of their runs.

    Args:
        rows: Results of the augmentation; clips without vectors are skipped.
        folder: Of the runs.
        memory: Where cases are added; cases that it has are skipped.

    Returns:
        Number of new cases.

    Raises:
        MemoryStoreError: If the memory cannot be written.
    """
    folder = checked_path("folder", folder)
    return memory.add_all(_cases([row for row in rows if row.kept], folder))


def _cases(
    rows: Iterable[AugmentationRow], folder: Path
) -> Iterator[tuple[Case, Vectors]]:
    runs = open_runs(folder)
    for row in rows:
        config: RunnableConfig = {"configurable": {"thread_id": row.provenance["run"]}}
        state = runs.state(config).values
        clip, evidence = state["clip"], state["evidence"]
        vectors = clip_vectors(runs.artifacts(clip.sha256), evidence)
        if vectors and row.label is not None:
            by = Annotator(
                name=row.provenance.get("answer", {}).get("annotator", ""),
                label_source=row.source,
                licence=row.provenance["licence"],
            )
            yield by.case(clip, evidence, row.label, row.labels), vectors
