"""Cases and vectors to try a memory with."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from affectgraph.memory import Case, Space

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
