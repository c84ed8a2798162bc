"""Vectors as numpy writes them, read without trusting the file: `.npy` and `.npz`.

Nothing but float32 [d] is read, and its header by a pattern, not by what evaluates it.
"""

import io
import re
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.errors import one_line
from affectgraph.tools.io.reading import Refusal, read_bytes

Vector = NDArray[np.float32]

MAX_BYTES = 32 << 20
MAX_MEMBERS = 10_000
# Version 1 of the format, and the header that `numpy.save` writes for float32 [d].
_START = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '<f4', 'fortran_order': False, "
    rb"'shape': \((\d{1,9}),\), \} *\n",
    re.DOTALL,
)
_IN_DIRECTORY = b"PK\x01\x02"
# All that `zipfile` raises over an archive that is none, damaged or encrypted.
_DAMAGED = (
    ValueError, EOFError, OSError, RuntimeError, struct.error, zipfile.BadZipFile
)  # fmt: skip


def read_npy(path: Path, refusal: Refusal) -> Vector:
    """The vector [d] in a `.npy` file.

    Raises:
        AffectgraphError: Of that type, if it holds anything else.
    """
    try:
        return _parsed(read_bytes(path, refusal, max_bytes=MAX_BYTES))
    except ValueError as error:
        raise refusal(f"{path}: cannot be read ({error})") from error


def read_npz(path: Path, names: Iterable[str], refusal: Refusal) -> dict[str, Vector]:
    """Vectors [d] of an uncompressed `.npz` file, as `numpy.savez` writes it.

    Args:
        path: The file.
        names: Those wanted.
        refusal: Type of the error if it cannot be used.

    Raises:
        AffectgraphError: Of that type, if one is missing or is anything else.
    """
    content = read_bytes(path, refusal, max_bytes=MAX_BYTES)
    try:
        # Before the directory is read: its entries are small, and there may be many.
        if content.count(_IN_DIRECTORY) > MAX_MEMBERS:
            raise ValueError(f"over {MAX_MEMBERS} members")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.getinfo(f"{name}.npy") for name in names}
            if any(one.compress_type != zipfile.ZIP_STORED for one in members.values()):
                raise ValueError("a vector is compressed")
            # Members may overlap, and claim more than the whole file.
            if sum(one.file_size for one in members.values()) > MAX_BYTES:
                raise ValueError("its vectors claim more than it has")
            return {n: _parsed(archive.read(one)) for n, one in members.items()}
    except KeyError as error:
        raise refusal(f"{path}: the vectors in it are damaged (one is gone)") from error
    except _DAMAGED as error:
        reason = one_line(error)
        raise refusal(f"{path}: the vectors in it are damaged ({reason})") from error


def _parsed(content: bytes) -> Vector:
    start = _START.match(content)
    if start is None:
        raise ValueError("not a vector of 32-bit numbers")
    count, body = int(start[1]), content[start.end() :]
    if len(body) != 4 * count:
        raise ValueError(f"{len(body)} bytes for {count} numbers")
    return np.frombuffer(body, "<f4").astype(np.float32)
