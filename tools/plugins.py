"""Senses that others made: installed ones, and any that can be imported."""

import sys
from importlib import import_module, util
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from affectgraph.tools.errors import SettingError, one_line
from affectgraph.tools.perception import PerceptionTool

GROUP = "affectgraph.tools"


def installed_plugins() -> dict[str, EntryPoint]:
    """Entry points of installed plug-ins by name; nothing of theirs is run.

    Raises:
        SettingError: If two packages offer a sense of the same name.
    """
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise SettingError(
                f"tool {point.name!r}: two packages offer it; "
                f"name one as {other.value} or {point.value}"
            )
    return found


def load_plugin(place: str) -> PerceptionTool:
    """Import a sense from `module:attribute`; the working folder is searched last.

    Raises:
        SettingError: If it cannot be imported, or is no sense.
    """
    module, _, attribute = place.partition(":")
    here = str(Path.cwd())
    try:
        # A folder here may have the name of what is installed.
        if here not in sys.path and util.find_spec(module.partition(".")[0]) is None:
            sys.path.append(here)
        found = import_module(module)
        for name in attribute.split("."):
            found = getattr(found, name)
    except Exception as error:  # a plug-in may raise anything when it is imported
        raise SettingError(
            f"tool {place!r} cannot be imported: {one_line(error)}"
        ) from error
    return require_tool(found, place)


def require_tool(found: object, place: str) -> PerceptionTool:
    """The sense, if it is one.

    Raises:
        SettingError: If it is not; says how to make it one.
    """
    if isinstance(found, PerceptionTool):
        return found
    remedy = "decorate it with @perception_tool"
    if hasattr(found, "args_schema"):
        remedy = "wrap it with affectgraph.agents.langchain_sense"
    raise SettingError(
        f"tool {place!r} is a {type(found).__name__}, not a sense; {remedy}"
    )
