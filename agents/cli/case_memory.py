"""The case memory that a command works on; closed when the command ends."""

from contextlib import closing

from affectgraph.agents.cli.cleanup import at_command_end
from affectgraph.agents.cli.messages import print_error
from affectgraph.memory import Memory, database_from_env, memory_exists
from affectgraph.tools.errors import SettingError


def open_memory(place: str | None = None) -> Memory:
    """Open a memory until the command ends; without a place, the seed cases."""
    return at_command_end.enter_context(closing(Memory(place)))


def require_place(place: str | None) -> str:
    """The named folder or database.

    Raises:
        SettingError: If neither the option nor the environment names one.
    """
    chosen = place or database_from_env()
    if chosen is None:
        raise SettingError(
            "no memory named: pass --memory PLACE, or set AFFECTGRAPH_MEMORY or "
            "AFFECTGRAPH_DATABASE"
        )
    return chosen


def existing_place(place: str | None) -> str | None:
    """The place if it holds a memory, else None.

    Warns about a named place without a memory: a typing error must not pass for an
    empty memory.
    """
    if place is None or memory_exists(place):
        return place
    print_error(f"there is no case memory in {place} yet: begin with memory add")
    return None


def open_if_exists(place: str | None) -> Memory | None:
    """The memory to recall from, if it exists; see `existing_place`."""
    existing = existing_place(place)
    return None if existing is None else open_memory(existing)


def open_existing(place: str | None) -> Memory:
    """The memory in a place."""
    chosen = require_place(place)
    if not memory_exists(chosen):
        raise SettingError(
            f"there is no case memory in {chosen}: name another place, or begin one "
            "with affectgraph memory add"
        )
    return open_memory(chosen)


def open_or_create(place: str | None) -> Memory:
    """The memory in a place, created if it is not there."""
    return open_memory(require_place(place))
