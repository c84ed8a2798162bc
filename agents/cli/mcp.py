"""`affectgraph mcp`: other agents ask through the Model Context Protocol."""

import asyncio
import os
import sys
from importlib import util
from pathlib import Path
from typing import Annotated, TextIO

import typer

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.cli import options
from affectgraph.agents.service.mcp_server import McpTools, serve
from affectgraph.tools.errors import SettingError

Root = Annotated[
    Path | None,
    typer.Option(
        "--root",
        metavar="DIR",
        help="Read no clip outside this folder; without it, any file that you can.",
    ),
]


def mcp(
    root: Root = None,
    tools: options.Tools = None,
    llm: options.Llm = options.DEFAULT_LLM,
    no_llm: options.NoLlm = False,
    purpose: options.Purpose = None,
    audit: options.Audit = None,
) -> None:
    """Offer analyze, explain and search_cases to other agents, over stdio.

    Example: affectgraph mcp --root clips --no-llm
    """
    if util.find_spec("mcp") is None:
        raise SettingError("mcp is not installed; run pip install 'affectgraph[mcp]'")
    if root is not None and not root.is_dir():
        raise SettingError(f"--root {root}: no such folder")
    memory = options.held()
    agent = EmotionAgent(
        llm=None if no_llm else llm,
        tools=options.names(tools),
        memory=memory,
        purpose=purpose,
        audit=audit,
        progress=True,
    )
    asyncio.run(serve(McpTools(agent, memory, root), *_protocol_only()))


def _protocol_only() -> tuple[TextIO, TextIO]:
    """Standard input and output for the protocol alone.

    Whatever else reads finds nothing there, and whatever else prints goes to standard
    error, also from libraries that are not Python's.
    """
    requests = os.fdopen(os.dup(0), encoding="utf-8", errors="replace")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    sys.stdout = sys.stderr
    return requests, replies
