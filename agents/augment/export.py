"""Export of rows: JSON lines of all clips; CSV, ShareGPT and cases of accepted ones."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from langchain_core.runnables import RunnableConfig

from affectgraph.agents.annotation import Annotator
from affectgraph.agents.augment.rows import (
    AugmentationRow,
    open_runs,
    rows_to_json_lines,
    write_file,
)
from affectgraph.agents.evaluation.manifest import AUGMENTATION_COLUMNS
from affectgraph.memory import Case, Memory, Vectors
from affectgraph.memory.clip_vectors import clip_vectors
from affectgraph.tools.clip.media_folder import IMAGE, SOUND
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_path

Format = Literal["jsonl", "csv", "sharegpt"]

_SUFFIXES: dict[str, Format] = {".jsonl": "jsonl", ".csv": "csv", ".json": "sharegpt"}
_QUESTION = "Which emotion does the person express, and by which clues?"
_MEDIA = {"image": IMAGE.split(), "audio": SOUND.split()}


def write_rows(
    rows: Sequence[AugmentationRow], file: AnyPath, how: Format | None = None
) -> None:
    """Write rows atomically.

    Args:
        rows: With paths relative to the folder of the file.
        file: The file to write.
        how: The format; chosen by the suffix of the file if None.

    Raises:
        SettingError: If the format is unknown, or the file cannot be written.
    """
    file = checked_path("file", file)
    kept = [row for row in rows if row.kept]
    match how or format_from_suffix(file):
        case "jsonl":
            write_file(file, rows_to_json_lines(rows))
        case "csv":
            write_file(file, _csv(kept))
        case "sharegpt":
            turns = [_conversation(row) for row in kept]
            write_file(file, json.dumps(turns, ensure_ascii=False, indent=1) + "\n")


def format_from_suffix(file: Path) -> Format:
    """Return the format of a file suffix."""
    if file.suffix.lower() not in _SUFFIXES:
        formats = ", ".join(get_args(Format))
        raise SettingError(
            f"{file}: name a file that ends in {', '.join(_SUFFIXES)}, or pass "
            f"--format: {formats}"
        )
    return _SUFFIXES[file.suffix.lower()]


def _csv(rows: Sequence[AugmentationRow]) -> str:
    """Format rows as a manifest of `evaluate` and `memory add`, with more columns."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["path", "text", "label", *AUGMENTATION_COLUMNS])
    for row in rows:
        fields = row.model_dump(mode="json")
        table.writerow(
            [row.path or "", row.text or "", row.label]
            + [_cell(fields[name]) for name in AUGMENTATION_COLUMNS]
        )
    return text.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _conversation(row: AugmentationRow) -> dict[str, Any]:
    """Format a row as question and answer, as fine-tuning tools read it."""
    question, media = _QUESTION, {}
    if row.path is not None:
        kind = _kind(row.path)
        question = f"<{kind}>{question}"
        media = {f"{kind}s": [row.path]}
    if row.text is not None:
        question = f"{question}\n{row.text}"
    answer = f"{row.description}\n{', '.join(row.labels)}"
    return {
        "conversations": [
            {"from": "human", "value": question},
            {"from": "gpt", "value": answer.strip()},
        ],
        **media,
        "label": row.label,
        "source": row.source,
        "clip": row.clip,
        "provenance": row.provenance,
    }


def _kind(path: str) -> str:
    suffix = Path(path).suffix.lower().removeprefix(".")
    return next((kind for kind, ends in _MEDIA.items() if suffix in ends), "video")


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
