"""Nearest-neighbour index of the vectors of one space, exact or approximate."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from affectgraph.memory.case import Array
from affectgraph.memory.vector_table import Batch
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.io.atomic_write import atomic_write
from affectgraph.tools.io.reading import check_regular

FLAT_BELOW = 50_000

# faiss's 64-bit ids hold the label above the key. A search within one label is then a
# search within a range of ids, which faiss supports natively.
_LABEL_SHIFT = 48
_KEY_MASK = (1 << _LABEL_SHIFT) - 1


class Hit(NamedTuple):
    """Key of a vector found, and its approximate cosine similarity."""

    key: int
    cosine: float


def inverted_lists_for(vectors: int) -> int:
    """Number of inverted lists for so many vectors; 0 for exact, flat search.

    faiss's guidelines recommend four times the square root. It is rounded to a power
    of two, so that a growing index is rebuilt only after it has grown fourfold.
    """
    if vectors < FLAT_BELOW:
        return 0
    return 1 << round(math.log2(4.0 * math.sqrt(vectors)))


class VectorIndex:
    """Cosine similarity over keyed, labelled vectors of one dimension.

    Below `FLAT_BELOW` vectors the search is exact. From there on it is an inverted
    file of half-precision vectors (Sivic & Zisserman, 2003), searched in a quarter of
    its lists, 512 at most. A graph (HNSW) answers faster, but takes ten times as long
    to build and cannot delete.

    Attributes:
        lists: Number of inverted lists; 0 when flat.
        newest: Greatest key ever added.
        removed: How many vectors the database had removed at the last update.
        unsaved_changes: Number of changes since it was last saved.
    """

    def __init__(
        self, faiss_index: Any, *, lists: int, newest: int = 0, removed: int = 0
    ) -> None:
        """Wrap a faiss index; use `build` or `load` to get one."""
        self._index = faiss_index
        self.lists = lists
        self.newest = newest
        self.removed = removed
        self.unsaved_changes = 0

    @classmethod
    def build(
        cls, dimension: int, total: int, batches: Callable[[], Iterable[Batch]]
    ) -> "VectorIndex":
        """Build an index of the kind that suits its size.

        Args:
            dimension: Length d of the vectors.
            total: Approximate number of vectors.
            batches: Streams all vectors; called twice if lists have to be learned.
        """
        lists = inverted_lists_for(total)
        if not lists:
            index = cls(_faiss().IndexIDMap2(_faiss().IndexFlatIP(dimension)), lists=0)
        else:
            inner = _faiss().index_factory(
                dimension, f"IVF{lists},SQfp16", _faiss().METRIC_INNER_PRODUCT
            )
            step = max(1, total // (48 * lists))
            sample = [normalize(batch.vectors[::step]) for batch in batches()]
            inner.train(np.concatenate(sample))
            inner.nprobe = min(lists // 4, 512)
            index = cls(inner, lists=lists)
        for batch in batches():
            index.add(batch)
        return index

    def __len__(self) -> int:
        """Number of vectors."""
        return int(self._index.ntotal)

    @property
    def keys(self) -> NDArray[np.int64]:
        """Keys of all vectors, ascending."""
        return np.sort(self._ids() & _KEY_MASK)

    def _ids(self) -> NDArray[np.int64]:
        if not self.lists:
            flat: NDArray[np.int64] = _faiss().vector_to_array(self._index.id_map)
            return flat
        inverted = self._index.invlists
        sizes = [inverted.list_size(number) for number in range(self.lists)]
        ids = [
            _faiss().rev_swig_ptr(inverted.get_ids(number), size)
            for number, size in enumerate(sizes)
            if size
        ]
        return np.concatenate(ids) if ids else np.empty(0, np.int64)

    def add(self, batch: Batch) -> None:
        """Add vectors with keys above `newest`, ascending."""
        ids = np.asarray(batch.keys, np.int64)
        codes = [BASIC_EMOTIONS.index(label) for label in batch.labels]
        ids |= np.asarray(codes, np.int64) << _LABEL_SHIFT
        self._index.add_with_ids(normalize(batch.vectors), ids)
        self.newest = int(batch.keys[-1])
        self.unsaved_changes += len(ids)

    def remove(self, keys: NDArray[np.int64]) -> None:
        """Delete vectors; unknown keys are ignored."""
        if not keys.size:
            return
        ids = self._ids()
        self._index.remove_ids(ids[np.isin(ids & _KEY_MASK, keys)])
        self.unsaved_changes += keys.size

    def search(self, vector: Array, k: int, *, label: str | None = None) -> list[Hit]:
        """The nearest k, best first; fewer where there are fewer.

        Args:
            vector: float32 [d], not all zero.
            k: Maximum number of vectors.
            label: Search only vectors with this label.
        """
        count = min(k, len(self))
        if not count:
            return []
        cosines, ids = self._index.search(
            normalize(vector[None]), count, params=self._search_parameters(label)
        )
        return [
            Hit(int(id_) & _KEY_MASK, float(cosine))
            for id_, cosine in zip(ids[0], cosines[0], strict=True)
            if id_ >= 0
        ]

    def _search_parameters(self, label: str | None) -> Any:
        faiss = _faiss()
        if label is None:
            return None
        code = BASIC_EMOTIONS.index(label)
        selector = faiss.IDSelectorRange(code << _LABEL_SHIFT, code + 1 << _LABEL_SHIFT)
        if not self.lists:
            return faiss.SearchParameters(sel=selector)
        return faiss.SearchParametersIVF(sel=selector, nprobe=self._index.nprobe)

    def save(self, path: Path, *, checksum: int) -> None:
        """Write it atomically: a reader sees either the old file or the new one.

        Args:
            path: The file.
            checksum: Of its newest vector in the database; `load` compares it.
        """
        payload = _faiss().serialize_index(self._index).tobytes()
        header = {
            "lists": self.lists,
            "newest": self.newest,
            "removed": self.removed,
            "check": checksum,
            "digest": _digest(payload),
        }
        with atomic_write(path) as partial, partial.open("wb") as file:
            file.write(json.dumps(header).encode() + b"\n")
            file.write(payload)
        self.unsaved_changes = 0

    @classmethod
    def load(
        cls, path: Path, *, checksum: Callable[[int], int]
    ) -> "VectorIndex | None":
        """Read a saved index; None if it is missing, damaged or of another database.

        Args:
            path: The file.
            checksum: Gives the checksum of the vector in the database with a key.
        """
        try:
            check_regular(path)
            line, _, payload = path.read_bytes().partition(b"\n")
            header = json.loads(line)
            if header["digest"] != _digest(payload):
                return None
            if header["check"] != checksum(header["newest"]):
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return cls(
            _faiss().deserialize_index(np.frombuffer(payload, np.uint8)),
            lists=header["lists"],
            newest=header["newest"],
            removed=header["removed"],
        )


def _faiss() -> Any:
    import faiss

    # A single query gains nothing from threads, and idle ones spin. The setting holds
    # for the calling thread alone, so it is made each time.
    faiss.omp_set_num_threads(1)
    return faiss


def normalize(vectors: Array) -> Array:
    """Vectors [n, d] scaled to unit length."""
    # In double precision, where no square of a float32 overflows or becomes zero.
    doubles = vectors.astype(np.float64)
    doubles /= np.linalg.norm(doubles, axis=1, keepdims=True)
    return doubles.astype(np.float32)


def _digest(payload: bytes) -> str:
    return hashlib.blake2b(payload, digest_size=16).hexdigest()
