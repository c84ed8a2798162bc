"""What goes wrong with PostgreSQL, told in one line that holds no password."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from affectgraph.memory.backends.sqlite.schema import NewerSchemaError
from affectgraph.tools.errors import MemoryStoreError, SettingError

# One @ at most, before any slash: or else half a password would pass for a host.
_ADDRESS = re.compile(
    r"postgres(ql)?://([^@/?#\s]*@)?[^@/?#\s]*(/[^@/?#\s]*)?(\?[^@\s]*)?"
)


def driver() -> Any:
    """The module `psycopg`.

    Raises:
        SettingError: If what PostgreSQL needs is not installed.
    """
    try:
        import langgraph.checkpoint.postgres  # noqa: F401
        import pgvector.psycopg  # noqa: F401
        import psycopg
    except ImportError as error:
        raise SettingError(
            "PostgreSQL needs more packages: pip install 'affectgraph[postgres]'"
        ) from error
    return psycopg


def named(address: str) -> str:
    """An address without its password.

    Raises:
        SettingError: If it is none; it is not repeated, as it may hold a password.
    """
    psycopg = driver()
    try:
        parts = psycopg.conninfo.conninfo_to_dict(address)
    except psycopg.Error:
        parts = None
    if parts is None or not _ADDRESS.fullmatch(address):
        raise SettingError(
            "the address of the database cannot be read: write postgresql://"
            "USER:PASSWORD@HOST:PORT/NAME, with %40 for @ and %2F for / in a password"
        ) from None
    user, host = parts.get("user", ""), parts.get("host", "")
    name = f"postgresql://{user}{'@' if user else ''}"
    if host.startswith("/"):
        return f"{name}/{parts.get('dbname', '')}?host={host}"
    port = f":{parts['port']}" if "port" in parts else ""
    return f"{name}{host}{port}/{parts.get('dbname', '')}"


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn whatever PostgreSQL says into one line with the address and what to do.

    Args:
        name: The address without its password.
    """
    try:
        yield
    except (NewerSchemaError, driver().Error) as error:
        raise MemoryStoreError(f"the database {name} {_advice(error)}") from error


def _advice(error: Exception) -> str:
    if isinstance(error, NewerSchemaError):
        return f"was written by a later release ({error}): update affectgraph"
    reason = _reason(error)
    if isinstance(error, driver().errors.InsufficientPrivilege):
        return f"does not allow it ({reason}): have its administrator do or grant that"
    if isinstance(error, driver().NotSupportedError):
        return f"lacks something ({reason}): its server needs pgvector 0.8 or later"
    if isinstance(error, driver().DataError):
        return f"cannot keep this ({reason}): leave it out"
    if not isinstance(error, driver().OperationalError):
        return f"cannot be used ({reason}): see that it is a database of affectgraph's"
    if "password" in reason:
        return f"refuses ({reason}): mend the user and password in its address"
    if "does not exist" in reason:
        return f"refuses ({reason}): create it, or mend its address"
    return f"cannot be reached ({reason}): see that its server runs, and try again"


def _reason(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()] or [""]
    told = [line for line in lines if "failed: " in line] or lines
    return " ".join(told[0].rsplit("failed: ")[-1].split())
