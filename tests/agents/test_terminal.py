"""What did not come from us reaches a terminal as text, whatever command shows it."""

import ast
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from PIL import Image
from rich.progress import Progress

from affectgraph.agents import EmotionAgent
from affectgraph.memory import Memory
from affectgraph.tools.io.terminal import (
    Terminal,
    escape_standard_streams,
    live_display,
)
from affectgraph.tools.sanitize import escape_controls

pytestmark = pytest.mark.slow

AGENTS = Path(__file__).parents[2] / "agents"
# Colours, a title, an 8-bit colour, return, backspace, right to left, markup, emoji.
HOSTILE = "\x1b[35;7;9m\x1b]0;t\x07\x9b35m\r\x08\x7f\u202e[red]:smile:"
WORDS = "I am so happy that you came!"
OURS = re.compile(r"\x1b\[[0-9;]*[mAGHJK]|\x1b\[\?25[lh]|\r")

RUN = """
import io, json, sys
from affectgraph.agents.cli import main
for line, answers in json.loads(open(sys.argv[1]).read()):
    sys.argv, sys.stdin = ["affectgraph", *line], io.StringIO(answers)
    print("$", line[0], flush=True)
    try:
        main()
    except SystemExit:
        pass
"""


def manifest(folder: Path, name: str) -> str:
    file = folder / f"{name}.csv"
    file.write_text(
        f'path,text,label,{HOSTILE[:9]}\n,"{WORDS} {HOSTILE[:9]}",happy,\n'
        f'"{HOSTILE}.mp4",,sad,\n',
        newline="",
    )
    return str(file)


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[list[str], str]]:
    """Every command, with hostile names wherever it takes one; and its answers."""
    folder = tmp_path_factory.mktemp("hostile")
    place = folder / HOSTILE
    place.mkdir()
    Image.new("RGB", (64, 64)).save(place / "a.png")
    clip = str(folder / f"{HOSTILE}.png")
    Image.new("RGB", (64, 64)).save(clip)
    memory, into = str(place / "cases"), str(folder / f"{HOSTILE}.jsonl")
    agent = EmotionAgent(llm=None, memory=Memory(memory))
    verdict = agent.analyze(text=f"{WORDS} {HOSTILE}", record=place / "runs")
    agent.remember(None, "sad", text=f"{WORDS} {HOSTILE}")
    told = folder / "verdict.json"
    told.write_text(verdict.to_json())
    scores = folder / f"{HOSTILE}.gold"
    scores.write_text(json.dumps({"name": HOSTILE, "labels": [HOSTILE, "happy"]}))
    table, runs = manifest(folder, HOSTILE), str(place / "runs")
    kept = ["--memory", memory]
    lines = [
        ["analyze", clip, "--no-llm", *kept],
        ["analyze", clip, "--no-llm", "--tools", "face", "--json"],
        ["analyze", f"{clip}.mp4", "--no-llm"],
        ["analyze", "--text", f"{WORDS} {HOSTILE}", "--no-llm", "--out", str(place)],
        ["analyze", table, "--no-llm"],
        ["analyze", str(place), "--no-llm", "--tools", "face", "--into", into],
        ["analyze", "--text", WORDS, "--tools", HOSTILE, "--no-llm"],
        ["analyze", clip, f"--{HOSTILE}"],
        ["analyze", clip, "--workers", HOSTILE],
        [HOSTILE],
        ["demo", "--purpose", HOSTILE],
        ["chat", runs, "--no-llm"],
        ["what-if", runs, "--set", HOSTILE],
        ["what-if", runs, "--without", "transcript", "--no-llm"],
        ["evaluate", table, "--no-llm"],
        ["score", str(scores), str(scores)],
        ["score", str(scores), f"{into}.none"],
        ["memory", "add", table, *kept],
        ["memory", "add", "--text", WORDS, "--label", "sad", "--annotator", HOSTILE,
         "--source", HOSTILE, "--label-source", HOSTILE, *kept],
        ["memory", "correct", str(told), "sad", "--note", HOSTILE, *kept],
        ["memory", "search", *kept],
        ["memory", "stats", *kept],
        ["memory", "history", *kept],
        ["memory", "undo", str(told), *kept],
        ["memory", "export", f"{into}.jsonl", *kept],
        ["memory", "import", f"{into}.jsonl", *kept],
        ["memory", "forget", HOSTILE, *kept],
        ["memory", "verify", *kept],
        ["memory", "repair", "--memory", HOSTILE],
        ["augment", table, "--into", f"{into}.labelled.jsonl", "--no-llm"],
        ["augment", "review", "--into", f"{into}.labelled.jsonl"],
        ["tools", "list"],
        ["tools", "new", HOSTILE],
        ["tools", "new", "gesture", "--out", str(place)],
        ["tools", "check", HOSTILE],
        ["train", HOSTILE, "--data", HOSTILE, "--out", HOSTILE],
        ["weights", "list"],
        ["weights", "verify", HOSTILE],
        ["audit", "verify", f"{into}.log"],
        ["notice", "--operator", HOSTILE],
        ["doctor"],
        ["web", "--no-llm", "--host", HOSTILE],
        ["mcp", "--tools", HOSTILE],
        ["--help"],
    ]  # fmt: skip
    return [(line, f"why {HOSTILE}\ns\n") for line in lines]


