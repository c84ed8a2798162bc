"""Plug-in senses: installed entry points, and objects that can be imported."""

import sys
from importlib import import_module, util
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from affectgraph.tools.errors import SettingError, one_line
from affectgraph.tools.perception import PerceptionTool

GROUP = "affectgraph.tools"


def installed_plugins() -> dict[str, EntryPoint]:
    """Entry points of installed plug-ins by name; none is imported.

    Raises:
        SettingError: If two packages offer a sense of the same name.
    """
    plugins: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        first = plugins.setdefault(point.name, point)
        if first.value != point.value:
            raise SettingError(
                f"tool {point.name!r}: two packages offer it; "
                f"use {first.value} or {point.value}"
            )
    return plugins


def load_plugin(location: str) -> PerceptionTool:
    """Import a sense from `module:attribute`; the working folder is searched last.

    Raises:
        SettingError: If it cannot be imported or is not a sense.
    """
    module, _, attribute = location.partition(":")
    working_folder = str(Path.cwd())
    try:
        # A folder here must not shadow an installed package of the same name.
        installed = util.find_spec(module.partition(".")[0]) is not None
        if working_folder not in sys.path and not installed:
            sys.path.append(working_folder)
        value: object = import_module(module)
        for name in attribute.split("."):
            value = getattr(value, name)
    except Exception as error:  # importing a plug-in may raise anything
        raise SettingError(
            f"tool {location!r} cannot be imported: {one_line(error)}"
        ) from error
    return require_tool(value, location)


def require_tool(value: object, location: str) -> PerceptionTool:
    """Return the value if it is a sense.

    Raises:
        SettingError: If it is not; the message says how to make it one.
    """
    if isinstance(value, PerceptionTool):
        return value
    remedy = "decorate it with @perception_tool"
    if hasattr(value, "args_schema"):
        remedy = "wrap it with affectgraph.agents.langchain_sense"
    raise SettingError(
        f"tool {location!r} is a {type(value).__name__}, not a sense; {remedy}"
    )
