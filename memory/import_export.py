"""Cases in a file, to be carried elsewhere: JSON lines or Parquet, by its suffix."""

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

LINES, PARQUET = ".jsonl", ".parquet"
Check = Callable[[Space, Array], object]


class SpacedVector(Frozen):
    """A vector [d] and the space that it lies in."""

    space: Space
    values: tuple[float, ...] = Field(min_length=1)


class ExportedCase(Frozen):
    """One row: a case and its vectors."""

    case: Case
    vectors: tuple[SpacedVector, ...] = ()


def write(path: Path, cases: Iterable[tuple[Case, Vectors]]) -> int:
    """Write cases to a file, which appears when it is complete; returns how many.

    Raises:
        SettingError: If the suffix is unknown, or Parquet is not installed.
        MemoryStoreError: If the file cannot be written.
    """
    put = parquet_format.write if _suffix(path) == PARQUET else _write_lines
    try:
        with atomic_write(path) as partial:
            written = put(partial, cases)
    except OSError as error:
        raise MemoryStoreError(
            f"{path} cannot be written ({error.strerror}): choose another place"
        ) from error
    return written


def read(path: Path, check: Check) -> Iterator[tuple[Case, dict[Space, Array]]]:
    """Read cases from a file, row by row.

    Args:
        path: The file.
        check: Raises a `MemoryStoreError` where a vector cannot be kept.

    Raises:
        SettingError: If the suffix is unknown, or Parquet is not installed.
        MemoryStoreError: If it cannot be read, or a row is no case; names the row.
    """
    lines = partial(read_lines, refusal=MemoryStoreError)
    get = parquet_format.read if _suffix(path) == PARQUET else lines
    lengths: dict[Space, int] = {}
    for number, row in get(path):
        yield _parsed(f"{path}, row {number}", row, check, lengths)


def _parsed(
    place: str, row: Any, check: Check, lengths: dict[Space, int]
) -> tuple[Case, dict[Space, Array]]:
    parse = (
        ExportedCase.model_validate_json
        if isinstance(row, str)
        else ExportedCase.model_validate
    )
    try:
        return _checked(parse(row), check, lengths)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the row"
        what = f"{where}: {first['msg']}"
    except MemoryStoreError as error:
        what = str(error)
    raise MemoryStoreError(f"{place}: {what}; mend it and import again")


def _checked(
    record: ExportedCase, check: Check, lengths: dict[Space, int]
) -> tuple[Case, dict[Space, Array]]:
    vectors = {one.space: np.asarray(one.values, "<f4") for one in record.vectors}
    for space, vector in vectors.items():
        check(space, vector)
        known = lengths.setdefault(space, vector.size)
        if known != vector.size:
            raise MemoryStoreError(
                f"a vector of {space} has {vector.size} numbers, those before {known}"
            )
    return record.case, vectors


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (LINES, PARQUET):
        raise SettingError(f"{path}: name a file that ends in {LINES} or {PARQUET}")
    return suffix


def _write_lines(path: Path, cases: Iterable[tuple[Case, Vectors]]) -> int:
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for case, vectors in cases:
            file.write(_record(case, vectors).model_dump_json() + "\n")
            written += 1
    return written


def _record(case: Case, vectors: Vectors) -> ExportedCase:
    return ExportedCase(
        case=case,
        vectors=tuple(
            SpacedVector(space=space, values=tuple(map(_short, vector)))
            for space, vector in vectors.items()
        ),
    )


def _short(value: np.float32) -> float:
    # Nine digits bring back the same float32; a double's seventeen are half noise.
    return float(f"{value:.9g}")
