"""An index of the vectors of one space: finds the nearest, exactly or nearly so."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from affectgraph.memory.case import Array
from affectgraph.memory.store import Batch
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.io.atomic_write import atomic_write
from affectgraph.tools.io.reading import check_regular

FLAT_BELOW = 50_000

# The label sits above the key in faiss's 64-bit ids, so that a search within one label
# is a search within a range of ids, which faiss does natively.
_LABEL_SHIFT = 48
_KEY_MASK = (1 << _LABEL_SHIFT) - 1


class Hit(NamedTuple):
    """A vector found, by key, with its approximate cosine similarity."""

    key: int
    cosine: float


def lists_for(vectors: int) -> int:
    """How many inverted lists so many vectors want; 0 means exact, flat search.

    Four times the square root, as faiss's guidelines have it, as a power of two: so
    that a growing index is rebuilt only at every fourfold.
    """
    if vectors < FLAT_BELOW:
        return 0
    return 1 << round(math.log2(4.0 * math.sqrt(vectors)))


class VectorIndex:
    """Cosine similarity over keyed, labelled vectors of one dimension.

    Below `FLAT_BELOW` vectors the search is exact. From there on it is an inverted
    file of half-precision vectors (Sivic & Zisserman, 2003), searched in a quarter of
    its lists, 512 at most. A graph (HNSW) answers sooner, but takes ten times as long
    to build and cannot delete.

    Attributes:
        lists: Number of inverted lists; 0 when flat.
        newest: Greatest key ever added.
        removed: How many the store had removed when this was last brought in step.
        unsaved: How many changes were made since it was last saved.
    """

    def __init__(
        self, faiss_index: Any, *, lists: int, newest: int = 0, removed: int = 0
    ) -> None:
        """Wrap a faiss index; use `build` or `load` to get one."""
        self._index = faiss_index
        self.lists = lists
        self.newest = newest
        self.removed = removed
        self.unsaved = 0

    @classmethod
    def build(
        cls, dimension: int, total: int, batches: Callable[[], Iterable[Batch]]
    ) -> "VectorIndex":
        """Make an index of the kind that suits its size.

        Args:
            dimension: Length d of the vectors.
            total: How many are about to come, roughly.
            batches: Streams all vectors; called twice where lists must be learned.
        """
        lists = lists_for(total)
        if not lists:
            made = cls(_faiss().IndexIDMap2(_faiss().IndexFlatIP(dimension)), lists=0)
        else:
            inner = _faiss().index_factory(
                dimension, f"IVF{lists},SQfp16", _faiss().METRIC_INNER_PRODUCT
            )
            step = max(1, total // (48 * lists))
            sample = [unit(batch.vectors[::step]) for batch in batches()]
            inner.train(np.concatenate(sample))
            inner.nprobe = min(lists // 4, 512)
            made = cls(inner, lists=lists)
        for batch in batches():
            made.add(batch)
        return made

    def __len__(self) -> int:
        """Number of vectors held."""
        return int(self._index.ntotal)

    @property
    def keys(self) -> NDArray[np.int64]:
        """Keys of all vectors held, ascending."""
        return np.sort(self._names() & _KEY_MASK)

    def _names(self) -> NDArray[np.int64]:
        if not self.lists:
            flat: NDArray[np.int64] = _faiss().vector_to_array(self._index.id_map)
            return flat
        inverted = self._index.invlists
        sizes = [inverted.list_size(number) for number in range(self.lists)]
        listed = [
            _faiss().rev_swig_ptr(inverted.get_ids(number), size)
            for number, size in enumerate(sizes)
            if size
        ]
        return np.concatenate(listed) if listed else np.empty(0, np.int64)

    def add(self, batch: Batch) -> None:
        """Take in vectors with keys above `newest`, ascending."""
        names = np.asarray(batch.keys, np.int64)
        codes = [BASIC_EMOTIONS.index(label) for label in batch.labels]
        names |= np.asarray(codes, np.int64) << _LABEL_SHIFT
        self._index.add_with_ids(unit(batch.vectors), names)
        self.newest = int(batch.keys[-1])
        self.unsaved += len(names)

    def remove(self, keys: NDArray[np.int64]) -> None:
        """Delete vectors; keys that are not there are passed over."""
        if not keys.size:
            return
        names = self._names()
        self._index.remove_ids(names[np.isin(names & _KEY_MASK, keys)])
        self.unsaved += keys.size

    def search(self, vector: Array, k: int, *, label: str | None = None) -> list[Hit]:
        """The nearest k, best first; fewer where there are fewer.

        Args:
            vector: float32 [d], of any length but zero.
            k: How many.
            label: Only among those so labelled.
        """
        found = min(k, len(self))
        if not found:
            return []
        cosines, names = self._index.search(
            unit(vector[None]), found, params=self._within(label)
        )
        return [
            Hit(int(name) & _KEY_MASK, float(cosine))
            for name, cosine in zip(names[0], cosines[0], strict=True)
            if name >= 0
        ]

    def _within(self, label: str | None) -> Any:
        faiss = _faiss()
        if label is None:
            return None
        code = BASIC_EMOTIONS.index(label)
        chosen = faiss.IDSelectorRange(code << _LABEL_SHIFT, code + 1 << _LABEL_SHIFT)
        if not self.lists:
            return faiss.SearchParameters(sel=chosen)
        return faiss.SearchParametersIVF(sel=chosen, nprobe=self._index.nprobe)

    def save(self, path: Path, *, check: int) -> None:
        """Write it in one stroke: a reader sees the old file or the new one, whole.

        Args:
            path: Where to.
            check: What ties it to the database; `load` gives it back.
        """
        payload = _faiss().serialize_index(self._index).tobytes()
        header = {
            "lists": self.lists,
            "newest": self.newest,
            "removed": self.removed,
            "check": check,
            "digest": _digest(payload),
        }
        with atomic_write(path) as partial, partial.open("wb") as file:
            file.write(json.dumps(header).encode() + b"\n")
            file.write(payload)
        self.unsaved = 0

    @classmethod
    def load(cls, path: Path, *, check: Callable[[int], int]) -> "VectorIndex | None":
        """Read a saved index; None if it is missing, damaged or of another database.

        Args:
            path: Where it was saved.
            check: What should tie it to the database, from its newest key.
        """
        try:
            check_regular(path)
            line, _, payload = path.read_bytes().partition(b"\n")
            header = json.loads(line)
            if header["digest"] != _digest(payload):
                return None
            if header["check"] != check(header["newest"]):
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

    # A single question gains nothing from threads, and waiting ones burn the
    # processor. The number holds for the calling thread alone, so it is set each time.
    faiss.omp_set_num_threads(1)
    return faiss


def unit(vectors: Array) -> Array:
    """Vectors [n, d] cut or stretched to length one."""
    # In double precision, where the square of no float32 overflows or vanishes.
    wide = vectors.astype(np.float64)
    wide /= np.linalg.norm(wide, axis=1, keepdims=True)
    return wide.astype(np.float32)


def _digest(payload: bytes) -> str:
    return hashlib.blake2b(payload, digest_size=16).hexdigest()
