"""The set of weights files of a process: all of them, or the permissive ones only."""

import os
from functools import cache
from typing import Literal, get_args

from affectgraph.tools.errors import SettingError

VARIABLE = "AFFECTGRAPH_WEIGHTS"
WeightsSet = Literal["default", "permissive"]
ALL_SETS: tuple[WeightsSet, ...] = get_args(WeightsSet)


@cache
def selected_set() -> str:
    """The set of this process; the first call fixes it, as networks are shared.

    Raises:
        SettingError: If the variable `AFFECTGRAPH_WEIGHTS` names no set.
    """
    return _checked(os.environ.get(VARIABLE) or ALL_SETS[0], VARIABLE)


def select_set(name: str | None) -> None:
    """Choose the set of this process and of those that it starts.

    Args:
        name: `default` or `permissive` (weights whose training data may be used
            commercially); None for the variable `AFFECTGRAPH_WEIGHTS`, or `default`.

    Raises:
        SettingError: If there is no such set, or this process uses another one.
    """
    if name is not None and selected_set.cache_info().currsize == 0:
        os.environ[VARIABLE] = _checked(name, "weights")
    if name not in (None, selected_set()):
        _checked(str(name), "weights")
        raise SettingError(
            f"weights={name!r}: this process already uses the {selected_set()} "
            f"weights; choose before the first agent, or set {VARIABLE}"
        )


def _checked(name: str, setting: str) -> str:
    if name not in ALL_SETS:
        raise SettingError(
            f"{setting}: no weights are called {name!r}; use {' or '.join(ALL_SETS)}"
        )
    return name
