"""Arrays and shared results of a run, outside graph state and passed by key."""

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
from affectgraph.tools.io.vectors import Vector, read_npy
from affectgraph.tools.timeout import checkpoint

T = TypeVar("T")

_MAX_CACHED_ITEMS = 24


class EmbeddingStore(Protocol):
    """Storage for the embeddings of a clip that outlives this process."""

    def put(self, key: str, vector: Vector) -> None:
        """Store a vector [d]; it replaces an earlier one."""

    def get(self, key: str) -> Vector | None:
        """The vector [d] stored under a key, if there is one."""


class FolderEmbeddingStore:
    """Embeddings in a folder, one file each."""

    def __init__(self, folder: Path) -> None:
        """Store embeddings in `folder`, created with the first one."""
        self._folder = folder

    def put(self, key: str, vector: Vector) -> None:
        """Store a vector [d]; it replaces an earlier one."""
        make_folder(self._folder)
        with atomic_write(self._file(key)) as partial, partial.open("wb") as file:
            np.save(file, vector, allow_pickle=False)

    def get(self, key: str) -> Vector | None:
        """The vector [d] stored under a key, if there is one."""
        file = self._file(key)
        return read_npy(file, MemoryStoreError) if file.exists() else None

    def _file(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.npy"


class Artifacts:
    """Results that senses compute once and share, and embeddings that are stored.

    Shared results (`compute_once`) are in a bounded cache in memory. Embeddings (`put`)
    also go to a store if there is one, so that another process that resumes the run
    finds them.
    """

    def __init__(self, store: EmbeddingStore | None = None) -> None:
        self._store = store
        self._cache: OrderedDict[str, object] = OrderedDict()
        self._vectors: dict[str, Vector] = {}
        self._cache_lock = threading.Lock()
        self._key_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def compute_once(self, key: str, compute: Callable[[], T]) -> T:
        """Compute a value at its first use; other threads wait for it meanwhile."""
        checkpoint()
        with self._cache_lock:
            key_lock = self._key_locks[key]
        with key_lock:
            with self._cache_lock:
                if key in self._cache:
                    self._cache.move_to_end(key)
                    return cast(T, self._cache[key])
            value = compute()
            with self._cache_lock:
                self._cache[key] = value
                while len(self._cache) > _MAX_CACHED_ITEMS:
                    self._key_locks.pop(self._cache.popitem(last=False)[0], None)
            return value

    def put(self, key: str, vector: NDArray[Any]) -> str:
        """Store an embedding under a key, and return the key."""
        embedding = np.asarray(vector, dtype=np.float32)
        self._vectors[key] = embedding
        if self._store is not None:
            self._store.put(key, embedding)
        return key

    def get(self, key: str) -> Vector:
        """The embedding stored under a key.

        Raises:
            KeyError: If there is none.
        """
        if key not in self._vectors:
            vector = self._store.get(key) if self._store is not None else None
            if vector is None:
                raise KeyError(key)
            self._vectors[key] = vector
        return self._vectors[key]

    def of_modality(self, modality: str) -> dict[str, Vector]:
        """Embeddings of one modality in this process; keys are `KIND/MODALITY...`."""
        vectors = self._vectors.copy()
        return {k: v for k, v in vectors.items() if k.split("/")[1:2] == [modality]}
