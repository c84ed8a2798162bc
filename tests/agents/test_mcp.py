"""Other agents ask over the Model Context Protocol, as a client over stdio does."""

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

mcp = pytest.importorskip("mcp")
from mcp.client.stdio import stdio_client  # noqa: E402

pytestmark = pytest.mark.slow

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


def test_a_client_that_is_confined_reads_one_folder(tmp_path: Path) -> None:
    clips, secret = tmp_path / "clips", tmp_path / "secret.txt"
    (clips / "inner").mkdir(parents=True)
    secret.write_text("I am so furious that they did this to me.")
    (clips / "happy.txt").write_text("I am so happy that you came!")
    (clips / "inner" / "sad.txt").symlink_to(clips / "happy.txt")
    (clips / "link.txt").symlink_to(secret)
    (clips / "out").symlink_to(tmp_path)
    (clips / "circle.txt").symlink_to(clips / "circle.txt")
    os.mkfifo(clips / "pipe.txt")
    outside = "not in the folder that --root names"

    async def conversation(session: Any) -> None:
        for path in ("happy.txt", str(clips / "happy.txt"), "inner/../inner/sad.txt"):
            seen = await session.call_tool("analyze", {"path": path})
            assert seen.structuredContent["label"] == "happy", path
        words = await session.call_tool("analyze", {"text": "I am so happy for you!"})
        assert words.structuredContent["label"] == "happy"
        for path, reason in [
            (str(secret), outside),
            ("../secret.txt", outside),
            ("../nothing.txt", outside),
            (f"{clips}2/happy.txt", outside),
            ("link.txt", outside),
            ("out/secret.txt", outside),
            ("/etc/passwd", outside),
            ("/dev/stdin", outside),
            ("circle.txt", "not found"),
            ("missing.txt", "not found"),
            ("a\0b", "not found"),
            ("a" * 5000, "not found"),
            ("inner", "not a regular file"),
            ("pipe.txt", "not a regular file"),
            ("", "not a regular file"),
        ]:
            for name in ("analyze", "search_cases"):
                refused = await session.call_tool(name, {"path": path})
                assert refused.isError and reason in text(refused), (path, refused)
                assert "furious" not in text(refused)
                assert len(text(refused).splitlines()) == 1

    talk(conversation, "--root", str(clips))
    assert secret.read_text() == "I am so furious that they did this to me."


def test_a_root_that_is_no_folder_is_told_so(tmp_path: Path) -> None:
    line = [sys.executable, *SERVER, "--root", str(tmp_path / "none")]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 2 and "--root" in done.stderr
    assert len(done.stderr.splitlines()) == 1 and not done.stdout


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
