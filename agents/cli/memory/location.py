"""Which memory a command works on."""

from affectgraph.agents.cli import options
from affectgraph.memory import Memory, database_from_env, memory_exists
from affectgraph.tools.errors import SettingError


def named(place: str | None) -> str:
    """The folder or database that was named.

    Raises:
        SettingError: If none was: nothing is kept where nobody said.
    """
    chosen = place or database_from_env()
    if chosen is None:
        raise SettingError(
            "no memory named: pass --memory PLACE, or set AFFECTGRAPH_MEMORY or "
            "AFFECTGRAPH_DATABASE"
        )
    return chosen


def existing(place: str | None) -> Memory:
    """The memory in a place.

    Raises:
        SettingError: If no place was named, or it holds none.
    """
    chosen = named(place)
    if not memory_exists(chosen):
        raise SettingError(
            f"there is no case memory in {chosen}: name another place, or begin one "
            "with affectgraph memory add"
        )
    return options.held(chosen)


def begun(place: str | None) -> Memory:
    """The memory in a place, begun if need be.

    Raises:
        SettingError: If no place was named.
    """
    return options.held(named(place))
