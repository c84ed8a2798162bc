"""Where a memory is: in a folder, in a PostgreSQL database, or in the process only."""

import os

from affectgraph.memory.backends.postgres.case_store import PostgresCaseStore
from affectgraph.memory.backends.sqlite.case_store import DATABASE, SqliteCaseStore
from affectgraph.memory.case_store import CaseStore
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_path

Place = AnyPath


def open_case_store(place: Place | None) -> CaseStore:
    """Open the cases in a folder or a PostgreSQL database; create it if needed.

    Args:
        place: A folder, or the URL of a database; None keeps cases in the process.
    """
    if is_postgres_url(place):
        return PostgresCaseStore(str(place))
    return SqliteCaseStore(checked_path("memory", place))


def memory_exists(place: Place) -> bool:
    """Whether a folder holds a memory; True for a database, which reports it itself."""
    return is_postgres_url(place) or (checked_path("memory", place) / DATABASE).exists()


def is_postgres_url(place: Place | None) -> bool:
    """Whether a place is the URL of a PostgreSQL database."""
    return isinstance(place, str) and place.startswith(("postgresql://", "postgres://"))


def database_from_env() -> str | None:
    """The database URL in the environment variable `AFFECTGRAPH_DATABASE`, if any.

    Raises:
        SettingError: If it is no such URL. The message leaves the value out: it may
            hold a password.
    """
    url = os.environ.get("AFFECTGRAPH_DATABASE") or None
    if url and not is_postgres_url(url):
        raise SettingError(
            "AFFECTGRAPH_DATABASE: write postgresql://USER:PASSWORD@HOST:PORT/NAME"
        )
    return url
