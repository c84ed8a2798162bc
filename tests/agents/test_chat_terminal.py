"""Chat as people meet it: a terminal, a pipe, and a process that is killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

pytestmark = pytest.mark.slow

LINE = [sys.executable, "-m", "affectgraph.agents", "chat"]
ENVIRONMENT = {**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm",
               "COLUMNS": "100", "NO_COLOR": "1"}  # fmt: skip


@pytest.fixture
def terminal(demo: Path, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Chat about the demo's face and words, in a terminal of its own."""
    opened: list[Any] = []

    def start(*, clip: bool = True) -> Any:
        source = [demo / "astronaut.jpg", "--text", "I am so sad."] if clip else []
        kept = ["--no-llm", "--thread", "a", "--runs", tmp_path / "runs"]
        line = [str(word) for word in [*LINE[1:], *source, *kept]]
        child = pexpect.spawn(
            LINE[0], line, env=ENVIRONMENT, encoding="utf-8",
            timeout=120, dimensions=(50, 100),
        )  # fmt: skip
        opened.append(child)
        return child

    yield start
    for child in opened:
        child.close(force=True)


def test_tab_completes_and_the_rest_is_recomputed(
    terminal: Callable[..., Any],
) -> None:
    child = terminal()
    child.expect("1 happy >")
    child.send("/with\t")
    child.expect("out")
    child.send(" fa\t")
    child.expect("ce")
    child.send("\r")
    child.expect("It was happy")
    child.expect("Changed: perceive, fuse")
    child.expect("2 sad >")
    child.send("\x04")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    again = terminal(clip=False)
    again.expect("Continuing after step 1: without face")
    again.expect("2 sad >")


def test_kill_9_loses_nothing_that_was_answered(terminal: Callable[..., Any]) -> None:
    child = terminal()
    child.expect("1 happy >")
    child.send("/only transcript\r")
    child.expect("2 sad >")
    os.kill(child.pid, signal.SIGKILL)
    child.expect(pexpect.EOF)
    again = terminal(clip=False)
    again.expect("Continuing after step 1: only transcript")
    again.expect("2 sad >")
    again.send("why not happy?\r")
    again.expect("Happy does not lead")
    again.expect("3 sad >")


def piped(lines: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    line = [*LINE, "--no-llm", *map(str, arguments)]
    return subprocess.run(line, input=lines, capture_output=True, text=True)


def test_lines_of_a_pipe_are_answered_one_by_one(demo: Path) -> None:
    done = piped("why not sad?\n\n/without face\n", "--text", "I am so sad.",
                 demo / "astronaut.jpg", "--json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    turns = [json.loads(line) for line in done.stdout.splitlines()]
    assert [turn["step"] for turn in turns] == [0, 1, 2]
    assert turns[1]["answer"]["lines"][0]["text"].startswith("Sad does not lead")
    assert turns[2]["edits"]["without"] == ["face"]


def test_a_line_that_is_wrong_is_told_by_the_exit_code() -> None:
    done = piped("/without smell\nwhy?\n", "--text", "I am so sad.")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "'smell'" in done.stdout and "there are transcript" in done.stdout
    assert "Sad leads" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name a clip"),
        (("--text", "Hello", "--thread", "a"), "go together"),
        (("missing.json",), "missing.json: cannot be read"),
    ],
)
def test_wrong_usage_is_one_line(arguments: tuple[str, ...], message: str) -> None:
    done = piped("", *arguments)
    assert done.returncode in (1, 2)
    assert message in done.stderr and len(done.stderr.splitlines()) == 1
