"""A folder of cases with its indexes, kept in step: what any process adds is found."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock

from affectgraph.memory.backends.sqlite.database import Sqlite
from affectgraph.memory.backends.sqlite.db_errors import explained
from affectgraph.memory.case import Array, Case, Space, Vectors
from affectgraph.memory.index import Hit, VectorIndex, lists_for
from affectgraph.memory.store import SpaceState, Store
from affectgraph.tools.errors import NotErasedError

DATABASE = "cases.sqlite"


class Folder:
    """A shelf that is a folder, with a database of cases and an index for each space.

    The database alone holds the truth. An index that is missing, stale, damaged or
    outgrown is rebuilt from it, by the search that needs it.

    Attributes:
        folder: Where it is; None for one kept in memory.
        store: Its database.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Open a shelf, made if need be; None keeps it in memory only.

        Raises:
            MemoryStoreError: If the database cannot be used.
        """
        self.folder = folder
        self.store = Store(Sqlite(folder / DATABASE if folder else None))
        self._indexes: dict[Space, VectorIndex] = {}
        self._turn = threading.RLock()
        self._lock = FileLock((folder or Path()) / "indexes.lock")

    def close(self) -> None:
        """Let go of the database."""
        self.store.database.close()

    def index(self, vectors: int) -> str:
        """The kind of index that so many vectors get: `flat` or `ivf`."""
        return "ivf" if lists_for(vectors) else "flat"

    def add(self, cases: Iterable[tuple[Case, Vectors]]) -> int:
        """Add cases; see `Store.add`."""
        return self.store.add(cases)

    def forget(self, ids: Iterable[str], *, clips: Iterable[str] = ()) -> int:
        """Delete from the database and from every index, saved ones included.

        Arguments are those of `Store.forget`. What an earlier call left half done is
        finished, whatever is named now.

        Raises:
            NotErasedError: If another process goes on reading the database, or there
                is a copy of it that a repair set aside.
        """
        with self._turn:
            try:
                count = self.store.forget(ids, clips=clips)
            finally:
                self._erase_from_indexes()
        self._refuse_copies()
        return count

    def _erase_from_indexes(self) -> None:
        with self._saving():
            for space in self.store.spaces():
                path = self.index_path(space)
                index = self._in_step(space) if path and path.exists() else None
                if index and index.unsaved:
                    self._save(space, index)

    def _refuse_copies(self) -> None:
        if self.folder is None:
            return
        own = {DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"}
        there = {path.name for path in self.folder.glob(f"*{DATABASE}*")}
        if copies := sorted(there - own):
            raise NotErasedError(
                f"{self.folder}: what was forgotten may still be in "
                f"{', '.join(copies)}, which a repair left there: delete that and run "
                "the same again"
            )

    def nearest(
        self, space: Space, vector: Array, k: int, *, label: str | None = None
    ) -> list[Hit]:
        """The nearest vectors of a space, best first.

        Args:
            space: Where to look; an unknown one holds nothing.
            vector: float32 [d].
            k: At most so many.
            label: Only cases of that label.

        Raises:
            MemoryStoreError: If the vector is of the wrong dimension.
        """
        vector = self.store.fitting(space, vector)
        with self._turn:
            index = self._in_step(space)
            return index.search(vector, k, label=label) if index else []

    def saved(self, space: Space) -> VectorIndex | None:
        """The saved index of a space, if it is whole and of this very database.

        Vectors added since are not in it yet; ones removed since are taken out.
        """
        path = self.index_path(space)
        if path is None:
            return None
        index = VectorIndex.load(
            path, check=lambda newest: self.store.checksum(space, newest)
        )
        if index is None:
            return None
        there = self.store.keys(space)
        index.remove(np.setdiff1d(index.keys, there))
        complete = len(index) == int((there <= index.newest).sum())
        return index if complete else None

    def _in_step(self, space: Space) -> VectorIndex | None:
        state = self.store.state(space)
        if state is None or not state.vectors:
            self._drop(space)
            return None
        index = self._indexes.get(space) or self.saved(space)
        if index is None or lists_for(state.vectors) > index.lists:
            index = VectorIndex.build(
                state.dimension, state.vectors, lambda: self.store.vectors(space)
            )
        else:
            self._catch_up(space, index, state)
        index.removed = state.removed
        self._indexes[space] = index
        # Saved at every twentieth of growth: a fixed share of the work of adding.
        if index.unsaved * 20 > len(index):
            self._save(space, index)
        return index

    def _catch_up(self, space: Space, index: VectorIndex, state: SpaceState) -> None:
        if index.removed != state.removed:
            index.remove(np.setdiff1d(index.keys, self.store.keys(space)))
        if index.newest < state.newest:
            for batch in self.store.vectors(space, after=index.newest):
                index.add(batch)

    def _save(self, space: Space, index: VectorIndex) -> None:
        path = self.index_path(space)
        if path is None:
            return
        with explained(path), self._saving():
            state = self.store.state(space)
            # What another process has forgotten meanwhile is not brought back.
            if state and state.removed == index.removed:
                index.save(path, check=self.store.checksum(space, index.newest))

    @contextmanager
    def _saving(self) -> Iterator[None]:
        """One process at a time saves indexes; what a dead one left is cleared away."""
        if self.folder is None:
            yield
            return
        with self._lock:
            for left in self.folder.glob("index-*.partial"):
                left.unlink(missing_ok=True)
            yield

    def _drop(self, space: Space) -> None:
        self._indexes.pop(space, None)
        path = self.index_path(space)
        if path is not None:
            with explained(path):
                path.unlink(missing_ok=True)

    def index_path(self, space: Space) -> Path | None:
        """Where the index of a space is saved; None for an unknown one or no folder."""
        state = self.store.state(space)
        if self.folder is None or state is None:
            return None
        return self.folder / f"index-{state.key}.faiss"
