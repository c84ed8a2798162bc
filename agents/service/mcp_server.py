"""The agent behind the Model Context Protocol: analyze, explain, search_cases."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from pydantic import BaseModel, ConfigDict, Field

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.integrations import (
    DESCRIPTION,
    ClipRequest,
    label_text,
    verdict_text,
)
from affectgraph.graphs.schema import Verdict
from affectgraph.memory import Memory
from affectgraph.memory.clip_vectors import clip_vectors
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line
from affectgraph.tools.io.arguments import resolve_inside

_MAX_VERDICTS = 64
_ID_CHARS = 16


class Analyze(ClipRequest):
    """Arguments of `analyze`."""

    model_config = ConfigDict(extra="forbid")


class Explain(BaseModel):
    """Arguments of `explain`."""

    model_config = ConfigDict(extra="forbid")

    verdict: str = Field(description="Id of a verdict, as analyze gave it.")
    label: str | None = Field(
        default=None, description=f"Why this, or not: {', '.join(BASIC_EMOTIONS)}."
    )


class SearchCases(ClipRequest):
    """Arguments of `search_cases`."""

    model_config = ConfigDict(extra="forbid")

    label: str | None = Field(
        default=None, description="For which emotion; the likeliest by default."
    )
    k: int = Field(default=5, ge=1, le=50, description="How many of that emotion.")


ToolResult = tuple[str, dict[str, Any]]


class McpTools:
    """Tools for other agents; it holds the latest verdicts for `explain`.

    Args:
        agent: Analyses the clips.
        memory: Searched by `search_cases`.
        root: Folder that every clip must be in; None to allow any file.
    """

    def __init__(
        self, agent: EmotionAgent, memory: Memory, root: Path | None = None
    ) -> None:
        self._agent = agent
        self._memory = memory
        self._root = root
        self._verdicts: OrderedDict[str, Verdict] = OrderedDict()
        self.tools: Mapping[
            str, tuple[str, type[BaseModel], Callable[[Any], ToolResult]]
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

    def list(self) -> list[dict[str, Any]]:
        """Name, description and JSON schema of each tool."""
        return [
            {"name": n, "description": text, "inputSchema": schema.model_json_schema()}
            for n, (text, schema, _) in self.tools.items()
        ]

    def call(self, name: str, arguments: Mapping[str, Any]) -> ToolResult:
        """Run one tool: returns plain lines, and the same as JSON.

        Raises:
            AffectgraphError: If the clip or a setting cannot be used.
            ValidationError: If the arguments are invalid.
        """
        if name not in self.tools:
            raise SettingError(f"tool {name!r}: there are {', '.join(self.tools)}")
        _, schema, run = self.tools[name]
        return run(schema.model_validate(arguments))

    def _analyze(self, request: Analyze) -> ToolResult:
        verdict, _ = self._verdict_of(request)
        name = verdict.clip.sha256[:_ID_CHARS]
        return f"{verdict_text(verdict)}\nVerdict id: {name}", {
            "id": name,
            **verdict.to_dict(),
        }

    def _explain(self, request: Explain) -> ToolResult:
        verdict = self._verdicts.get(request.verdict)
        if verdict is None:
            raise SettingError(f"no verdict {request.verdict!r} here; analyze the clip")
        text = label_text(verdict, request.label)
        return text, {"id": request.verdict, "lines": text.splitlines()}

    def _search(self, request: SearchCases) -> ToolResult:
        if request.label not in (None, *BASIC_EMOTIONS):
            raise SettingError(
                f"label {request.label!r}: use one of {', '.join(BASIC_EMOTIONS)}"
            )
        verdict, clip = self._verdict_of(request)
        cases = self._memory.recall(
            clip_vectors(clip.artifacts, verdict.evidence),
            leading=request.label or top_emotion(verdict.distribution),
            exclude=[clip.footage, clip.sha256],
            k=request.k,
        )
        lines = [
            f"{recalled.kind}: {recalled.case.label}, similarity "
            f"{recalled.similarity:.2f}; {recalled.case.summary} "
            f"({recalled.case.source}, {recalled.case.licence})"
            for recalled in cases
        ]
        dumped = [recalled.model_dump(mode="json") for recalled in cases]
        return "\n".join(lines) or "No case is like it.", {"cases": dumped}

    def _verdict_of(self, request: ClipRequest) -> tuple[Verdict, Clip]:
        path: str | Path | None = request.path
        if path is not None and self._root is not None:
            path = resolve_inside(path, self._root, named_by="--root")
        clip = Clip.open(path, text=request.text)
        verdict = self._agent.analyze(clip)
        self._verdicts[verdict.clip.sha256[:_ID_CHARS]] = verdict
        while len(self._verdicts) > _MAX_VERDICTS:
            self._verdicts.popitem(last=False)
        return verdict, clip


async def serve(tools: McpTools, requests: TextIO, replies: TextIO) -> None:
    """Serve the protocol until the requests end."""
    import anyio
    from mcp import types
    from mcp.server.lowlevel import Server
    from mcp.server.stdio import stdio_server

    server: Any = Server("affectgraph")

    async def list_tools() -> list[types.Tool]:
        return [types.Tool(**entry) for entry in tools.list()]

    async def call_tool(name: str, arguments: dict[str, Any]) -> types.CallToolResult:
        try:
            text, result = await asyncio.to_thread(tools.call, name, arguments)
        except Exception as error:  # the calling agent reads it and tries again
            message = types.TextContent(type="text", text=_error_line(error))
            return types.CallToolResult(content=[message], isError=True)
        content = types.TextContent(type="text", text=text)
        return types.CallToolResult(content=[content], structuredContent=result)

    server.list_tools()(list_tools)
    server.call_tool(validate_input=False)(call_tool)
    streams = stdio_server(anyio.wrap_file(requests), anyio.wrap_file(replies))
    async with streams as (reader, writer):
        await server.run(reader, writer, server.create_initialization_options())


def _error_line(error: Exception) -> str:
    text = one_line(error)
    return text if isinstance(error, AffectgraphError) else f"cannot be done: {text}"
