"""Select senses: built-in ones, plug-ins, importable objects and hub models."""

import sys
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import cache
from importlib import import_module, util
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from affectgraph.tools.adapters import hub
from affectgraph.tools.errors import SettingError, one_line
from affectgraph.tools.evidence import Calibration
from affectgraph.tools.face.aligned import aligned_face
from affectgraph.tools.face.sense import face
from affectgraph.tools.perception import CASE_PREFIX, PerceptionTool
from affectgraph.tools.prosody.sense import prosody
from affectgraph.tools.transcript.sense import transcript

__all__ = ["aligned_face", "built_in_tools", "find_tool", "free_prefix", "select_tools"]

_BUILT_IN = (face, prosody, transcript, aligned_face)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

GROUP = "affectgraph.tools"


@cache
def built_in_tools() -> dict[str, PerceptionTool]:
    """The built-in senses by name, in display order."""
    return {tool.name: tool for tool in (face, prosody, transcript)}


def select_tools(
    tools: Iterable[str | PerceptionTool] | str | PerceptionTool | None,
) -> tuple[PerceptionTool, ...]:
    """Resolve names and tools to senses; None selects all built-in senses.

    Several names may be given as one comma-separated string.
    """
    if tools is None:
        return tuple(built_in_tools().values())
    if isinstance(tools, str):
        tools = [name.strip() for name in tools.split(",")]
    elif not isinstance(tools, Iterable):
        tools = [tools]
    senses: list[PerceptionTool] = []
    for tool in tools:
        taken = {sense.prefix for sense in senses}
        value = find_tool(tool, taken) if isinstance(tool, str) else tool
        senses.append(_with_calibration(require_tool(value, str(tool))))
    if not senses:
        raise SettingError("tools: none chosen; name at least one")
    for attribute in ("name", "modality", "prefix"):
        values = [getattr(sense, attribute) for sense in senses]
        duplicate = next((v for v in values if values.count(v) > 1), None)
        if duplicate is not None:
            names = [s.name for s in senses if getattr(s, attribute) == duplicate]
            raise SettingError(
                f"tools: {' and '.join(names)} have the same {attribute}, "
                f"{duplicate!r}; choose one of them"
            )
    return tuple(senses)


def find_tool(name: str, taken: Collection[str] = ()) -> PerceptionTool:
    """Find a sense by name.

    Args:
        name: Name of a built-in sense or an installed plug-in, `module:attribute`, or
            `MODALITY=hf:MODEL`.
        taken: Prefixes of the other selected senses.
    """
    if name in built_in_tools():
        return built_in_tools()[name]
    modality, is_model, model = name.partition("=hf:")
    if is_model:
        built_in = built_in_tools().get(modality)
        prefix = built_in.prefix if built_in else free_prefix(modality, taken)
        return hub.hub_sense(modality, model, prefix=prefix)
    if ":" in name:
        return load_plugin(name)
    installed = installed_plugins()
    if name in installed:
        return load_plugin(installed[name].value)
    known = ", ".join([*built_in_tools(), *installed])
    raise SettingError(
        f"tool {name!r} is unknown; there are {known}, and MODULE:NAME for your own"
    )


def _with_calibration(tool: PerceptionTool) -> PerceptionTool:
    """Do not let a plug-in inherit the trust of the built-in sense that it replaces."""
    if tool in _BUILT_IN or tool.calibration or tool.modality not in built_in_tools():
        return tool
    return replace(tool, calibration=Calibration())


def free_prefix(modality: str, taken: Collection[str] = ()) -> str:
    """A prefix that no built-in sense has, from the modality's letters if possible."""
    reserved = {
        CASE_PREFIX,
        *taken,
        *(tool.prefix for tool in built_in_tools().values()),
    }
    letters = [c for c in modality.upper() + _LETTERS if c in _LETTERS]
    return next(letter for letter in letters if letter not in reserved)


def installed_plugins() -> dict[str, EntryPoint]:
    """Entry points of installed plug-ins by name; none is imported."""
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
    """Import a sense from `module:attribute`; the working folder is searched last."""
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
