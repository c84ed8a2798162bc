"""Errors of PostgreSQL as one line without a password, with what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from affectgraph.memory.database import NewerSchemaError
from affectgraph.tools.errors import MemoryStoreError, SettingError
from affectgraph.tools.extras import import_extra

# At most one @, before any slash: otherwise half a password would pass for a host.
_URL = re.compile(r"postgres(ql)?://([^@/?#\s]*@)?[^@/?#\s]*(/[^@/?#\s]*)?(\?[^@\s]*)?")


def import_psycopg() -> Any:
    """The module `psycopg`, if all that PostgreSQL needs is installed.

    Raises:
        SettingError: If a package is missing.
    """
    for module in ("langgraph.checkpoint.postgres", "pgvector.psycopg"):
        import_extra(module, "postgres")
    return import_extra("psycopg", "postgres")


def redact_password(url: str) -> str:
    """A database URL without its password."""
    psycopg = import_psycopg()
    try:
        parts = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        parts = None
    if parts is None or not _URL.fullmatch(url):
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
def translate_errors(name: str) -> Iterator[None]:
    """Turn an error of PostgreSQL into one line with the database and what to do."""
    try:
        yield
    except (NewerSchemaError, import_psycopg().Error) as error:
        raise MemoryStoreError(f"the database {name} {_advice(error)}") from error


def _advice(error: Exception) -> str:
    if isinstance(error, NewerSchemaError):
        return f"was written by a later release ({error}): update affectgraph"
    reason = _reason(error)
    if isinstance(error, import_psycopg().errors.InsufficientPrivilege):
        return f"does not allow it ({reason}): have its administrator do or grant that"
    if isinstance(error, import_psycopg().NotSupportedError):
        return f"lacks something ({reason}): its server needs pgvector 0.8 or later"
    if isinstance(error, import_psycopg().DataError):
        return f"cannot keep this ({reason}): leave it out"
    if not isinstance(error, import_psycopg().OperationalError):
        return f"cannot be used ({reason}): see that it is a database of affectgraph's"
    if "password" in reason:
        return f"refuses ({reason}): mend the user and password in its address"
    if "does not exist" in reason:
        return f"refuses ({reason}): create it, or mend its address"
    return f"cannot be reached ({reason}): see that its server runs, and try again"


def _reason(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()] or [""]
    reasons = [line for line in lines if "failed: " in line] or lines
    return " ".join(reasons[0].rsplit("failed: ")[-1].split())
