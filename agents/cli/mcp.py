"""`affectgraph mcp`: other agents ask through the Model Context Protocol."""

import asyncio
import os
import sys
from importlib import util
from typing import TextIO

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.cli import options
from affectgraph.agents.mcp_server import Desk, serve
from affectgraph.tools.errors import SettingError


def mcp(
    tools: options.Tools = None,
    llm: options.Llm = options.DEFAULT_LLM,
    no_llm: options.NoLlm = False,
    purpose: options.Purpose = None,
    audit: options.Audit = None,
) -> None:
    """Offer analyze, explain and search_cases to other agents, over stdio.

    Example: affectgraph mcp --no-llm
    """
    if util.find_spec("mcp") is None:
        raise SettingError("mcp is not installed; run pip install 'affectgraph[mcp]'")
    memory = options.held()
    agent = EmotionAgent(
        llm=None if no_llm else llm,
        tools=options.names(tools),
        memory=memory,
        purpose=purpose,
        audit=audit,
        progress=True,
    )
    asyncio.run(serve(Desk(agent, memory), *_protocol_only()))


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
