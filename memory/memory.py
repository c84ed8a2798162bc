"""The case memory: annotated cases that a verdict can recall."""

from collections.abc import Iterable
from itertools import islice

from affectgraph.memory import import_export
from affectgraph.memory.case import (
    Array,
    Case,
    Correction,
    Space,
    Vectors,
    make_correction,
    make_undo,
)
from affectgraph.memory.case_store import CaseStore, Stats
from affectgraph.memory.location import Place, database_from_env, open_case_store
from affectgraph.memory.representation import add_affect_vector
from affectgraph.memory.search_methods import SearchMethods
from affectgraph.memory.seed import seed_store
from affectgraph.memory.trust import MemoryTrust
from affectgraph.memory.trust_measurement import TrustMeasurement
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_path, checked_texts

_BATCH_CASES = 1_000


class Memory(SearchMethods):
    """Annotated cases: the user's own, and the seed that comes with the package.

    Any number of processes may use the same place, and threads the same object; all
    find the cases that any of them adds. Nothing is written anywhere else.

    Examples:
        >>> import numpy as np
        >>> memory = Memory(seed=False)
        >>> voice = Space(modality="prosody", model="0" * 64)
        >>> case = Case(sha256="a" * 64, label="sad", summary="Slow, low and quiet.")
        >>> _ = memory.add(case, {voice: np.array([1.0, 0.1])})
        >>> query = {voice: np.array([0.9, 0.2])}
        >>> [(r.case.label, r.kind) for r in memory.recall(query, leading="sad")]
        [('sad', 'supporting')]
    """

    def __init__(self, place: Place | None = None, *, seed: bool = True) -> None:
        """Open the memory in a folder or a PostgreSQL database; create it if needed.

        Args:
            place: Where the user's own cases are: a folder, or the URL of a database,
                `postgresql://...`. None means the URL in the environment variable
                `AFFECTGRAPH_DATABASE`; if it is not set, cases are not stored.
            seed: Also search the cases that come with the package.

        Raises:
            MemoryStoreError: If it cannot be used; says why, where and what to do.
            SettingError: If the URL is invalid, or PostgreSQL needs packages that are
                not installed.
        """
        self._cases = open_case_store(database_from_env() if place is None else place)
        self._seed_stores: list[CaseStore] = [seed_store()] if seed else []
        self._measured = TrustMeasurement(self._cases)

    @property
    def place(self) -> str | None:
        """Folder or URL of the user's own cases, without any password, if stored."""
        return self._cases.tables.database.place

    def close(self) -> None:
        """Close the database."""
        self._cases.close()

    def add(self, case: Case, vectors: Vectors) -> str:
        """Add a case; it is on the disk when this returns.

        A case that is already there gains the vectors that it lacks, and is otherwise
        unchanged.

        Args:
            case: The annotated clip.
            vectors: float32 [d] by space; d is the same for all vectors of a space.

        Returns:
            The case's id.

        Raises:
            MemoryStoreError: If a vector has the wrong dimension, is not finite or all
                zero, or if the memory cannot be written.
        """
        self.add_all([(case, vectors)])
        return case.id

    def add_all(self, cases: Iterable[tuple[Case, Vectors]]) -> int:
        """Add many cases, a thousand per transaction; returns how many were new."""
        remaining = iter(cases)
        new = 0
        while pairs := list(islice(remaining, _BATCH_CASES)):
            batch = [(case, add_affect_vector(vectors)) for case, vectors in pairs]
            for _, vectors in batch:
                self._check_seed_dimensions(vectors)
            new += self._cases.add(batch)
        if new:
            self._measured.update()
        return new

    def correct(
        self, case: Case, vectors: Vectors, *, before: str | None, note: str = ""
    ) -> Correction:
        """Add the case that a correction makes; it replaces an earlier one.

        Clips that are nearly the same follow it at once.

        Args:
            case: The clip with the right label, and who gave it.
            vectors: float32 [d] by space.
            before: The label of the verdict; None if it abstained.
            note: The reason.

        Returns:
            The new entry in the clip's history.

        Raises:
            MemoryStoreError: As for `add`; or if there are no vectors.
        """
        case = case.model_copy(update={"correction": True})
        vectors = add_affect_vector(vectors)
        self._check_seed_dimensions(vectors)
        correction = self._cases.tables.revise(
            case.sha256, lambda _: make_correction(case, before, note), vectors
        )
        self._measured.update()
        return correction

    def undo(self, clip: str, *, note: str = "", annotator: str = "") -> Correction:
        """Undo the correction of a clip that is in force.

        The correction before it is in force again; if there is none, the case is
        deleted.

        Args:
            clip: Hash of the clip.
            note: The reason.
            annotator: Who undoes it.

        Raises:
            SettingError: If the clip has no correction in force.
        """
        correction = self._cases.tables.revise(
            clip, lambda history: make_undo(history, note, annotator)
        )
        self._measured.update()
        return correction

    def history(self, clip: str | None = None) -> list[Correction]:
        """Corrections of a clip, or of all clips, oldest first, undone ones too."""
        return self._cases.tables.history(clip)

    def get(self, name: str) -> Case | None:
        """One of the user's own cases, by id; None if there is none."""
        return next(iter(self._cases.tables.find({"id": name})), None)

    def vectors_of_clip(self, clip: str) -> dict[Space, Array]:
        """The vectors of the user's own cases about a clip, by space."""
        cases = self._cases.tables.find({"sha256": clip})
        by_case = self._cases.tables.vectors.of_cases([case.id for case in cases])
        return {
            space: vector
            for vectors in by_case.values()
            for space, vector in vectors.items()
        }

    def forget(self, *ids: str, clip: str | None = None) -> int:
        """Delete cases from the database and its indexes; returns how many.

        Their bytes are overwritten. Deleting a case that a correction made also deletes
        the history of its clip. A call also erases what an earlier one deleted but
        could not erase, whatever it names.

        Args:
            ids: Ids of cases.
            clip: Hash of a clip whose cases and history are all deleted.

        Raises:
            SettingError: If an id belongs to the seed memory, which is read-only.
            NotErasedError: If bytes are left, as while another process reads them; says
                what to do before calling it again.
        """
        forgotten = {*checked_texts("ids", ids)}
        for id_ in forgotten:
            if any(store.tables.find({"id": id_}) for store in self._seed_stores):
                raise SettingError(
                    f"{id_} comes with the package and cannot be forgotten; open"
                    " the memory with seed=False to leave the seed out"
                )
        clips: set[str] = set()
        if clip is not None:
            clips.add(clip)
            forgotten |= {case.id for case in self._cases.tables.find({"sha256": clip})}
        clips |= {
            entry.clip
            for entry in self.history()
            if entry.case and entry.case.id in forgotten
        }
        count = self._cases.forget(forgotten, clips=clips)
        if count:
            self._measured.update()
        return count

    def trust(self) -> MemoryTrust:
        """How far the user's own cases may move an answer, and what they gain.

        It is measured when cases change, on the cases themselves, each left out in
        turn: on the first 1,000 in the order of their ids, if there are more.
        """
        return self._measured.trust()

    def stats(self) -> Stats:
        """Statistics of the memory."""
        return Stats.of(self._cases, self._seed_stores, self.trust())

    def export(self, path: AnyPath) -> int:
        """Write the user's own cases, vectors included, to a file; returns how many.

        Args:
            path: Ends in `.jsonl` for JSON lines, or in `.parquet`.

        Raises:
            SettingError: If it has another suffix, or Parquet is not installed.
            MemoryStoreError: If the file cannot be written.
        """
        return import_export.write_cases(
            checked_path("path", path), self._cases.tables.all_cases()
        )

    def import_(self, path: AnyPath) -> int:
        """Add the cases of a file that `export` wrote; returns how many were new.

        Raises:
            SettingError: As for `export`.
            MemoryStoreError: If a row is not a case or does not fit; names the row. Up
                to 1,000 cases before it may be missing: correct it, import again.
        """

        def check(space: Space, vector: Array) -> None:
            for store in (self._cases, *self._seed_stores):
                store.tables.vectors.checked(space, vector)

        return self.add_all(import_export.read_cases(checked_path("path", path), check))

    def _check_seed_dimensions(self, vectors: Vectors) -> None:
        for store in self._seed_stores:
            for space, vector in vectors.items():
                store.tables.vectors.checked(space, vector)
