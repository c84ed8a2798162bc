"""The vectors of cases in a database, grouped by space."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from affectgraph.memory.case import Array, Case, Space, Vectors
from affectgraph.memory.database import Database
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import MemoryStoreError

# Rows fetched at a time, to bound memory for large tables.
PAGE_ROWS = 10_000


@dataclass(frozen=True)
class SpaceState:
    """What the database holds in one space; every change of the space changes it."""

    key: int
    dimension: int
    vectors: int
    newest: int  # key of the vector added last
    removed: int  # vectors ever removed


class Batch(NamedTuple):
    """Some vectors of a space: keys [n] and labels [n] of float32 [n, d]."""

    keys: Sequence[int]
    labels: Sequence[str]
    vectors: Array


class VectorTable:
    """Vectors by space. A space is a modality and the model that made the vectors."""

    def __init__(self, database: Database) -> None:
        """Read and write the vectors in an open database."""
        self._database = database

    def insert(self, cases: Sequence[tuple[Case, Vectors]]) -> None:
        """Add vectors of cases that are in the database, where they have none yet."""
        vectors = self._checked_vectors(cases)
        self._database.execute_many(
            "INSERT INTO spaces (modality, model, dimension) VALUES (?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            list(dict.fromkeys((s.modality, s.model, v.size) for _, s, v in vectors)),
        )
        self._database.execute_many(
            "INSERT INTO vectors (space, of_case, data)"
            " SELECT spaces.key, cases.key, ? FROM spaces, cases"
            " WHERE modality = ? AND model = ? AND id = ? ON CONFLICT DO NOTHING",
            [
                (self._database.encode_vector(data), space.modality, space.model, id_)
                for id_, space, data in vectors
            ],
        )

    def _checked_vectors(
        self, cases: Sequence[tuple[Case, Vectors]]
    ) -> list[tuple[str, Space, Array]]:
        spaces = {space for _, vectors in cases for space in vectors}
        dimensions = {s: state.dimension for s in spaces if (state := self.state(s))}
        checked = []
        for case, vectors in cases:
            for space, vector in vectors.items():
                data = _checked_vector(space, vector, dimensions.get(space))
                dimensions[space] = data.size
                checked.append((case.id, space, data))
        return checked

    def checked(self, space: Space, vector: Array) -> Array:
        """The vector as it is stored, little-endian float32 [d], if it fits the space.

        Raises:
            MemoryStoreError: If it has the wrong dimension, is not finite or all zero.
        """
        state = self.state(space)
        return _checked_vector(space, vector, state.dimension if state else None)

    def state(self, space: Space) -> SpaceState | None:
        """What one space holds; None if it never held anything."""
        rows = self._database.fetch_all(
            "SELECT key, dimension, vectors, newest, removed FROM spaces"
            " WHERE modality = ? AND model = ?",
            (space.modality, space.model),
        )
        return SpaceState(*rows[0]) if rows else None

    def spaces(self) -> list[Space]:
        """Every space that ever held a vector."""
        rows = self._database.fetch_all(
            "SELECT modality, model FROM spaces ORDER BY 1, 2"
        )
        return [self._space(modality, model) for modality, model in rows]

    def batches(self, space: Space, *, after: int = 0) -> Iterator[Batch]:
        """Stream a space's vectors with keys above `after`, in order of their keys."""
        state = self.state(space)
        while state:
            rows = self._database.fetch_all(
                "SELECT vectors.key, label, data FROM vectors"
                " JOIN cases ON cases.key = of_case WHERE space = ? AND vectors.key > ?"
                " ORDER BY vectors.key LIMIT ?",
                (state.key, after, PAGE_ROWS),
            )
            if not rows:
                return
            keys, labels, values = zip(*rows, strict=True)
            vectors = [self._database.decode_vector(value) for value in values]
            self._check_batch(space, state, [after, *keys], labels, vectors)
            yield Batch(keys, labels, np.stack(vectors))
            after = keys[-1]

    def _check_batch(
        self,
        space: Space,
        state: SpaceState,
        keys: Sequence[int],
        labels: Sequence[str],
        vectors: Sequence[Array],
    ) -> None:
        damage_error = self._database.damage_error
        if any(vector.size != state.dimension for vector in vectors):
            raise damage_error(f"a vector of {space} has a wrong length")
        if list(keys) != sorted({*keys}):
            raise damage_error(f"vectors of {space} are out of order")
        if unknown_labels := {*labels} - {*BASIC_EMOTIONS}:
            raise damage_error(f"{min(unknown_labels)!r} is no emotion")

    def keys(self, space: Space) -> NDArray[np.int64]:
        """Keys of every vector in a space, ascending."""
        rows = self._database.fetch_all(
            "SELECT vectors.key FROM vectors JOIN spaces ON spaces.key = space"
            " WHERE modality = ? AND model = ? ORDER BY vectors.key",
            (space.modality, space.model),
        )
        return np.fromiter((key for (key,) in rows), np.int64, len(rows))

    def checksum(self, space: Space, key: int) -> int:
        """CRC-32 of one vector of a space; of no bytes if there is no such vector."""
        rows = self._database.fetch_all(
            "SELECT data FROM vectors JOIN spaces ON spaces.key = space"
            " WHERE vectors.key = ? AND modality = ? AND model = ?",
            (key, space.modality, space.model),
        )
        vectors = [self._database.decode_vector(data).tobytes() for (data,) in rows]
        return zlib.crc32(b"".join(vectors))

    def of_cases(self, ids: Sequence[str]) -> dict[str, dict[Space, Array]]:
        """The vectors of cases, by id and space."""
        if not ids:
            return {}
        marks = ", ".join("?" * len(ids))
        rows = self._database.fetch_all(
            "SELECT id, modality, model, data FROM cases"
            " JOIN vectors ON of_case = cases.key JOIN spaces ON spaces.key = space"
            f" WHERE id IN ({marks}) ORDER BY vectors.key",
            ids,
        )
        vectors: dict[str, dict[Space, Array]] = {id_: {} for id_ in ids}
        for id_, modality, model, data in rows:
            if id_ not in vectors:
                raise self._database.damage_error(
                    f"a case has two names, one is {id_!r}"
                )
            space = self._space(modality, model)
            vectors[id_][space] = self._database.decode_vector(data)
        return vectors

    def _space(self, modality: str, model: str) -> Space:
        try:
            return Space(modality=modality, model=model)
        except ValidationError as error:
            raise self._database.damage_error(f"not a space: {modality!r}") from error


def _checked_vector(space: Space, vector: Array, dimension: int | None) -> Array:
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
