"""Cases and their vectors in a database: what is acknowledged is on the disk."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from affectgraph.memory.backends.database import Database
from affectgraph.memory.case import Array, Case, Space, Vectors
from affectgraph.memory.correction import Correction
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import MemoryStoreError

_PAGE = 10_000  # rows fetched at a time, so that a large store never fills the memory


@dataclass(frozen=True)
class SpaceState:
    """What the database holds in one space; a change in it changes this.

    Attributes:
        key: The space's number in the database.
        dimension: Length of its vectors.
        vectors: How many there are.
        newest: Key of the vector added last.
        removed: How many were ever removed.
    """

    key: int
    dimension: int
    vectors: int
    newest: int
    removed: int


class Batch(NamedTuple):
    """Some vectors of a space: keys [n] and labels [n] of float32 [n, d]."""

    keys: Sequence[int]
    labels: Sequence[str]
    vectors: Array


class Store:
    """Cases in a database, which many processes may hold, reading and writing.

    Threads of one process take turns.

    Attributes:
        database: Where they are.
    """

    def __init__(self, database: Database) -> None:
        """Keep cases in an open database."""
        self.database = database

    def add(self, cases: Iterable[tuple[Case, Vectors]]) -> int:
        """Add cases in one transaction: all of them are on the disk, or none is.

        A case that is already there keeps what it has, and gains vectors in spaces
        where it had none.

        Returns:
            How many were new.

        Raises:
            MemoryStoreError: If a vector is of the wrong dimension, not finite or
                all zero, or if the database cannot be written.
        """
        with self.database.writing():
            return self._add(list(cases))

    def _add(self, cases: Sequence[tuple[Case, Vectors]]) -> int:
        vectors = self._fitting(cases)
        each = self.database.each
        new = each(
            "INSERT INTO cases (id, sha256, label, annotator, source, created, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [_row(case) for case, _ in cases],
        )
        each(
            "INSERT INTO spaces (modality, model, dimension) VALUES (?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            list(dict.fromkeys((s.modality, s.model, v.size) for _, s, v in vectors)),
        )
        each(
            "INSERT INTO vectors (space, of_case, data)"
            " SELECT spaces.key, cases.key, ? FROM spaces, cases"
            " WHERE modality = ? AND model = ? AND id = ? ON CONFLICT DO NOTHING",
            [
                (self.database.packed(data), space.modality, space.model, name)
                for name, space, data in vectors
            ],
        )
        return new

    def _fitting(
        self, cases: Sequence[tuple[Case, Vectors]]
    ) -> list[tuple[str, Space, Array]]:
        spaces = {space for _, vectors in cases for space in vectors}
        dimensions = {s: state.dimension for s in spaces if (state := self.state(s))}
        fitting = []
        for case, vectors in cases:
            for space, vector in vectors.items():
                data = _fitting(space, vector, dimensions.get(space))
                dimensions[space] = data.size
                fitting.append((case.id, space, data))
        return fitting

    def fitting(self, space: Space, vector: Array) -> Array:
        """The vector as it is kept: little-endian float32 [d], if it may be compared.

        Raises:
            MemoryStoreError: If it is of the wrong dimension, not finite or all zero.
        """
        state = self.state(space)
        return _fitting(space, vector, state.dimension if state else None)

    def forget(self, ids: Iterable[str] = (), *, clips: Iterable[str] = ()) -> int:
        """Delete cases with their vectors, and what clips were corrected from and to.

        Their bytes are erased, and those of whatever was deleted before and could not
        be erased then.

        Args:
            ids: Of cases.
            clips: Hashes of clips whose corrections go, too.

        Returns:
            How many cases there were.

        Raises:
            NotErasedError: If others still read what was deleted; call it again.
        """
        each = self.database.each
        with self.database.writing():
            count = each("DELETE FROM cases WHERE id = ?", [(name,) for name in ids])
            each("DELETE FROM corrections WHERE sha256 = ?", [(c,) for c in clips])
        self.database.purge()
        return count

    def history(self, clip: str | None = None) -> list[Correction]:
        """Corrections of one clip, or of all, oldest first."""
        rows = self.database.rows(
            "SELECT body FROM corrections WHERE sha256 = coalesce(?, sha256)"
            " ORDER BY key",
            (clip,),
        )
        return [self._correction(body) for (body,) in rows]

    def revise(
        self,
        clip: str,
        change: Callable[[list[Correction]], Correction],
        vectors: Vectors | None = None,
    ) -> Correction:
        """Add to the history of a clip; its case follows, in the same transaction.

        Args:
            clip: Hash of the clip.
            change: What to add, given its history.
            vectors: Of the clip; without, those of the case that it has.

        Raises:
            MemoryStoreError: If there are no vectors to find the case by, or they
                do not fit, or the database cannot be written.
        """
        with self.database.writing():
            history = self.history(clip)
            entry = change(history)
            old = history[-1].case if history else None
            if old is not None:
                vectors = {**self.vectors_of([old.id])[old.id], **(vectors or {})}
                self.database.each("DELETE FROM cases WHERE id = ?", [(old.id,)])
            if entry.case is not None:
                if not vectors:
                    raise MemoryStoreError(
                        f"clip {clip[:12]} has no vectors: add it, or correct it again"
                    )
                self._add([(entry.case, vectors)])
            self._note([entry])
        return entry

    def note(self, entries: Iterable[Correction]) -> None:
        """Add to the history alone, as when it moves from another database."""
        with self.database.writing():
            self._note(entries)

    def _note(self, entries: Iterable[Correction]) -> None:
        self.database.each(
            "INSERT INTO corrections (sha256, body) VALUES (?, ?)",
            [(entry.clip, entry.model_dump_json()) for entry in entries],
        )

    def state(self, space: Space) -> SpaceState | None:
        """What is held in one space; None if nothing ever was."""
        row = self.database.rows(
            "SELECT key, dimension, vectors, newest, removed FROM spaces"
            " WHERE modality = ? AND model = ?",
            (space.modality, space.model),
        )
        return SpaceState(*row[0]) if row else None

    def spaces(self) -> list[Space]:
        """Every space that ever held a vector."""
        rows = self.database.rows("SELECT modality, model FROM spaces ORDER BY 1, 2")
        return [self._space(modality, model) for modality, model in rows]

    def vectors(self, space: Space, *, after: int = 0) -> Iterator[Batch]:
        """Stream a space's vectors with keys above `after`, in their order."""
        state = self.state(space)
        while state:
            rows = self.database.rows(
                "SELECT vectors.key, label, data FROM vectors"
                " JOIN cases ON cases.key = of_case WHERE space = ? AND vectors.key > ?"
                " ORDER BY vectors.key LIMIT ?",
                (state.key, after, _PAGE),
            )
            if not rows:
                return
            keys, labels, values = zip(*rows, strict=True)
            vectors = [self.database.unpacked(value) for value in values]
            if any(vector.size != state.dimension for vector in vectors):
                raise self.database.damaged(f"a vector of {space} has a wrong length")
            if [after, *keys] != sorted({after, *keys}):
                raise self.database.damaged(f"vectors of {space} are out of order")
            if strange := {*labels} - {*BASIC_EMOTIONS}:
                raise self.database.damaged(f"{min(strange)!r} is no emotion")
            yield Batch(keys, labels, np.stack(vectors))
            after = keys[-1]

    def keys(self, space: Space) -> NDArray[np.int64]:
        """Keys of every vector in a space, ascending."""
        rows = self.database.rows(
            "SELECT vectors.key FROM vectors JOIN spaces ON spaces.key = space"
            " WHERE modality = ? AND model = ? ORDER BY vectors.key",
            (space.modality, space.model),
        )
        return np.fromiter((key for (key,) in rows), np.int64, len(rows))

    def checksum(self, space: Space, key: int) -> int:
        """CRC-32 of one vector of a space; of nothing if it is not there."""
        rows = self.database.rows(
            "SELECT data FROM vectors JOIN spaces ON spaces.key = space"
            " WHERE vectors.key = ? AND modality = ? AND model = ?",
            (key, space.modality, space.model),
        )
        vectors = [self.database.unpacked(data).tobytes() for (data,) in rows]
        return zlib.crc32(b"".join(vectors))

    def cases_of(self, keys: Iterable[int]) -> dict[str, Case]:
        """The cases that vectors belong to, by id."""
        wanted = ", ".join(str(int(key)) for key in keys)
        if not wanted:
            return {}
        rows = self.database.rows(
            "SELECT id, body FROM cases WHERE key IN"
            f" (SELECT of_case FROM vectors WHERE key IN ({wanted}))"
        )
        return {name: self._case(body) for name, body in rows}

    def vectors_of(self, ids: Sequence[str]) -> dict[str, dict[Space, Array]]:
        """The vectors of cases, by id and space."""
        if not ids:
            return {}
        marks = ", ".join("?" * len(ids))
        rows = self.database.rows(
            "SELECT id, modality, model, data FROM cases"
            " JOIN vectors ON of_case = cases.key JOIN spaces ON spaces.key = space"
            f" WHERE id IN ({marks}) ORDER BY vectors.key",
            ids,
        )
        found: dict[str, dict[Space, Array]] = {name: {} for name in ids}
        for name, modality, model, data in rows:
            if name not in found:
                raise self.database.damaged(f"a case has two names, one is {name!r}")
            space = self._space(modality, model)
            found[name][space] = self.database.unpacked(data)
        return found

    def find(
        self,
        where: Mapping[str, str] | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str = "",
        limit: int = _PAGE,
    ) -> list[Case]:
        """Cases in the order of their ids.

        Args:
            where: Wanted values of `id`, `sha256`, `label`, `annotator`, `source`.
            since: Only those that became cases then or later.
            until: Only those that became cases before.
            after: Only those with a greater id.
            limit: At most so many.
        """
        where = where or {}
        tests = ["id > ?", *(f"{column} = ?" for column in where)]
        times = {"created >= ?": since, "created < ?": until}
        given = {test: time for test, time in times.items() if time is not None}
        tests += given
        rows = self.database.rows(
            f"SELECT id, body FROM cases WHERE {' AND '.join(tests)}"
            " ORDER BY id LIMIT ?",
            (
                after,
                *where.values(),
                *(int(time.timestamp()) for time in given.values()),
                limit,
            ),
        )
        cases = [self._case(body) for _, body in rows]
        names = [after, *(name for name, _ in rows)]
        # Whoever reads on after the last would never come to an end.
        if names[1:] != [case.id for case in cases] or names != sorted({*names}):
            raise self.database.damaged("its cases are out of order")
        return cases

    def everything(self) -> Iterator[tuple[Case, dict[Space, Array]]]:
        """Every case with its vectors, in the order of their ids."""
        after = ""
        while cases := self.find(after=after):
            vectors = self.vectors_of([case.id for case in cases])
            yield from ((case, vectors[case.id]) for case in cases)
            after = cases[-1].id

    def counts(self, column: str) -> dict[str, int]:
        """How many cases there are for each value of a column."""
        rows = self.database.rows(
            f"SELECT {column}, count(*) FROM cases GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        return dict(rows)

    def _space(self, modality: str, model: str) -> Space:
        try:
            return Space(modality=modality, model=model)
        except ValidationError as error:
            raise self.database.damaged(f"not a space: {modality!r}") from error

    def _case(self, body: str) -> Case:
        try:
            return Case.model_validate_json(body)
        except ValidationError as error:
            raise self.database.damaged(f"not a case: {body!s:.40}") from error

    def _correction(self, body: str) -> Correction:
        try:
            return Correction.model_validate_json(body)
        except ValidationError as error:
            raise self.database.damaged(f"not a correction: {body!s:.40}") from error


def _row(case: Case) -> tuple[object, ...]:
    naming = case.id, case.sha256, case.label, case.annotator, case.source
    return *naming, int(case.created.timestamp()), case.model_dump_json()


def _fitting(space: Space, vector: Array, dimension: int | None) -> Array:
    data = np.ascontiguousarray(vector, dtype="<f4")
    if data.ndim != 1 or dimension not in (None, data.size):
        raise MemoryStoreError(
            f"a vector of {space} has the shape {list(data.shape)}, but the space"
            f" has [{dimension or 'd'}]: name the model that made it, or use the same"
            " one"
        )
    if not np.isfinite(data).all() or not data.any():
        raise MemoryStoreError(
            f"a vector of {space} is not finite or all zero and cannot be compared"
        )
    return data
