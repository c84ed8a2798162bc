"""Where cases stand, each beside those it is like: what memory asks of a shelf."""

import os
from collections.abc import Iterable
from typing import Protocol

from affectgraph.memory.backends.folder import Folder
from affectgraph.memory.backends.postgres.case_store import PostgresShelf
from affectgraph.memory.case import Array, Case, Space, Vectors
from affectgraph.memory.index import Hit
from affectgraph.memory.store import Store
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_path

Place = AnyPath


class Shelf(Protocol):
    """Cases in a store, and the nearest of them."""

    @property
    def store(self) -> Store:
        """Its cases and vectors."""

    def add(self, cases: Iterable[tuple[Case, Vectors]]) -> int:
        """Add cases; see `Store.add`."""

    def forget(self, ids: Iterable[str], *, clips: Iterable[str] = ()) -> int:
        """Delete cases from the database and from every index; returns how many.

        Arguments and errors are those of `Store.forget`.
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


def open_shelf(place: Place | None) -> Shelf:
    """Open the shelf in a folder or a PostgreSQL database, made if need be.

    Args:
        place: A folder, or the address of a database; None for one kept in memory.

    Raises:
        MemoryStoreError: If it cannot be used.
        SettingError: If the address cannot be, or PostgreSQL is not installed.
    """
    if is_address(place):
        return PostgresShelf(str(place))
    return Folder(checked_path("memory", place))


def is_address(place: Place | None) -> bool:
    """Whether a place is the address of a PostgreSQL database."""
    return isinstance(place, str) and place.startswith(("postgresql://", "postgres://"))


def database() -> str | None:
    """The address in the setting `AFFECTGRAPH_DATABASE`, if there is one.

    Raises:
        SettingError: If it is none; its value, which may hold a password, is not told.
    """
    address = os.environ.get("AFFECTGRAPH_DATABASE") or None
    if address and not is_address(address):
        raise SettingError(
            "AFFECTGRAPH_DATABASE: write postgresql://USER:PASSWORD@HOST:PORT/NAME"
        )
    return address
