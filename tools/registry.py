"""Select senses: built-in ones, plug-ins, importable objects and hub models."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import cache

from affectgraph.tools import plugins
from affectgraph.tools.adapters import hub
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Calibration
from affectgraph.tools.face.aligned import aligned_face
from affectgraph.tools.face.sense import face
from affectgraph.tools.perception import CASE_PREFIX, PerceptionTool
from affectgraph.tools.prosody.sense import prosody
from affectgraph.tools.transcript.sense import transcript

__all__ = ["aligned_face", "built_in_tools", "find_tool", "free_prefix", "select_tools"]

_BUILT_IN = (face, prosody, transcript, aligned_face)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@cache
def built_in_tools() -> dict[str, PerceptionTool]:
    """The built-in senses by name, in display order."""
    return {tool.name: tool for tool in (face, prosody, transcript)}


def select_tools(
    tools: Iterable[str | PerceptionTool] | str | PerceptionTool | None,
) -> tuple[PerceptionTool, ...]:
    """Resolve names and tools to senses; None selects all built-in senses.

    Several names may be given as one comma-separated string.

    Raises:
        SettingError: If a sense cannot be found or loaded, or two have the same name,
            prefix or modality.
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
        senses.append(_with_calibration(plugins.require_tool(value, str(tool))))
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

    Raises:
        SettingError: If it cannot be found or loaded.
    """
    if name in built_in_tools():
        return built_in_tools()[name]
    modality, is_model, model = name.partition("=hf:")
    if is_model:
        built_in = built_in_tools().get(modality)
        prefix = built_in.prefix if built_in else free_prefix(modality, taken)
        return hub.hub_sense(modality, model, prefix=prefix)
    if ":" in name:
        return plugins.load_plugin(name)
    installed = plugins.installed_plugins()
    if name in installed:
        return plugins.load_plugin(installed[name].value)
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
