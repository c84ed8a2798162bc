"""Arrays of a run, kept outside graph state and passed by key."""

import hashlib
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.errors import MemoryStoreError
from affectgraph.tools.io.atomic_write import atomic_write, make_folder
from affectgraph.tools.io.vectors import read_npy
from affectgraph.tools.timeout import checkpoint

T = TypeVar("T")
Vector = NDArray[np.float32]

_CACHED_ITEMS = 24


class Vault(Protocol):
    """Where the vectors of a clip outlive this process."""

    def put(self, key: str, vector: Vector) -> None:
        """Keep a vector [d]; it takes the place of an earlier one."""

    def get(self, key: str) -> Vector | None:
        """The vector [d] kept under a key, if there is one."""


class FolderVault:
    """Vectors in a folder, a file each."""

    def __init__(self, folder: Path) -> None:
        """Keep vectors in `folder`, made when there is one."""
        self._folder = folder

    def put(self, key: str, vector: Vector) -> None:
        """Keep a vector [d]; it takes the place of an earlier one."""
        make_folder(self._folder)
        with atomic_write(self._file(key)) as partial, partial.open("wb") as file:
            np.save(file, vector, allow_pickle=False)

    def get(self, key: str) -> Vector | None:
        """The vector [d] kept under a key, if there is one."""
        file = self._file(key)
        return read_npy(file, MemoryStoreError) if file.exists() else None

    def _file(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.npy"


class Artifacts:
    """What senses compute once and share, and the vectors that outlive them.

    Shared work (`once`) is a bounded cache in memory. Vectors (`keep`) go to a vault
    where one is given, so that a run resumed by another process still finds them.
    """

    def __init__(self, vault: Vault | None = None) -> None:
        self._vault = vault
        self._shared: OrderedDict[str, object] = OrderedDict()
        self._vectors: dict[str, Vector] = {}
        self._guard = threading.Lock()
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Compute a value at its first use; others asking meanwhile wait for it."""
        checkpoint()
        with self._guard:
            lock = self._locks[key]
        with lock:
            with self._guard:
                if key in self._shared:
                    self._shared.move_to_end(key)
                    return cast(T, self._shared[key])
            value = make()
            with self._guard:
                self._shared[key] = value
                while len(self._shared) > _CACHED_ITEMS:
                    self._locks.pop(self._shared.popitem(last=False)[0], None)
            return value

    def keep(self, key: str, vector: NDArray[Any]) -> str:
        """Keep a vector under a key, and return the key."""
        kept = np.asarray(vector, dtype=np.float32)
        self._vectors[key] = kept
        if self._vault is not None:
            self._vault.put(key, kept)
        return key

    def kept(self, key: str) -> Vector:
        """The vector kept under a key.

        Raises:
            KeyError: If there is none.
        """
        if key not in self._vectors:
            vector = self._vault.get(key) if self._vault is not None else None
            if vector is None:
                raise KeyError(key)
            self._vectors[key] = vector
        return self._vectors[key]

    def kept_by(self, modality: str) -> dict[str, Vector]:
        """The vectors of one sense here: their keys are `KIND/MODALITY`, and more."""
        vectors = self._vectors.copy()
        return {k: v for k, v in vectors.items() if k.split("/")[1:2] == [modality]}
