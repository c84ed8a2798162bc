"""Export and import of cases: JSON lines or Parquet, by the file's suffix."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, ValidationError

from affectgraph.memory import parquet_format
from affectgraph.memory.case import Array, Case, Space, Vectors
from affectgraph.tools.errors import MemoryStoreError, SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.atomic_write import atomic_write
from affectgraph.tools.io.reading import read_lines

JSONL, PARQUET = ".jsonl", ".parquet"
VectorCheck = Callable[[Space, Array], object]


class SpacedVector(Frozen):
    """A vector [d] and its space."""

    space: Space
    values: tuple[float, ...] = Field(min_length=1)


class ExportedCase(Frozen):
    """One row: a case and its vectors."""

    case: Case
    vectors: tuple[SpacedVector, ...] = ()


def write_cases(path: Path, cases: Iterable[tuple[Case, Vectors]]) -> int:
    """Write cases to a file atomically; returns how many.

    Raises:
        SettingError: If the suffix is unknown, or Parquet is not installed.
        MemoryStoreError: If the file cannot be written.
    """
    write = parquet_format.write_rows if _suffix(path) == PARQUET else _write_lines
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

    Raises:
        SettingError: If the suffix is unknown, or Parquet is not installed.
        MemoryStoreError: If it cannot be read, or a row is not a case; names the row.
    """
    lines = partial(read_lines, error_type=MemoryStoreError)
    read = parquet_format.read_rows if _suffix(path) == PARQUET else lines
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
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the row"
        problem = f"{field}: {first['msg']}"
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
