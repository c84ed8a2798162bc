"""Case store in a folder: SQLite, with faiss indexes."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock

from affectgraph.memory.backends.sqlite.database import SqliteDatabase, translate_errors
from affectgraph.memory.case import Array, Space
from affectgraph.memory.case_store import CaseStore
from affectgraph.memory.case_tables import CaseTables
from affectgraph.memory.index import Hit, VectorIndex, inverted_lists_for
from affectgraph.memory.vector_table import SpaceState
from affectgraph.tools.errors import NotErasedError

DATABASE = "cases.sqlite"


class SqliteCaseStore(CaseStore):
    """Cases in a folder: a SQLite database, and a faiss index for each space.

    Several processes may use one folder: what one adds, all find. The database alone
    is the source of truth. A search rebuilds the index that it needs from the database
    if the index is missing, stale, damaged or too small for its number of vectors.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Open a folder, created if needed; None keeps everything in memory."""
        database = SqliteDatabase(folder / DATABASE if folder else None)
        super().__init__(CaseTables(database))
        self._folder = folder
        self._indexes: dict[Space, VectorIndex] = {}
        self._thread_lock = threading.RLock()
        self._file_lock = FileLock((folder or Path()) / "indexes.lock")

    def index_kind(self, vectors: int) -> str:
        """The kind of index that a space with so many vectors gets: `flat` or `ivf`."""
        return "ivf" if inverted_lists_for(vectors) else "flat"

    def forget(self, ids: Iterable[str], *, clips: Iterable[str] = ()) -> int:
        """Delete from the database and from every index, saved ones included.

        Arguments are those of `CaseTables.forget`. A call also finishes what an
        earlier one could not, whatever ids it names.

        Raises:
            NotErasedError: If another process goes on reading the database, or the
                folder holds a copy of it that a repair set aside.
        """
        with self._thread_lock:
            try:
                count = super().forget(ids, clips=clips)
            finally:
                self._erase_from_indexes()
        self._refuse_copies()
        return count

    def _erase_from_indexes(self) -> None:
        with self._saving():
            for space in self.tables.vectors.spaces():
                path = self.index_path(space)
                index = self._current_index(space) if path and path.exists() else None
                if index and index.unsaved_changes:
                    self._save(space, index)

    def _refuse_copies(self) -> None:
        if self._folder is None:
            return
        in_use = {DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"}
        names = {path.name for path in self._folder.glob(f"*{DATABASE}*")}
        if copies := sorted(names - in_use):
            raise NotErasedError(
                f"{self._folder}: forgotten data may still be in {', '.join(copies)}, "
                "which a repair left there: delete that and run the same again"
            )

    def nearest(
        self, space: Space, vector: Array, k: int, *, label: str | None = None
    ) -> list[Hit]:
        """The nearest vectors of a space, best first; see `CaseStore.nearest`."""
        vector = self.tables.vectors.checked(space, vector)
        with self._thread_lock:
            index = self._current_index(space)
            return index.search(vector, k, label=label) if index else []

    def load_index(self, space: Space) -> VectorIndex | None:
        """The saved index of a space; None if it is damaged or of another database.

        It lacks vectors added since it was saved; those removed since are taken out.
        """
        path = self.index_path(space)
        if path is None:
            return None
        vectors = self.tables.vectors
        index = VectorIndex.load(
            path, checksum=lambda newest: vectors.checksum(space, newest)
        )
        if index is None:
            return None
        keys = vectors.keys(space)
        index.remove(np.setdiff1d(index.keys, keys))
        complete = len(index) == int((keys <= index.newest).sum())
        return index if complete else None

    def _current_index(self, space: Space) -> VectorIndex | None:
        """The index of a space, in step with the database; None for an empty space."""
        vectors = self.tables.vectors
        state = vectors.state(space)
        if state is None or not state.vectors:
            self._drop(space)
            return None
        index = self._indexes.get(space) or self.load_index(space)
        if index is None or inverted_lists_for(state.vectors) > index.lists:
            index = VectorIndex.build(
                state.dimension, state.vectors, lambda: vectors.batches(space)
            )
        else:
            self._catch_up(space, index, state)
        index.removed = state.removed
        self._indexes[space] = index
        # Saving at every twentieth of growth costs a fixed share of the adding.
        if index.unsaved_changes * 20 > len(index):
            self._save(space, index)
        return index

    def _catch_up(self, space: Space, index: VectorIndex, state: SpaceState) -> None:
        vectors = self.tables.vectors
        if index.removed != state.removed:
            index.remove(np.setdiff1d(index.keys, vectors.keys(space)))
        if index.newest < state.newest:
            for batch in vectors.batches(space, after=index.newest):
                index.add(batch)

    def _save(self, space: Space, index: VectorIndex) -> None:
        path = self.index_path(space)
        if path is None:
            return
        vectors = self.tables.vectors
        with translate_errors(path), self._saving():
            state = vectors.state(space)
            # Never bring back what another process has forgotten meanwhile.
            if state and state.removed == index.removed:
                index.save(path, checksum=vectors.checksum(space, index.newest))

    @contextmanager
    def _saving(self) -> Iterator[None]:
        """Let one process at a time save indexes; remove partial files of dead ones."""
        if self._folder is None:
            yield
            return
        with self._file_lock:
            for partial in self._folder.glob("index-*.partial"):
                partial.unlink(missing_ok=True)
            yield

    def _drop(self, space: Space) -> None:
        self._indexes.pop(space, None)
        path = self.index_path(space)
        if path is not None:
            with translate_errors(path):
                path.unlink(missing_ok=True)

    def index_path(self, space: Space) -> Path | None:
        """Where the index of a space is saved; None if in memory or of no space."""
        state = self.tables.vectors.state(space)
        if self._folder is None or state is None:
            return None
        return self._folder / f"index-{state.key}.faiss"
