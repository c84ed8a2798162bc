"""Cases as a Parquet file, one row per case."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from affectgraph.memory.case import Case, Vectors
from affectgraph.tools.errors import MemoryStoreError, SettingError, one_line
from affectgraph.tools.io.reading import open_regular

# Rows in a group, to bound memory for large files.
_GROUP_ROWS = 1_000
_MAX_GROUP_BYTES = 256 << 20
# Caps on names and lists in the footer, which is read first.
_FOOTER_CAPS = {
    "thrift_string_size_limit": 1 << 24,
    "thrift_container_size_limit": 1 << 20,
}


def write_rows(path: Path, cases: Iterable[tuple[Case, Vectors]]) -> int:
    """Write cases; returns how many.

    Raises:
        SettingError: If pyarrow is not installed.
        OSError: If the file cannot be written.
    """
    arrow, parquet = arrow_and_parquet()
    schema, remaining, count = _schema(arrow), iter(cases), 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while group := [_row(*pair) for pair in islice(remaining, _GROUP_ROWS)]:
            writer.write_table(arrow.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count


def read_rows(path: Path) -> Iterator[tuple[int, Any]]:
    """Rows of a file, numbered from 1, with the fields of an `ExportedCase`.

    Raises:
        SettingError: If pyarrow is not installed.
        MemoryStoreError: If the file cannot be read, or `export` did not write it.
    """
    arrow, parquet = arrow_and_parquet()
    try:
        with (
            open_regular(path, MemoryStoreError, max_bytes=None) as raw,
            parquet.ParquetFile(raw, **_FOOTER_CAPS) as file,
        ):
            _check(path, file, arrow)
            batches = file.iter_batches(batch_size=_GROUP_ROWS)
            rows = (row for batch in batches for row in batch.to_pylist())
            yield from enumerate(rows, 1)
    except (arrow.ArrowException, OSError, ValueError, OverflowError) as error:
        raise MemoryStoreError(
            f"{path} cannot be read (not a whole Parquet file: {one_line(error)}): "
            "give a file that export wrote"
        ) from error


def _check(path: Path, file: Any, arrow: Any) -> None:
    """Refuse other columns, and groups of rows that are too large for memory."""
    if not file.schema_arrow.equals(_schema(arrow)):
        raise MemoryStoreError(
            f"{path} cannot be read (its columns are not those that export writes): "
            "give a file that export wrote"
        )
    groups = (file.metadata.row_group(n) for n in range(file.metadata.num_row_groups))
    if any(group.total_byte_size > _MAX_GROUP_BYTES for group in groups):
        raise MemoryStoreError(
            f"{path} cannot be read (over {_MAX_GROUP_BYTES >> 20} MiB in a group of "
            "rows): give a file that export wrote"
        )


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
