"""Cases and their vectors in SQLite: what is acknowledged is on the disk."""

import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from affectgraph.memory.case import Array, Case, Space, Vectors
from affectgraph.memory.correction import Correction
from affectgraph.memory.faults import damaged, explained
from affectgraph.memory.schema import connect
from affectgraph.tools.errors import MemoryStoreError

_PAGE = 10_000  # rows fetched at a time, so that a large store never fills the memory

_TEXT = "json_extract(body, '$.summary') || json_extract(body, '$.labels')"


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
    """A database of cases. Many processes may hold the same one, reading and writing.

    Threads of one process take turns. Do not carry one across a fork.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Open the database at `path`, made if need be; None keeps it in memory.

        Raises:
            MemoryStoreError: If it is unreadable, corrupt, or of a later release.
        """
        self.path = path
        self._turn = threading.RLock()
        with explained(path):
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = connect(":memory:" if path is None else str(path))

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

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
        with self._writing():
            return sum(self._add(case, vectors) for case, vectors in cases)

    def _add(self, case: Case, vectors: Vectors) -> bool:
        execute = self._connection.execute
        new = execute(
            "INSERT OR IGNORE INTO cases"
            " (id, sha256, label, annotator, source, created, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                case.id,
                case.sha256,
                case.label,
                case.annotator,
                case.source,
                int(case.created.timestamp()),
                case.model_dump_json(),
            ),
        ).rowcount
        (key,) = execute("SELECT key FROM cases WHERE id = ?", (case.id,)).fetchone()
        for space, vector in vectors.items():
            data = self.fitting(space, vector)
            execute(
                "INSERT OR IGNORE INTO spaces (modality, model, dimension)"
                " VALUES (?, ?, ?)",
                (space.modality, space.model, data.size),
            )
            execute(
                "INSERT OR IGNORE INTO vectors (space, of_case, data) SELECT key, ?, ?"
                " FROM spaces WHERE modality = ? AND model = ?",
                (key, data.tobytes(), space.modality, space.model),
            )
        return bool(new)

    def fitting(self, space: Space, vector: Array) -> Array:
        """The vector as it is kept: little-endian float32 [d], if it may be compared.

        Raises:
            MemoryStoreError: If it is of the wrong dimension, not finite or all zero.
        """
        data = np.ascontiguousarray(vector, dtype="<f4")
        state = self.state(space)
        if data.ndim != 1 or (state and data.size != state.dimension):
            wanted = state.dimension if state else "d"
            raise MemoryStoreError(
                f"a vector of {space} has the shape {list(data.shape)}, but the space"
                f" has [{wanted}]: name the model that made it, or use the same one"
            )
        if not np.isfinite(data).all() or not data.any():
            raise MemoryStoreError(
                f"a vector of {space} is not finite or all zero and cannot be compared"
            )
        return data

    def forget(self, ids: Iterable[str] = (), *, clips: Iterable[str] = ()) -> int:
        """Delete cases with their vectors, and what clips were corrected from and to.

        The bytes are overwritten.

        Args:
            ids: Of cases.
            clips: Hashes of clips whose corrections go, too.

        Returns:
            How many cases there were.
        """
        execute = self._connection.execute
        with self._writing():
            count = sum(
                execute("DELETE FROM cases WHERE id = ?", (name,)).rowcount
                for name in ids
            )
            for clip in clips:
                execute("DELETE FROM corrections WHERE sha256 = ?", (clip,))
        with explained(self.path), self._turn:
            # The write-ahead log still holds the old pages; this empties it.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return count

    def history(self, clip: str | None = None) -> list[Correction]:
        """Corrections of one clip, or of all, oldest first."""
        rows = self._rows(
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
        with self._writing():
            history = self.history(clip)
            entry = change(history)
            old = history[-1].case if history else None
            if old is not None:
                vectors = {**self.vectors_of([old.id])[old.id], **(vectors or {})}
                self._connection.execute("DELETE FROM cases WHERE id = ?", (old.id,))
            if entry.case is not None:
                if not vectors:
                    raise MemoryStoreError(
                        f"clip {clip[:12]} has no vectors: add it, or correct it again"
                    )
                self._add(entry.case, vectors)
            self._note(entry)
        return entry

    def note(self, entries: Iterable[Correction]) -> None:
        """Add to the history alone, as when it moves from another database."""
        with self._writing():
            for entry in entries:
                self._note(entry)

    def _note(self, entry: Correction) -> None:
        self._connection.execute(
            "INSERT INTO corrections (sha256, body) VALUES (?, ?)",
            (entry.clip, entry.model_dump_json()),
        )

    def state(self, space: Space) -> SpaceState | None:
        """What is held in one space; None if nothing ever was."""
        row = self._rows(
            "SELECT key, dimension, vectors, newest, removed FROM spaces"
            " WHERE modality = ? AND model = ?",
            (space.modality, space.model),
        )
        return SpaceState(*row[0]) if row else None

    def spaces(self) -> list[Space]:
        """Every space that ever held a vector."""
        rows = self._rows("SELECT modality, model FROM spaces ORDER BY 1, 2")
        return [Space(modality=modality, model=model) for modality, model in rows]

    def vectors(self, space: Space, *, after: int = 0) -> Iterator[Batch]:
        """Stream a space's vectors with keys above `after`, in their order."""
        state = self.state(space)
        while state:
            rows = self._rows(
                "SELECT vectors.key, label, data FROM vectors"
                " JOIN cases ON cases.key = of_case WHERE space = ? AND vectors.key > ?"
                " ORDER BY vectors.key LIMIT ?",
                (state.key, after, _PAGE),
            )
            if not rows:
                return
            keys, labels, blobs = zip(*rows, strict=True)
            if any(len(blob) != 4 * state.dimension for blob in blobs):
                raise damaged(self.path, f"a vector of {space} has a wrong length")
            vectors = np.frombuffer(b"".join(blobs), dtype="<f4")
            yield Batch(keys, labels, vectors.reshape(-1, state.dimension))
            after = keys[-1]

    def keys(self, space: Space) -> NDArray[np.int64]:
        """Keys of every vector in a space, ascending."""
        rows = self._rows(
            "SELECT vectors.key FROM vectors JOIN spaces ON spaces.key = space"
            " WHERE modality = ? AND model = ? ORDER BY vectors.key",
            (space.modality, space.model),
        )
        return np.fromiter((key for (key,) in rows), np.int64, len(rows))

    def checksum(self, space: Space, key: int) -> int:
        """CRC-32 of one vector of a space; of nothing if it is not there."""
        rows = self._rows(
            "SELECT data FROM vectors JOIN spaces ON spaces.key = space"
            " WHERE vectors.key = ? AND modality = ? AND model = ?",
            (key, space.modality, space.model),
        )
        return zlib.crc32(rows[0][0] if rows else b"")

    def cases_of(self, keys: Iterable[int]) -> dict[str, Case]:
        """The cases that vectors belong to, by id."""
        rows = self._rows(
            "SELECT id, body FROM cases WHERE key IN"
            f" (SELECT of_case FROM vectors WHERE key IN ({_list(keys)}))"
        )
        return {name: self._case(body) for name, body in rows}

    def vectors_of(self, ids: Sequence[str]) -> dict[str, dict[Space, Array]]:
        """The vectors of cases, by id and space."""
        marks = ", ".join("?" * len(ids))
        rows = self._rows(
            "SELECT id, modality, model, data FROM cases"
            " JOIN vectors ON of_case = cases.key JOIN spaces ON spaces.key = space"
            f" WHERE id IN ({marks}) ORDER BY vectors.key",
            ids,
        )
        found: dict[str, dict[Space, Array]] = {name: {} for name in ids}
        for name, modality, model, data in rows:
            space = Space(modality=modality, model=model)
            found[name][space] = np.frombuffer(data, dtype="<f4")
        return found

    def find(
        self,
        words: Sequence[str] = (),
        where: Mapping[str, str] | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str = "",
        limit: int = _PAGE,
    ) -> list[Case]:
        """Cases in the order of their ids.

        Args:
            words: Each must occur in the summary or the open words; capitals or not.
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
        tests += [f"instr(lower({_TEXT}), lower(?))"] * len(words)
        rows = self._rows(
            f"SELECT body FROM cases WHERE {' AND '.join(tests)} ORDER BY id LIMIT ?",
            (
                after,
                *where.values(),
                *(int(time.timestamp()) for time in given.values()),
                *words,
                limit,
            ),
        )
        return [self._case(body) for (body,) in rows]

    def counts(self, column: str) -> dict[str, int]:
        """How many cases there are for each value of a column."""
        rows = self._rows(
            f"SELECT {column}, count(*) FROM cases GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        return dict(rows)

    def damages(self) -> list[str]:
        """What SQLite finds wrong in pages, indexes and references, line by line."""
        pages = [str(line) for (line,) in self._rows("PRAGMA integrity_check")]
        loose = [
            f"a row of {row[0]} refers to nothing"
            for row in self._rows("PRAGMA foreign_key_check")
        ]
        return [*(line for line in pages if line != "ok"), *loose]

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with explained(self.path), self._turn:
            return self._connection.execute(query, values).fetchall()

    def _case(self, body: str) -> Case:
        try:
            return Case.model_validate_json(body)
        except ValidationError as error:
            raise damaged(self.path, f"not a case: {body[:40]}") from error

    def _correction(self, body: str) -> Correction:
        try:
            return Correction.model_validate_json(body)
        except ValidationError as error:
            raise damaged(self.path, f"not a correction: {body[:40]}") from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with explained(self.path), self._turn, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield


def _list(keys: Iterable[int]) -> str:
    return ", ".join(str(int(key)) for key in keys)
