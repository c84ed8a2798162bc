"""Other agents ask over the Model Context Protocol, as a client over stdio does."""

import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

mcp = pytest.importorskip("mcp")
from mcp.client.stdio import stdio_client  # noqa: E402

SERVER = ("-m", "affectgraph.agents", "mcp", "--no-llm")
NOISY = """
import os, subprocess, sys
from affectgraph.agents import perception_tool

@perception_tool(modality="gesture", prefix="G")
def noisy(clip, span):
    print("hello from Python")
    os.write(1, b"hello from C\\n")
    subprocess.run([sys.executable, "-c", "import sys; print(sys.stdin.read())"])
    return []
"""


def talk(
    conversation: Callable[[Any], Awaitable[None]], *further: str, **how: Any
) -> None:
    """Start the server as a client does, and talk to it."""

    async def run() -> None:
        import os

        settings = mcp.StdioServerParameters(
            command=sys.executable,
            args=[*SERVER, *further],
            env=dict(os.environ),
            **how,
        )
        async with (
            stdio_client(settings) as (reading, writing),
            mcp.ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            await conversation(session)

    anyio.run(run)


def text(result: Any) -> str:
    (block,) = result.content
    return block.text


def test_a_client_analyses_asks_why_and_searches(demo: Path) -> None:
    async def conversation(session: Any) -> None:
        offered = (await session.list_tools()).tools
        assert [tool.name for tool in offered] == ["analyze", "explain", "search_cases"]
        assert all(tool.description and tool.inputSchema for tool in offered)

        picture = {"path": str(demo / "astronaut.jpg")}
        seen = await session.call_tool("analyze", picture)
        assert text(seen).startswith("Expressed emotion: happy")
        verdict = seen.structuredContent
        assert verdict["label"] == "happy" and not seen.isError

        asked = {"verdict": verdict["id"], "label": "angry"}
        why = text(await session.call_tool("explain", asked))
        assert "angry: probability 0." in why and "against: F1 (face" in why

        found = await session.call_tool("search_cases", {**picture, "label": "sad"})
        cases = found.structuredContent["cases"]
        assert {"sad"} == {
            c["case"]["label"] for c in cases if c["kind"] != "confusing"
        }

        for name, wrong, reason in [
            ("analyze", {"path": "missing.mp4"}, "missing.mp4: not found"),
            ("analyze", {"path": "x" * 5000}, "File name too long"),
            ("analyze", {"film": "a.mp4"}, "film: Extra inputs are not permitted"),
            ("analyze", {}, "nothing given"),
            ("explain", {"verdict": "0000"}, "no verdict '0000' here"),
            ("explain", {"verdict": verdict["id"], "label": "bliss"}, "'bliss'"),
            ("search_cases", {**picture, "k": 0}, "k: Input should be greater"),
            ("dance", {}, "there are analyze, explain, search_cases"),
        ]:
            refused = await session.call_tool(name, wrong)
            assert refused.isError and reason in text(refused), (name, wrong)
            assert len(text(refused).splitlines()) == 1

    talk(conversation)


def test_nothing_but_the_protocol_is_on_standard_output(tmp_path: Path) -> None:
    (tmp_path / "noise.py").write_text(NOISY)
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}}
    hello["clientInfo"] = {"name": "test", "version": "1"}
    asked = {"name": "analyze", "arguments": {"text": "I am so happy that you came!"}}
    messages: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": asked},
    ]
    server = subprocess.Popen(
        [sys.executable, *SERVER, "--tools", "transcript,noise:noisy"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=tmp_path,
    )  # fmt: skip
    assert server.stdin is not None and server.stdout is not None
    for message in messages:
        server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    server.stdin.flush()
    replies = [json.loads(server.stdout.readline()) for _ in range(2)]
    rest, noise = server.communicate(timeout=60)
    assert [reply["id"] for reply in replies] == [1, 2] and rest == ""
    assert replies[1]["result"]["structuredContent"]["label"] == "happy"
    assert "hello from Python" in noise and "hello from C" in noise
    assert server.returncode == 0
