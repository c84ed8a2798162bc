"""The seed memory: labelled vectors that come with the package, read-only.

Its card, README.md, describes it. It holds vectors, labels, licences and sources; no
media, no names of persons, and no words that anyone said or wrote.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import TypeAdapter

from affectgraph.memory import representation
from affectgraph.memory.backends.sqlite.case_store import SqliteCaseStore
from affectgraph.memory.case import Array, Case, Space
from affectgraph.tools.errors import MemoryStoreError
from affectgraph.tools.io.atomic_write import atomic_write, atomic_write_text

CASES = "cases.json"
VECTORS = "vectors.npz"
MANIFEST = "manifest.json"
_FILES = (CASES, VECTORS)


class SeedCases(NamedTuple):
    """Cases [n] with one vector each in the same space, float [n, d]."""

    space: Space
    cases: Sequence[Case]
    vectors: Array


@cache
def seed_store() -> SqliteCaseStore:
    """The seed memory as a case store in memory, loaded once."""
    store = SqliteCaseStore()
    for seed in _shipped():
        store.add(
            (case, {seed.space: vector})
            for case, vector in zip(seed.cases, seed.vectors, strict=True)
        )
    return store


@cache
def seed_background_cosines() -> dict[Space, float]:
    """Mean cosine of two cases with different labels, by space."""
    cosines = {seed.space: _background_cosine(seed) for seed in _shipped()}
    return {**representation.background_cosines(), **cosines}


@cache
def _shipped() -> tuple[SeedCases, ...]:
    return tuple(read_seed(resources.files(__name__)))


def _background_cosine(seed: SeedCases) -> float:
    unit = seed.vectors / np.linalg.norm(seed.vectors, axis=1, keepdims=True)
    labels = np.array([case.label for case in seed.cases])
    return float((unit @ unit.T)[labels[:, None] != labels].mean())


def write_seed(folder: Path, seeds: Sequence[SeedCases]) -> None:
    """Write seed cases in half precision, with a manifest of hashes."""
    lines = [case.model_dump_json() for seed in seeds for case in seed.cases]
    atomic_write_text(folder / CASES, "[\n" + ",\n".join(lines) + "\n]\n")
    arrays: dict[str, Any] = {
        seed.space.modality: seed.vectors.astype(np.float16) for seed in seeds
    }
    with atomic_write(folder / VECTORS) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **arrays)
    manifest = {
        "spaces": [seed.space.model_dump() for seed in seeds],
        "sha256": {name: _sha256((folder / name).read_bytes()) for name in _FILES},
    }
    atomic_write_text(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n")


def read_seed(folder: Traversable) -> Iterator[SeedCases]:
    """Read seed cases in the order in which `write_seed` wrote them."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        files = {name: (folder / name).read_bytes() for name in _FILES}
    except (OSError, ValueError) as error:
        raise _damaged(folder, str(error)) from error
    for name, content in files.items():
        if manifest["sha256"][name] != _sha256(content):
            raise _damaged(folder, f"{name} was changed")
    cases = iter(TypeAdapter(list[Case]).validate_json(files[CASES]))
    with np.load(BytesIO(files[VECTORS]), allow_pickle=False) as arrays:
        for fields in manifest["spaces"]:
            space = Space.model_validate(fields)
            vectors = arrays[space.modality].astype(np.float32)
            yield SeedCases(space, list(islice(cases, len(vectors))), vectors)


def _damaged(folder: Traversable, reason: str) -> MemoryStoreError:
    return MemoryStoreError(
        f"the seed memory in {folder} is damaged ({reason}): install affectgraph again"
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
