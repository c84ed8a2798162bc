"""The agent behind the Model Context Protocol: analyze, explain, search_cases."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from pydantic import BaseModel, ConfigDict, Field

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.integrations.langchain_tool import DESCRIPTION, Asked
from affectgraph.agents.integrations.text import told, why
from affectgraph.graphs.schema import Verdict
from affectgraph.memory import Memory
from affectgraph.memory.clip_vectors import clip_vectors
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line
from affectgraph.tools.io.safe_path import resolve_inside

_REMEMBERED = 64
_ID = 16


class Analyze(Asked):
    """Arguments of `analyze`."""

    model_config = ConfigDict(extra="forbid")


class Explain(BaseModel):
    """Arguments of `explain`."""

    model_config = ConfigDict(extra="forbid")

    verdict: str = Field(description="Id of a verdict, as analyze gave it.")
    label: str | None = Field(
        default=None, description=f"Why this, or not: {', '.join(BASIC_EMOTIONS)}."
    )


class SearchCases(Asked):
    """Arguments of `search_cases`."""

    model_config = ConfigDict(extra="forbid")

    label: str | None = Field(
        default=None, description="For which emotion; the likeliest by default."
    )
    k: int = Field(default=5, ge=1, le=50, description="How many of that emotion.")


Answer = tuple[str, dict[str, Any]]


class Desk:
    """Answers what other agents ask; remembers the latest verdicts.

    Args:
        agent: Who analyses.
        memory: What `search_cases` searches.
        root: The folder that a clip has to be in; None where any file may be read.
    """

    def __init__(
        self, agent: EmotionAgent, memory: Memory, root: Path | None = None
    ) -> None:
        self._agent = agent
        self._memory = memory
        self._root = root
        self._verdicts: OrderedDict[str, Verdict] = OrderedDict()
        self.tools: Mapping[
            str, tuple[str, type[BaseModel], Callable[[Any], Answer]]
        ] = {
            "analyze": (DESCRIPTION, Analyze, self._analyze),
            "explain": (
                "What speaks for and against an emotion in a clip that was analysed: "
                "evidence with ids and times, and the attempts to refute it.",
                Explain,
                self._explain,
            ),
            "search_cases": (
                "Annotated clips that are like a clip: of the emotion asked for, and "
                "the nearest of others.",
                SearchCases,
                self._search,
            ),
        }

    def ask(self, name: str, arguments: Mapping[str, Any]) -> Answer:
        """Answer one call: plain lines, and the same as an object.

        Raises:
            AffectgraphError: If the clip or a setting cannot be used.
            ValidationError: If the arguments do not fit.
        """
        if name not in self.tools:
            raise SettingError(f"tool {name!r}: there are {', '.join(self.tools)}")
        _, takes, answer = self.tools[name]
        return answer(takes.model_validate(arguments))

    def _analyze(self, asked: Analyze) -> Answer:
        verdict, _ = self._seen(asked)
        name = verdict.clip.sha256[:_ID]
        return f"{told(verdict)}\nVerdict id: {name}", {
            "id": name,
            **verdict.to_dict(),
        }

    def _explain(self, asked: Explain) -> Answer:
        verdict = self._verdicts.get(asked.verdict)
        if verdict is None:
            raise SettingError(f"no verdict {asked.verdict!r} here; analyze the clip")
        text = why(verdict, asked.label)
        return text, {"id": asked.verdict, "lines": text.splitlines()}

    def _search(self, asked: SearchCases) -> Answer:
        if asked.label not in (None, *BASIC_EMOTIONS):
            raise SettingError(
                f"label {asked.label!r}: use one of {', '.join(BASIC_EMOTIONS)}"
            )
        verdict, clip = self._seen(asked)
        found = self._memory.recall(
            clip_vectors(clip.artifacts, verdict.evidence),
            leading=asked.label or top_emotion(verdict.distribution),
            exclude=[clip.footage, clip.sha256],
            k=asked.k,
        )
        lines = [
            f"{one.kind}: {one.case.label}, similarity {one.similarity:.2f}; "
            f"{one.case.summary} ({one.case.source}, {one.case.licence})"
            for one in found
        ]
        cases = [one.model_dump(mode="json") for one in found]
        return "\n".join(lines) or "No case is like it.", {"cases": cases}

    def _seen(self, asked: Asked) -> tuple[Verdict, Clip]:
        path: str | Path | None = asked.path
        if path is not None and self._root is not None:
            path = resolve_inside(path, self._root, named_by="--root")
        clip = Clip.open(path, text=asked.text)
        verdict = self._agent.analyze(clip)
        self._verdicts[verdict.clip.sha256[:_ID]] = verdict
        while len(self._verdicts) > _REMEMBERED:
            self._verdicts.popitem(last=False)
        return verdict, clip


async def serve(desk: Desk, requests: TextIO, replies: TextIO) -> None:
    """Speak the protocol until the requests end."""
    import anyio
    from mcp import types
    from mcp.server.lowlevel import Server
    from mcp.server.stdio import stdio_server

    server: Any = Server("affectgraph")

    async def offered() -> list[types.Tool]:
        return [
            types.Tool(
                name=name, description=about, inputSchema=takes.model_json_schema()
            )
            for name, (about, takes, _) in desk.tools.items()
        ]

    async def asked(name: str, arguments: dict[str, Any]) -> types.CallToolResult:
        try:
            text, whole = await asyncio.to_thread(desk.ask, name, arguments)
        except Exception as error:  # another agent is told, and asks better
            wrong = types.TextContent(type="text", text=_line(error))
            return types.CallToolResult(content=[wrong], isError=True)
        right = types.TextContent(type="text", text=text)
        return types.CallToolResult(content=[right], structuredContent=whole)

    server.list_tools()(offered)
    server.call_tool(validate_input=False)(asked)
    streams = stdio_server(anyio.wrap_file(requests), anyio.wrap_file(replies))
    async with streams as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def _line(error: Exception) -> str:
    text = one_line(error)
    return text if isinstance(error, AffectgraphError) else f"cannot be done: {text}"
