"""Batch results as a Parquet file, one row per clip."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from affectgraph.agents.batch.ledger import LedgerLine
from affectgraph.memory.parquet_format import arrow_and_parquet
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import LedgerError
from affectgraph.tools.io.atomic_write import atomic_write

_GROUP_ROWS = 1_000
_TEXTS = ("label", "abstention_reason", "explanation", "explanation_source")
_NUMBERS = ("confidence", "valence", "arousal")
_LISTS = ("labels", "prediction_set")


def write_table(path: Path, lines: Iterable[LedgerLine]) -> None:
    """Write a table atomically, in place of an earlier one.

    Its columns are the fields of a line with `verdict` as JSON, the most useful fields
    of the verdict, and the probability of each basic emotion.

    Raises:
        LedgerError: If it cannot be written.
        SettingError: If pyarrow is not installed.
    """
    arrow, parquet = arrow_and_parquet()
    schema, rows = _schema(arrow), _rows(lines)
    try:
        with (
            atomic_write(path) as partial,
            parquet.ParquetWriter(partial, schema, compression="zstd") as writer,
        ):
            while group := list(islice(rows, _GROUP_ROWS)):
                writer.write_table(arrow.Table.from_pylist(group, schema=schema))
    except OSError as error:
        reason = error.strerror or error
        raise LedgerError(f"{path}: cannot be written ({reason})") from error


def _rows(lines: Iterable[LedgerLine]) -> Iterator[dict[str, Any]]:
    for line in lines:
        verdict = line.verdict or {}
        yield {
            **line.model_dump(exclude={"verdict"}),
            **{name: verdict.get(name) for name in (*_TEXTS, *_NUMBERS, *_LISTS)},
            **verdict.get("distribution", {}),
            "verdict": json.dumps(verdict, ensure_ascii=False) if verdict else None,
        }


def _schema(arrow: Any) -> Any:
    text, number = arrow.string(), arrow.float64()
    columns = dict.fromkeys(("source", "key", "clip", "error"), text)
    columns |= dict.fromkeys(("seconds", "cpu_seconds"), number)
    columns |= dict.fromkeys(_TEXTS, text) | dict.fromkeys(_NUMBERS, number)
    columns |= dict.fromkeys(_LISTS, arrow.list_(text))
    columns |= dict.fromkeys(BASIC_EMOTIONS, number)
    return arrow.schema({**columns, "verdict": text})
