"""Cases and the history of their corrections in a database."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from affectgraph.memory.case import Array, Case, Correction, Space, Vectors
from affectgraph.memory.database import Database
from affectgraph.memory.trust import MemoryTrust
from affectgraph.memory.vector_table import PAGE_ROWS, VectorTable
from affectgraph.tools.errors import MemoryStoreError

Model = TypeVar("Model", bound=BaseModel)


class CaseTables:
    """Cases in a database that many processes may read and write.

    A change is on the disk when the method that makes it returns. Threads of one
    process take turns.
    """

    def __init__(self, database: Database) -> None:
        """Read and write the cases in an open database."""
        self.database = database
        self.vectors = VectorTable(database)

    def add(self, cases: Iterable[tuple[Case, Vectors]]) -> int:
        """Add cases in one transaction: either all are on the disk, or none is.

        A case that is already there stays as it is, and gains vectors in spaces where
        it had none.

        Returns:
            How many were new.
        """
        with self.database.transaction():
            return self._insert(list(cases))

    def _insert(self, cases: Sequence[tuple[Case, Vectors]]) -> int:
        new = self.database.execute_many(
            "INSERT INTO cases (id, sha256, label, annotator, source, created, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [_case_row(case) for case, _ in cases],
        )
        self.vectors.insert(cases)
        return new

    def forget(self, ids: Iterable[str] = (), *, clips: Iterable[str] = ()) -> int:
        """Delete cases with their vectors, and the corrections of clips.

        Their bytes are erased, and so are those of earlier deletions that could not be
        erased at the time.

        Returns:
            How many cases were deleted.

        Raises:
            NotErasedError: If others still read what was deleted; call it again.
        """
        with self.database.transaction():
            count = self._delete_cases(ids)
            self.database.execute_many(
                "DELETE FROM corrections WHERE sha256 = ?", [(clip,) for clip in clips]
            )
        self.database.erase_deleted()
        return count

    def _delete_cases(self, ids: Iterable[str]) -> int:
        return self.database.execute_many(
            "DELETE FROM cases WHERE id = ?", [(id_,) for id_ in ids]
        )

    def history(self, clip: str | None = None) -> list[Correction]:
        """Corrections of one clip, or of all clips, oldest first."""
        rows = self.database.fetch_all(
            "SELECT body FROM corrections WHERE sha256 = coalesce(?, sha256)"
            " ORDER BY key",
            (clip,),
        )
        return [self._parse(Correction, body) for (body,) in rows]

    def revise(
        self,
        clip: str,
        change: Callable[[list[Correction]], Correction],
        vectors: Vectors | None = None,
    ) -> Correction:
        """Add a correction and replace the clip's case, in one transaction.

        Args:
            clip: Hash of the clip.
            change: Makes the correction from the clip's history.
            vectors: Of the clip; those of its present case are used where these lack.
        """
        with self.database.transaction():
            history = self.history(clip)
            correction = change(history)
            replaced = history[-1].case if history else None
            if replaced is not None:
                stored = self.vectors.of_cases([replaced.id])[replaced.id]
                vectors = {**stored, **(vectors or {})}
                self._delete_cases([replaced.id])
            if correction.case is not None:
                if not vectors:
                    raise MemoryStoreError(
                        f"clip {clip[:12]} has no vectors: add it, or correct it again"
                    )
                self._insert([(correction.case, vectors)])
            self._insert_corrections([correction])
        return correction

    def add_corrections(self, corrections: Iterable[Correction]) -> None:
        """Add to the history and leave cases alone, as when copying a database."""
        with self.database.transaction():
            self._insert_corrections(corrections)

    def _insert_corrections(self, corrections: Iterable[Correction]) -> None:
        self.database.execute_many(
            "INSERT INTO corrections (sha256, body) VALUES (?, ?)",
            [(entry.clip, entry.model_dump_json()) for entry in corrections],
        )

    def of_vectors(self, keys: Iterable[int]) -> dict[str, Case]:
        """The cases that vectors with these keys belong to, by id."""
        wanted = ", ".join(str(int(key)) for key in keys)
        if not wanted:
            return {}
        rows = self.database.fetch_all(
            "SELECT id, body FROM cases WHERE key IN"
            f" (SELECT of_case FROM vectors WHERE key IN ({wanted}))"
        )
        return {id_: self._parse(Case, body) for id_, body in rows}

    def find(
        self,
        where: Mapping[str, str] | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str = "",
        limit: int = PAGE_ROWS,
    ) -> list[Case]:
        """Cases in the order of their ids.

        Args:
            where: Wanted values of `id`, `sha256`, `label`, `annotator`, `source`.
            since: Only cases created then or later.
            until: Only cases created before.
            after: Only cases with a greater id.
            limit: Maximum number of cases.
        """
        conditions: dict[str, object] = {"id > ?": after}
        conditions |= {
            f"{column} = ?": value for column, value in (where or {}).items()
        }
        times = {"created >= ?": since, "created < ?": until}
        conditions |= {c: int(t.timestamp()) for c, t in times.items() if t is not None}
        rows = self.database.fetch_all(
            f"SELECT id, body FROM cases WHERE {' AND '.join(conditions)}"
            " ORDER BY id LIMIT ?",
            (*conditions.values(), limit),
        )
        cases = [self._parse(Case, body) for _, body in rows]
        ids = [after, *(id_ for id_, _ in rows)]
        # A caller that pages by the last id would otherwise never end.
        if ids[1:] != [case.id for case in cases] or ids != sorted({*ids}):
            raise self.database.damage_error("its cases are out of order")
        return cases

    def all_cases(self) -> Iterator[tuple[Case, dict[Space, Array]]]:
        """Every case with its vectors, in the order of their ids."""
        after = ""
        while cases := self.find(after=after):
            vectors = self.vectors.of_cases([case.id for case in cases])
            yield from ((case, vectors[case.id]) for case in cases)
            after = cases[-1].id

    def ids(self, limit: int) -> list[str]:
        """Ids of the first cases, in their order: as good as drawn at random."""
        rows = self.database.fetch_all(
            "SELECT id FROM cases ORDER BY id LIMIT ?", (limit,)
        )
        return [id_ for (id_,) in rows]

    def with_ids(self, ids: Sequence[str]) -> list[Case]:
        """The cases that have one of these ids."""
        if not ids:
            return []
        marks = ", ".join("?" * len(ids))
        rows = self.database.fetch_all(
            f"SELECT body FROM cases WHERE id IN ({marks})", ids
        )
        return [self._parse(Case, body) for (body,) in rows]

    def revision(self) -> str:
        """A text that every change of cases that can be recalled changes."""
        rows = self.database.fetch_all(
            "SELECT coalesce(sum(vectors), 0), coalesce(max(newest), 0),"
            " coalesce(sum(removed), 0) FROM spaces"
        )
        return " ".join(str(int(number)) for number in rows[0])

    def read_trust(self) -> MemoryTrust | None:
        """The stored trust; None unless it was measured on the present cases."""
        rows = self.database.fetch_all(
            "SELECT body FROM trust WHERE revision = ?", (self.revision(),)
        )
        return self._parse(MemoryTrust, rows[0][0]) if rows else None

    def write_trust(self, trust: MemoryTrust, revision: str) -> None:
        """Store the trust that was measured on the cases of a revision."""
        with self.database.transaction():
            self.database.execute_many("DELETE FROM trust WHERE key = ?", [(1,)])
            self.database.execute_many(
                "INSERT INTO trust (key, revision, body) VALUES (?, ?, ?)",
                [(1, revision, trust.model_dump_json())],
            )

    def counts(self, column: str) -> dict[str, int]:
        """Number of cases for each value of a column."""
        rows = self.database.fetch_all(
            f"SELECT {column}, count(*) FROM cases GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        return dict(rows)

    def _parse(self, model: type[Model], body: str) -> Model:
        try:
            return model.model_validate_json(body)
        except ValidationError as error:
            kind = model.__name__.lower()
            raise self.database.damage_error(f"not a {kind}: {body!s:.40}") from error


def _case_row(case: Case) -> tuple[object, ...]:
    columns = case.id, case.sha256, case.label, case.annotator, case.source
    return *columns, int(case.created.timestamp()), case.model_dump_json()
