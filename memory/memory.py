"""The door of the case memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from sys import maxsize

from affectgraph.memory import import_export
from affectgraph.memory.case import Array, Case, Recalled, Space, Vectors
from affectgraph.memory.case_store import Place, Shelf, database, open_shelf
from affectgraph.memory.clip_vectors import SENSES
from affectgraph.memory.correction import Correction, corrected, undone
from affectgraph.memory.recall import RecallQuery, recall
from affectgraph.memory.representation import with_affect
from affectgraph.memory.retriever import CaseRetriever
from affectgraph.memory.seed import backgrounds
from affectgraph.memory.seed import shelf as seed_shelf
from affectgraph.memory.stats import Stats
from affectgraph.memory.text_search import ranked
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_path, checked_texts
from affectgraph.tools.perception import PerceptionTool

_BATCH = 1_000


class Memory:
    """Annotated cases: the user's own, and the seed that came with us.

    Any number of processes may hold the same place, and threads the same object; a
    case that one of them has added is found by all. Nothing is written anywhere else.

    Examples:
        >>> import numpy as np
        >>> memory = Memory(seed=False)
        >>> voice = Space(modality="prosody", model="0" * 64)
        >>> case = Case(sha256="a" * 64, label="sad", summary="Slow, low and quiet.")
        >>> _ = memory.add(case, {voice: np.array([1.0, 0.1])})
        >>> heard = {voice: np.array([0.9, 0.2])}
        >>> [(one.case.label, one.kind) for one in memory.recall(heard, leading="sad")]
        [('sad', 'supporting')]
    """

    def __init__(self, place: Place | None = None, *, seed: bool = True) -> None:
        """Open the memory in a folder or a PostgreSQL database, made if need be.

        Args:
            place: Where the user's own cases are: a folder, or the address of a
                database, `postgresql://...`. Without, it is the address in the
                setting `AFFECTGRAPH_DATABASE`; without that, none that last.
            seed: Search the cases that came with the package, too.

        Raises:
            MemoryStoreError: If it cannot be used; says why, where and what to do.
            SettingError: If the address cannot be read, or PostgreSQL needs packages
                that are not installed.
        """
        self._own = open_shelf(database() if place is None else place)
        self._seeds: list[Shelf] = [seed_shelf()] if seed else []

    @property
    def place(self) -> str | None:
        """Where the user's own cases are, without any password; None for nowhere."""
        return self._own.store.database.place

    def close(self) -> None:
        """Let go of the place."""
        self._own.close()

    def add(self, case: Case, vectors: Vectors) -> str:
        """Keep a case; it is on the disk when this returns.

        A case that is already there gains the vectors it lacks, and is otherwise left
        as it is.

        Args:
            case: What is known about the clip.
            vectors: float32 [d] by space; d is the same throughout a space.

        Returns:
            The case's id.

        Raises:
            MemoryStoreError: If a vector is of the wrong dimension or no direction,
                or the memory cannot be written.
        """
        self.add_all([(case, vectors)])
        return case.id

    def add_all(self, cases: Iterable[tuple[Case, Vectors]]) -> int:
        """Keep many cases, a thousand a transaction; returns how many were new."""
        rest = iter(cases)
        new = 0
        while some := list(islice(rest, _BATCH)):
            batch = [(case, with_affect(vectors)) for case, vectors in some]
            for _, vectors in batch:
                self._fit_the_seed(vectors)
            new += self._own.add(batch)
        return new

    def correct(
        self, case: Case, vectors: Vectors, *, before: str | None, note: str = ""
    ) -> Correction:
        """Keep the case that a correction makes; it takes the place of an earlier one.

        Args:
            case: The clip with the label that it should have had, and who says so.
            vectors: float32 [d] by space.
            before: The label that it was given.
            note: Why.

        Returns:
            What was added to the clip's history.

        Raises:
            MemoryStoreError: As for `add`; or if there are no vectors.
        """
        vectors = with_affect(vectors)
        self._fit_the_seed(vectors)
        return self._own.store.revise(
            case.sha256, lambda _: corrected(case, before, note), vectors
        )

    def undo(self, clip: str, *, note: str = "", annotator: str = "") -> Correction:
        """Take back the correction of a clip that is in force.

        The correction before it comes into force again; without any, the case goes.

        Args:
            clip: Hash of the clip.
            note: Why.
            annotator: Who takes it back.

        Raises:
            SettingError: If the clip has no correction in force.
        """
        return self._own.store.revise(
            clip, lambda history: undone(history, note, annotator)
        )

    def history(self, clip: str | None = None) -> list[Correction]:
        """Every correction of a clip, or of all, taken back or not; oldest first."""
        return self._own.store.history(clip)

    def get(self, name: str) -> Case | None:
        """One of the user's own cases, by id; None if it is not there."""
        found = self._own.store.find({"id": name})
        return found[0] if found else None

    def vectors_of_clip(self, clip: str) -> dict[Space, Array]:
        """The vectors of the user's own cases about a clip, by space."""
        store = self._own.store
        cases = store.find({"sha256": clip})
        found = store.vectors_of([case.id for case in cases])
        return {
            space: vector
            for vectors in found.values()
            for space, vector in vectors.items()
        }

    def recall(
        self,
        vectors: Vectors,
        *,
        leading: str,
        rivals: Sequence[str] = (),
        exclude: Iterable[str] = (),
        k: int = 5,
    ) -> list[Recalled]:
        """Cases near a clip that support, confuse or counter a hypothesis.

        A case is compared in the affect space, whichever senses saw it and the clip,
        and in the spaces that they share. The clip itself never comes back, nor a
        duplicate: the same hash, or the same direction in every shared space.

        Args:
            vectors: The clip's vectors, float32 [d] by space; none finds none.
            leading: Label of the leading hypothesis.
            rivals: Labels of the other hypotheses; each gets its nearest case.
            exclude: SHA-256 of clips to leave out; the clip's own, to begin with.
            k: Supporting cases wanted, and how near a confusing one must be: among
                the k nearest.

        Returns:
            Supporting, then confusing, then counter cases; each most similar first.

        Raises:
            MemoryStoreError: If a vector is of the wrong dimension, or a store fails.
            SettingError: If a label is none of the basic emotions, or k below one.
        """
        rivals = checked_texts("rivals", rivals)
        for label in (leading, *rivals):
            if label not in BASIC_EMOTIONS:
                raise SettingError(
                    f"label {label!r} is none of {', '.join(BASIC_EMOTIONS)}"
                )
        if k < 1:
            raise SettingError(f"k is {k}; at least one case has to be asked for")
        others = tuple(rival for rival in rivals if rival != leading)
        return recall(
            [self._own, *self._seeds],
            RecallQuery(
                with_affect(vectors),
                leading,
                others,
                frozenset(checked_texts("exclude", exclude)),
                k,
                backgrounds(),
            ),
        )

    def like(
        self, vectors: Vectors, *, exclude: Iterable[str] = (), limit: int = 10
    ) -> list[Recalled]:
        """The cases most similar to a clip, whatever their labels; most similar first.

        Arguments and errors are those of `recall`.
        """
        leading, *rivals = BASIC_EMOTIONS
        found = self.recall(
            vectors, leading=leading, rivals=rivals, exclude=exclude, k=limit
        )
        return sorted(found, key=lambda one: -one.similarity)[:limit]

    def as_retriever(
        self,
        *,
        k: int = 5,
        senses: Sequence[PerceptionTool] | PerceptionTool = SENSES,
    ) -> CaseRetriever:
        """The memory as a LangChain retriever, for other chains and agents.

        Args:
            k: How many cases come back at most.
            senses: What perceives a clip whose path is the query.

        Raises:
            SettingError: If k is below one.
        """
        if k < 1:
            raise SettingError(f"k is {k}; at least one case has to be asked for")
        if isinstance(senses, PerceptionTool):
            senses = [senses]
        if not all(isinstance(sense, PerceptionTool) for sense in senses):
            raise SettingError("senses: pass perception tools, not their names")
        return CaseRetriever(memory=self, senses=senses, k=k)

    def search(
        self,
        words: str = "",
        *,
        label: str | None = None,
        source: str | None = None,
        annotator: str | None = None,
        sha256: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
    ) -> list[Case]:
        """The user's own cases that match every filter, in the order of their ids.

        Args:
            words: What the cases should be about, in any words: those that fit best
                come first.
            label: The basic emotion.
            source: The set or place it came from.
            annotator: Who labelled it.
            sha256: Hash of the clip.
            since: It became a case then or later.
            until: It became a case before.
            limit: At most so many.
        """
        asked = {
            "label": label,
            "source": source,
            "annotator": annotator,
            "sha256": sha256,
        }
        where = {column: value for column, value in asked.items() if value is not None}
        if not words:
            return self._own.store.find(where, since=since, until=until, limit=limit)
        cases = self._own.store.find(where, since=since, until=until, limit=maxsize)
        return ranked(words, cases)[:limit]

    def forget(self, *ids: str, clip: str | None = None) -> int:
        """Delete cases, from the database and its indexes; returns how many.

        The bytes are overwritten, not just unlinked from the tables. The history of a
        clip goes with a case that a correction made. What an earlier call deleted and
        could not erase, or was killed over, is erased too, whatever is named now.

        Args:
            ids: Cases to forget.
            clip: Hash of a clip to forget altogether: its cases and its history.

        Raises:
            SettingError: If an id belongs to the seed memory, which is read-only.
            NotErasedError: If bytes are left, as while another process reads them;
                says what to do before it is called again.
        """
        asked = checked_texts("ids", ids)
        for shelf in self._seeds:
            for name in asked:
                if shelf.store.find({"id": name}):
                    raise SettingError(
                        f"{name} came with the package and cannot be forgotten; open"
                        " the memory with seed=False to leave the seed out"
                    )
        gone = {*asked}
        clips = set()
        if clip is not None:
            about = self._own.store.find({"sha256": clip})
            gone |= {case.id for case in about}
            clips.add(clip)
        clips |= {
            entry.clip
            for entry in self.history()
            if entry.case and entry.case.id in gone
        }
        return self._own.forget(gone, clips=clips)

    def stats(self) -> Stats:
        """What it holds."""
        return Stats.of(self._own, self._seeds)

    def export(self, path: AnyPath) -> int:
        """Write the user's own cases, vectors included, to a file; returns how many.

        Args:
            path: Ends in `.jsonl` for JSON lines, or in `.parquet`.

        Raises:
            SettingError: If it ends otherwise, or Parquet is not installed.
            MemoryStoreError: If the file cannot be written.
        """
        return import_export.write(
            checked_path("path", path), self._own.store.everything()
        )

    def import_(self, path: AnyPath) -> int:
        """Add the cases of a file that `export` wrote; returns how many were new.

        Raises:
            SettingError: As for `export`.
            MemoryStoreError: If a row is no case or does not fit; names the row. At
                most a thousand cases before it may be missing: mend it, import again.
        """

        def check(space: Space, vector: Array) -> None:
            for shelf in (self._own, *self._seeds):
                shelf.store.fitting(space, vector)

        return self.add_all(import_export.read(checked_path("path", path), check))

    def _fit_the_seed(self, vectors: Vectors) -> None:
        for shelf in self._seeds:
            for space, vector in vectors.items():
                shelf.store.fitting(space, vector)
