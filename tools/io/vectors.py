"""Read vectors from untrusted `.npy` and `.npz` files.

Only float32 [d] is read. A regular expression parses the header, as numpy evaluates it.
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
from affectgraph.tools.io.reading import ErrorType, read_bytes

Vector = NDArray[np.float32]

MAX_BYTES = 32 << 20
MAX_MEMBERS = 10_000
# Version 1 of the format, with the header that `numpy.save` writes for float32 [d].
_NPY_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '<f4', 'fortran_order': False, "
    rb"'shape': \((\d{1,9}),\), \} *\n",
    re.DOTALL,
)
_DIRECTORY_ENTRY = b"PK\x01\x02"
# Everything that `zipfile` raises for a file that is damaged, encrypted or no archive.
_ARCHIVE_ERRORS = (
    ValueError, EOFError, OSError, RuntimeError, struct.error, zipfile.BadZipFile
)  # fmt: skip


def read_npy(path: Path, error_type: ErrorType) -> Vector:
    """The vector [d] in a `.npy` file."""
    try:
        return _parse_npy(read_bytes(path, error_type, max_bytes=MAX_BYTES))
    except ValueError as error:
        raise error_type(f"{path}: cannot be read ({error})") from error


def read_npz(
    path: Path, names: Iterable[str], error_type: ErrorType
) -> dict[str, Vector]:
    """Vectors [d] of an uncompressed `.npz` file, as `numpy.savez` writes it.

    Args:
        path: The file.
        names: Names of the wanted vectors.
        error_type: Type of the error if it cannot be used.
    """
    content = read_bytes(path, error_type, max_bytes=MAX_BYTES)
    try:
        # Checked before the directory is read: it may have many small entries.
        if content.count(_DIRECTORY_ENTRY) > MAX_MEMBERS:
            raise ValueError(f"over {MAX_MEMBERS} members")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.getinfo(f"{name}.npy") for name in names}
            if any(m.compress_type != zipfile.ZIP_STORED for m in members.values()):
                raise ValueError("a vector is compressed")
            # Members may overlap, and together claim more than the size of the file.
            if sum(m.file_size for m in members.values()) > MAX_BYTES:
                raise ValueError("its vectors claim more than it has")
            return {n: _parse_npy(archive.read(m)) for n, m in members.items()}
    except KeyError as error:
        raise error_type(
            f"{path}: the vectors in it are damaged (one is gone)"
        ) from error
    except _ARCHIVE_ERRORS as error:
        reason = one_line(error)
        raise error_type(f"{path}: the vectors in it are damaged ({reason})") from error


def _parse_npy(content: bytes) -> Vector:
    header = _NPY_HEADER.match(content)
    if header is None:
        raise ValueError("not a vector of 32-bit numbers")
    count, body = int(header[1]), content[header.end() :]
    if len(body) != 4 * count:
        raise ValueError(f"{len(body)} bytes for {count} numbers")
    return np.frombuffer(body, "<f4").astype(np.float32)
