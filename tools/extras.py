"""Packages that only some features need."""

from importlib import import_module
from typing import Any

from affectgraph.tools.errors import SettingError


def import_extra(module: str, extra: str) -> Any:
    """Import a module of an optional dependency.

    Raises:
        SettingError: If it is not installed; says how to install the extra.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise SettingError(
            f"{module} is not installed; run pip install 'affectgraph[{extra}]'"
        ) from error


def arrow_and_parquet() -> tuple[Any, Any]:
    """The modules `pyarrow` and `pyarrow.parquet`.

    Raises:
        SettingError: If pyarrow is not installed.
    """
    parquet = import_extra("pyarrow.parquet", "parquet")
    return import_extra("pyarrow", "parquet"), parquet
