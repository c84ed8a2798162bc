"""Cases as JSON lines: one object a line, the case and its vectors as lists."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from affectgraph.memory.case import Array, Case, Space, Vectors
from affectgraph.tools.errors import MemoryStoreError
from affectgraph.tools.evidence import Frozen


class SpacedVector(Frozen):
    """A vector [d] and the space that it lies in."""

    space: Space
    values: tuple[float, ...]


class Record(Frozen):
    """One line: a case and its vectors."""

    case: Case
    vectors: tuple[SpacedVector, ...] = ()


def write(path: Path, cases: Iterable[tuple[Case, Vectors]]) -> int:
    """Write cases to a file, which appears when it is complete; returns how many.

    Raises:
        MemoryStoreError: If the file cannot be written.
    """
    written = 0
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, suffix=".tmp", encoding="utf-8", delete=False
        ) as file:
            for case, vectors in cases:
                file.write(_record(case, vectors).model_dump_json() + "\n")
                written += 1
        os.replace(file.name, path)
    except OSError as error:
        raise MemoryStoreError(
            f"{path} cannot be written ({error.strerror}): choose another place"
        ) from error
    return written


def read(path: Path) -> Iterator[tuple[Case, dict[Space, Array]]]:
    """Read cases from a file, line by line.

    Raises:
        MemoryStoreError: If it cannot be read, or a line is no case; names the line.
    """
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _case(path, number, line)
    except (OSError, UnicodeDecodeError) as error:
        raise MemoryStoreError(
            f"{path} cannot be read ({error}): give a file of JSON lines"
        ) from error


def _record(case: Case, vectors: Vectors) -> Record:
    return Record(
        case=case,
        vectors=tuple(
            SpacedVector(space=space, values=tuple(map(_short, vector)))
            for space, vector in vectors.items()
        ),
    )


def _short(value: np.float32) -> float:
    # Nine digits bring back the same float32; a double's seventeen are half noise.
    return float(f"{value:.9g}")


def _case(path: Path, number: int, line: str) -> tuple[Case, dict[Space, Array]]:
    try:
        record = Record.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the line"
        raise MemoryStoreError(
            f"{path}, line {number}: {where}: {first['msg']}; mend it and import again"
        ) from error
    return record.case, {
        vector.space: np.asarray(vector.values, np.float32) for vector in record.vectors
    }
