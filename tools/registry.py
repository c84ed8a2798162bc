"""Which senses take part: those of the package, and others by name, place or model."""

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

__all__ = ["aligned_face", "built_in_tools", "select_tools", "free_prefix", "find_tool"]

_OURS = (face, prosody, transcript, aligned_face)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@cache
def built_in_tools() -> dict[str, PerceptionTool]:
    """The senses of the package by name, in the order in which they are shown."""
    return {tool.name: tool for tool in (face, prosody, transcript)}


def select_tools(
    tools: Iterable[str | PerceptionTool] | str | PerceptionTool | None,
) -> tuple[PerceptionTool, ...]:
    """Senses from names and tools; all of the package's without a choice.

    Names may be one text, with commas between.

    Raises:
        SettingError: If one cannot be had, or two share a name, prefix or modality.
    """
    if tools is None:
        return tuple(built_in_tools().values())
    if isinstance(tools, str):
        tools = [name.strip() for name in tools.split(",")]
    elif not isinstance(tools, Iterable):
        tools = [tools]
    found: list[PerceptionTool] = []
    for tool in tools:
        taken = {other.prefix for other in found}
        one = find_tool(tool, taken) if isinstance(tool, str) else tool
        found.append(_as_trusted(plugins.require_tool(one, str(tool))))
    if not found:
        raise SettingError("tools: none chosen; name at least one")
    for attribute in ("name", "modality", "prefix"):
        values = [getattr(tool, attribute) for tool in found]
        twice = next((v for v in values if values.count(v) > 1), None)
        if twice is not None:
            names = [tool.name for tool in found if getattr(tool, attribute) == twice]
            raise SettingError(
                f"tools: {' and '.join(names)} have the same {attribute}, {twice!r}; "
                "choose one of them"
            )
    return tuple(found)


def find_tool(name: str, taken: Collection[str] = ()) -> PerceptionTool:
    """The sense of that name.

    Args:
        name: Of a sense of the package or of an installed plug-in, `module:attribute`,
            or `MODALITY=hf:MODEL`.
        taken: Prefixes that others in the choice have.

    Raises:
        SettingError: If it cannot be had.
    """
    if name in built_in_tools():
        return built_in_tools()[name]
    modality, is_model, model = name.partition("=hf:")
    if is_model:
        ours = built_in_tools().get(modality)
        prefix = ours.prefix if ours else free_prefix(modality, taken)
        return hub.hub_sense(modality, model, prefix=prefix)
    if ":" in name:
        return plugins.load_plugin(name)
    others = plugins.installed_plugins()
    if name in others:
        return plugins.load_plugin(others[name].value)
    known = ", ".join([*built_in_tools(), *others])
    raise SettingError(
        f"tool {name!r} is unknown; there are {known}, and MODULE:NAME for your own"
    )


def _as_trusted(tool: PerceptionTool) -> PerceptionTool:
    """A stranger in the place of a sense of ours is not trusted as ours is."""
    if tool in _OURS or tool.calibration or tool.modality not in built_in_tools():
        return tool
    return replace(tool, calibration=Calibration())


def free_prefix(modality: str, taken: Collection[str] = ()) -> str:
    """A letter that no sense of ours has: from the modality's own letters, if free."""
    reserved = {
        CASE_PREFIX,
        *taken,
        *(tool.prefix for tool in built_in_tools().values()),
    }
    letters = [c for c in modality.upper() + _LETTERS if c in _LETTERS]
    return next(letter for letter in letters if letter not in reserved)
