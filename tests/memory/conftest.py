"""Fixtures of the memory tests: cases, spaces, vectors and memories."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from affectgraph.memory import Case, Memory, Space

FACE = Space(modality="face", model="f" * 64)
VOICE = Space(modality="prosody", model="e" * 64)


@pytest.fixture
def face() -> Space:
    return FACE


@pytest.fixture
def voice() -> Space:
    return VOICE


@pytest.fixture
def case() -> Callable[..., Case]:
    """A case about the clip of that number."""

    def make(number: int, label: str = "happy", **fields: object) -> Case:
        return Case(sha256=f"{number:064x}", label=label, **fields)

    return make


@pytest.fixture
def towards() -> Callable[..., NDArray[np.float32]]:
    """A vector at that many degrees from the first axis."""

    def make(degrees: float) -> NDArray[np.float32]:
        angle = np.radians(degrees)
        return np.array([np.cos(angle), np.sin(angle), 0.0], np.float32)

    return make


@pytest.fixture(params=["folder", pytest.param("postgresql", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a memory may be: a folder, then a database on a server."""
    if request.param == "folder":
        return tmp_path / "memory"
    address: str = request.getfixturevalue("database")
    return address


@pytest.fixture
def memory(place: Path | str) -> Iterator[Memory]:
    """An empty memory in each place."""
    memory = Memory(place, seed=False)
    yield memory
    memory.close()
