"""Export and import of cases: JSON lines or Parquet, by the file's suffix."""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, ValidationError

from affectgraph.memory.case import Array, Case, Space, Vectors
from affectgraph.tools.errors import (
    MemoryStoreError,
    SettingError,
    first_problem,
    one_line,
)
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.extras import arrow_and_parquet
from affectgraph.tools.io.atomic_write import atomic_write
from affectgraph.tools.io.reading import open_regular, read_lines

JSONL, PARQUET = ".jsonl", ".parquet"
VectorCheck = Callable[[Space, Array], object]

# Fields that files of version 0.1 lack.
_NEW_FIELDS = ("correction", "pooled")
# Rows in a group, to bound memory for large files.
_GROUP_ROWS = 1_000
_MAX_GROUP_BYTES = 256 << 20
# Caps on names and lists in the footer, which is read first.
_FOOTER_CAPS = {
    "thrift_string_size_limit": 1 << 24,
    "thrift_container_size_limit": 1 << 20,
}


class SpacedVector(Frozen):
    """A vector [d] and its space."""

    space: Space
    values: tuple[float, ...] = Field(min_length=1)


class ExportedCase(Frozen):
    """One row: a case and its vectors."""

    case: Case
    vectors: tuple[SpacedVector, ...] = ()


def write_cases(path: Path, cases: Iterable[tuple[Case, Vectors]]) -> int:
    """Write cases to a file atomically; returns how many."""
    write = write_rows if _suffix(path) == PARQUET else _write_lines
    try:
        with atomic_write(path) as partial:
            count = write(partial, cases)
    except OSError as error:
        raise MemoryStoreError(
            f"{path} cannot be written ({error.strerror}): choose another place"
        ) from error
    return count


def read_cases(
    path: Path, check: VectorCheck
) -> Iterator[tuple[Case, dict[Space, Array]]]:
    """Read cases from a file, row by row.

    Args:
        path: The file.
        check: Raises a `MemoryStoreError` for a vector that cannot be stored.
    """
    lines = partial(read_lines, error_type=MemoryStoreError)
    read = read_rows if _suffix(path) == PARQUET else lines
    dimensions: dict[Space, int] = {}
    for number, row in read(path):
        yield _parse(f"{path}, row {number}", row, check, dimensions)


def _parse(
    place: str, row: Any, check: VectorCheck, dimensions: dict[Space, int]
) -> tuple[Case, dict[Space, Array]]:
    parse = (
        ExportedCase.model_validate_json
        if isinstance(row, str)
        else ExportedCase.model_validate
    )
    try:
        return _checked(parse(row), check, dimensions)
    except ValidationError as error:
        problem = first_problem(error, "the row")
    except MemoryStoreError as error:
        problem = str(error)
    raise MemoryStoreError(f"{place}: {problem}; correct it and import again")


def _checked(
    record: ExportedCase, check: VectorCheck, dimensions: dict[Space, int]
) -> tuple[Case, dict[Space, Array]]:
    vectors = {v.space: np.asarray(v.values, "<f4") for v in record.vectors}
    for space, vector in vectors.items():
        check(space, vector)
        dimension = dimensions.setdefault(space, vector.size)
        if dimension != vector.size:
            raise MemoryStoreError(
                f"a vector of {space} has {vector.size} numbers, those before it have "
                f"{dimension}"
            )
    return record.case, vectors


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (JSONL, PARQUET):
        raise SettingError(f"{path}: name a file that ends in {JSONL} or {PARQUET}")
    return suffix


def _write_lines(path: Path, cases: Iterable[tuple[Case, Vectors]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for case, vectors in cases:
            file.write(_record(case, vectors).model_dump_json() + "\n")
            count += 1
    return count


def _record(case: Case, vectors: Vectors) -> ExportedCase:
    return ExportedCase(
        case=case,
        vectors=tuple(
            SpacedVector(space=space, values=tuple(map(_shortest_float, vector)))
            for space, vector in vectors.items()
        ),
    )


def _shortest_float(value: np.float32) -> float:
    # Nine digits restore the same float32; a double would print seventeen.
    return float(f"{value:.9g}")


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
    """Rows of a file, numbered from 1, with the fields of an `ExportedCase`."""
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
    known = (_schema(arrow), _schema(arrow, without=_NEW_FIELDS))
    if not any(file.schema_arrow.equals(schema) for schema in known):
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


def _schema(arrow: Any, without: Collection[str] = ()) -> Any:
    text = arrow.string()
    types = {
        "labels": arrow.list_(text),
        "created": arrow.timestamp("us", tz="UTC"),
        "correction": arrow.bool_(),
        "pooled": arrow.list_(arrow.float64()),
    }
    names = [name for name in Case.model_fields if name not in types]
    fields = {
        name: types.get(name, text) for name in (*names, *types) if name not in without
    }
    space = arrow.struct({"modality": text, "model": text})
    vector = arrow.struct({"space": space, "values": arrow.list_(arrow.float32())})
    return arrow.schema({"case": arrow.struct(fields), "vectors": arrow.list_(vector)})
