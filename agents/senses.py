"""The senses that come with the package, and how to name a choice of them."""

from collections.abc import Sequence
from functools import cache

from affectgraph.tools.errors import SettingError
from affectgraph.tools.face.aligned import aligned_face
from affectgraph.tools.face.sense import face
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.prosody.sense import prosody
from affectgraph.tools.transcript.sense import transcript

__all__ = ["aligned_face", "built_in", "chosen"]


@cache
def built_in() -> dict[str, PerceptionTool]:
    """The senses of the package by name, in the order in which they are shown."""
    return {tool.name: tool for tool in (face, prosody, transcript)}


def chosen(tools: Sequence[str | PerceptionTool] | None) -> tuple[PerceptionTool, ...]:
    """Senses from names and tools; all of the package's without a choice.

    Raises:
        SettingError: If a name is unknown, or two senses share a name or prefix.
    """
    if tools is None:
        return tuple(built_in().values())
    found = [_named(tool) if isinstance(tool, str) else tool for tool in tools]
    if not found:
        raise SettingError("tools: none chosen; name at least one")
    for attribute in ("name", "prefix", "modality"):
        values = [getattr(tool, attribute) for tool in found]
        twice = next((v for v in values if values.count(v) > 1), None)
        if twice is not None:
            raise SettingError(f"tools: two of them have the {attribute} {twice!r}")
    return tuple(found)


def _named(name: str) -> PerceptionTool:
    try:
        return built_in()[name]
    except KeyError:
        known = ", ".join(built_in())
        raise SettingError(f"tool {name!r} is unknown; there are {known}") from None
