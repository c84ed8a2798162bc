"""Find weights files: in this package, the cache, or an installed distribution."""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import platformdirs

from affectgraph.tools.errors import WeightsMissingError, WeightsTamperedError
from affectgraph.tools.weights.manifest import (
    FILES,
    WeightsEntry,
    WheelSource,
    entry,
    file_sha256,
    group_entries,
)

_verified: set[Path] = set()
_verify_lock = threading.Lock()


def cache_folder() -> Path:
    """Folder of fetched weights: in `AFFECTGRAPH_CACHE`, or the user's cache folder."""
    root = os.environ.get("AFFECTGRAPH_CACHE")
    return Path(root or platformdirs.user_cache_dir("affectgraph")) / "weights"


def find(entry: WeightsEntry) -> Path | None:
    """The file on this machine; None if it is missing.

    A file of the right size is preferred. The hash is not checked.
    """
    paths = [FILES / entry.name, cache_folder() / entry.name, *_installed(entry)]
    files = [path for path in paths if path.is_file()]
    complete = [file for file in files if file.stat().st_size == entry.bytes]
    return next(iter(complete or files), None)


def missing(names: Iterable[str]) -> list[WeightsEntry]:
    """Entries of these files or groups that are missing on this machine."""
    entries = dict.fromkeys(e for name in names for e in group_entries(name))
    return [entry for entry in entries if find(entry) is None]


def verify(entry: WeightsEntry) -> Path:
    """Check the hash of the file on this machine, and return its path.

    Raises:
        WeightsMissingError: If it is missing.
        WeightsTamperedError: If it does not match the manifest.
    """
    file = find(entry)
    if file is None:
        raise WeightsMissingError(
            f"{entry.name}: weights missing ({entry.bytes / 1e6:.0f} MB); "
            f"run 'affectgraph weights fetch {entry.name.split('/')[0]}'"
        )
    if file_sha256(file) != entry.sha256:
        raise WeightsTamperedError(
            f"{file}: does not match the manifest (SHA-256 differs); "
            f"delete it and run 'affectgraph weights fetch {entry.name}'"
        )
    return file


def path(name: str) -> Path:
    """Path of a verified file; each file is hashed once per process."""
    wanted = entry(name)
    with _verify_lock:
        file = find(wanted)
        if file is None or file not in _verified:
            file = verify(wanted)
            _verified.add(file)
        return file


def folder(name: str) -> Path:
    """Folder of the verified files of a group."""
    files = [path(member.name) for member in group_entries(name)]
    parents = {file.parent for file in files}
    if len(parents) == 1:
        return parents.pop()
    raise WeightsMissingError(
        f"{name}: its files are in different folders; "
        f"run 'affectgraph weights fetch {name}'"
    )


def _installed(entry: WeightsEntry) -> Iterator[Path]:
    """Paths of the file in installed distributions that contain it whole."""
    for source in entry.sources:
        if not isinstance(source, WheelSource) or len(source.parts) != 1:
            continue
        part = source.parts[0]
        name, _, version = part.requirement.partition("==")
        with suppress(metadata.PackageNotFoundError):
            distribution = metadata.distribution(name)
            if distribution.version == version:
                yield Path(str(distribution.locate_file(part.member)))
