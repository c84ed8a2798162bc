"""Where cases stand, each beside those it is like: what memory asks of a shelf."""

from collections.abc import Iterable
from typing import Protocol

from affectgraph.memory.case import Array, Case, Space, Vectors
from affectgraph.memory.index import Hit
from affectgraph.memory.store import Store


class Shelf(Protocol):
    """Cases in a store, and the nearest of them."""

    @property
    def store(self) -> Store:
        """Its cases and vectors."""

    def add(self, cases: Iterable[tuple[Case, Vectors]]) -> int:
        """Add cases; see `Store.add`."""

    def forget(self, ids: Iterable[str], *, clips: Iterable[str] = ()) -> int:
        """Delete cases from the database and from every index; returns how many.

        Arguments are those of `Store.forget`.
        """

    def nearest(
        self, space: Space, vector: Array, k: int, *, label: str | None = None
    ) -> list[Hit]:
        """The nearest k vectors of a space, best first; of one label only, if given.

        Raises:
            MemoryStoreError: If the vector is of the wrong dimension.
        """

    def index(self, vectors: int) -> str:
        """The kind of index that so many vectors get."""

    def close(self) -> None:
        """Let go of the database."""
