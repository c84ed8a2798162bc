"""`affectgraph mcp`: a server of the Model Context Protocol for other agents."""

import asyncio
import os
import sys
from importlib import util
from pathlib import Path
from typing import Annotated, TextIO

import typer

from affectgraph.agents.cli import case_memory, options
from affectgraph.agents.service.mcp_server import McpTools, serve
from affectgraph.tools.errors import SettingError

Root = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Read clips of this folder only; without it, any file that you can read.",
    ),
]


@options.expand_options
def mcp(
    *,
    root: Root = None,
    agent_options: options.AgentOptions,
    audit: options.Audit = None,
) -> None:
    """Offer analyze, explain and search_cases to other agents, over stdio.

    Example: affectgraph mcp --root clips --no-llm
    """
    if util.find_spec("mcp") is None:
        raise SettingError("mcp is not installed; run pip install 'affectgraph[mcp]'")
    if root is not None and not root.is_dir():
        raise SettingError(f"--root {root}: no such folder")
    memory = case_memory.open_memory()
    agent = agent_options.create_agent(memory=memory, audit=audit)
    asyncio.run(serve(McpTools(agent, memory, root), *_reserve_standard_streams()))


def _reserve_standard_streams() -> tuple[TextIO, TextIO]:
    """Standard input and output, for the protocol alone.

    Other readers find an empty input, and everything else that is printed, also by
    native libraries, goes to standard error.
    """
    requests = os.fdopen(os.dup(0), encoding="utf-8", errors="replace")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(2, 1)
    os.close(empty)
    sys.stdout = sys.stderr
    return requests, replies