@pytest.fixture(scope="module")
def child(
    commands: list[tuple[list[str], str]], tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    """A command line that runs them all, one after another."""
    folder = tmp_path_factory.mktemp("child")
    (folder / "commands.json").write_text(json.dumps(commands))
    return ["-c", RUN, str(folder / "commands.json")]


def by_command(printed: str) -> list[str]:
    return re.split(r"^\$ ", printed, flags=re.MULTILINE)[1:]


def test_nothing_hostile_is_piped(
    child: list[str], commands: list[tuple[list[str], str]]
) -> None:
    done = subprocess.run(
        [sys.executable, *child], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    shown = by_command(done.stdout.decode())
    assert done.returncode == 0 and len(shown) == len(commands), shown[-1:]
    for (line, _), told in zip(commands, shown, strict=True):
        assert escape_controls(told) == told, line
        assert "Traceback" not in told, told
    quoted = [told for told in shown if "[red]:smile:" in told]
    assert len(quoted) > len(commands) // 2


def test_on_a_terminal_the_colours_are_ours(child: list[str]) -> None:
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"}
    environment.pop("NO_COLOR", None)
    terminal = pexpect.spawn(
        sys.executable, child, env=environment, encoding="utf-8", timeout=300
    )
    terminal.expect(pexpect.EOF)
    shown = terminal.before or ""
    assert "\x1b[1m" in shown and "\x1b[2m" in shown
    assert "35;7;9m" in shown and "\x1b[35;7;9m" not in shown
    rest = OURS.sub("", shown)
    assert escape_controls(rest) == rest


def test_json_stays_the_same_value() -> None:
    told = {"name": f"{HOSTILE}\U000e0041\ud800\u200d\u00a0ä"}
    line = json.dumps(told, ensure_ascii=False)
    assert json.loads(escape_controls(line)) == told
    assert "\u200d\u00a0ä" in escape_controls(line)


def test_what_is_printed_beside_a_display_is_escaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rich prints it above the display, and would read colours in it."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", out)
    escape_standard_streams()
    console = Terminal(force_terminal=True, color_system="standard")
    with live_display(Progress(console=console)):
        print(f"{HOSTILE} beside")
    assert "\\u001b[35;7;9m" in out.getvalue()
    assert "7;9;35m" not in out.getvalue() and "\x1b]" not in out.getvalue()


def test_there_is_one_door() -> None:
    """No other module writes to a terminal by other means than print and rich."""
    for path in AGENTS.rglob("*.py"):
        if path.name == "terminal.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = {alias.name for alias in node.names}
                assert node.module != "rich.markup", path
                assert not names & {"Console", "secho"}, path
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("typer.echo", "sys.stdout.write"), path
