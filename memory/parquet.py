"""Cases as a Parquet file: one row a case, as `exchange` reads and writes it."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from affectgraph.memory.case import Case, Vectors
from affectgraph.tools.errors import SettingError

_ROWS = 1_000  # rows in a group, so that a large file never fills the memory


def write(path: Path, cases: Iterable[tuple[Case, Vectors]]) -> int:
    """Write cases; returns how many.

    Raises:
        SettingError: If pyarrow is not installed.
        OSError: If the file cannot be written.
    """
    arrow, parquet = arrow_and_parquet()
    schema, rest, written = _schema(arrow), iter(cases), 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while group := [_row(*pair) for pair in islice(rest, _ROWS)]:
            writer.write_table(arrow.Table.from_pylist(group, schema=schema))
            written += len(group)
    return written


def read(path: Path) -> Iterator[tuple[int, Any]]:
    """Read rows, numbered from 1: what makes an `exchange.Record`.

    Raises:
        SettingError: If pyarrow is not installed.
        OSError: If the file cannot be read, or is another.
    """
    arrow, parquet = arrow_and_parquet()
    try:
        with parquet.ParquetFile(path) as file:
            if not file.schema_arrow.equals(_schema(arrow)):
                raise OSError("its columns are not those that export writes")
            batches = file.iter_batches(batch_size=_ROWS)
            rows = (row for batch in batches for row in batch.to_pylist())
            yield from enumerate(rows, 1)
    except arrow.ArrowException as error:
        raise OSError(f"not a whole Parquet file: {error}") from error


def _row(case: Case, vectors: Vectors) -> dict[str, Any]:
    spaced = [
        {"space": space.model_dump(), "values": vector}
        for space, vector in vectors.items()
    ]
    return {"case": case.model_dump(), "vectors": spaced}


def _schema(arrow: Any) -> Any:
    text = arrow.string()
    fields = {
        name: text for name in Case.model_fields if name not in ("labels", "created")
    }
    fields["labels"] = arrow.list_(text)
    fields["created"] = arrow.timestamp("us", tz="UTC")
    space = arrow.struct({"modality": text, "model": text})
    vector = arrow.struct({"space": space, "values": arrow.list_(arrow.float32())})
    return arrow.schema({"case": arrow.struct(fields), "vectors": arrow.list_(vector)})


def arrow_and_parquet() -> tuple[Any, Any]:
    """The modules `pyarrow` and `pyarrow.parquet`.

    Raises:
        SettingError: If they are not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise SettingError(
            "Parquet is not installed: run pip install 'affectgraph[parquet]', or "
            "use a file that ends in .jsonl"
        ) from error
    return pyarrow, parquet
