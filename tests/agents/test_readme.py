"""What the README says its programs and commands print is what they print."""

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:<!-- needs ([^\n]+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
# What is otherwise each time: when, and the hash of a line that says when.
TIMES = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d|\b[0-9a-f]{64}\b")
ASKED = re.compile(r"^(\d+) [a-z]+ > (.*)$", re.MULTILINE)

Alike = Callable[[str, str], bool]


class Block(NamedTuple):
    needs: str
    language: str
    text: str


BLOCKS = [Block(*found) for found in BLOCK.findall(README)]


def test_every_block_of_commands_is_walked_or_says_what_it_needs() -> None:
    for block in BLOCKS:
        assert block.language != "sh" or block.needs, block.text


@pytest.mark.parametrize(
    ("program", "promised"),
    [
        (block.text, after.text)
        for block, after in pairwise(BLOCKS)
        if block.language == "python"
    ],
    ids=lambda text: text.splitlines()[0],
)
def test_every_program_prints_what_it_says(
    program: str, promised: str, alike: Alike
) -> None:
    printed = StringIO()
    with redirect_stdout(printed):
        exec(compile(program, "README.md", "exec"), {})
    assert alike(printed.getvalue(), promised)


def walk(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a block, each with the output that it promises."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, promised = part.partition("\n")
        yield command, promised


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, program: Any) -> Callable[[str, str], str]:
    """Run a line with lines to read; what it tells on both outputs."""

    def run(line: str, lines: str) -> str:
        name, *words = shlex.split(line)
        if name == "export":
            monkeypatch.setenv(*words[0].split("="))
            return ""
        if name != "affectgraph":
            done = subprocess.run([name, *words], capture_output=True, text=True)
            return done.stdout + done.stderr
        words, target = (words[:-2], words[-1]) if ">" in words else (words, None)
        done = program(*words, lines=lines)
        if target is None:
            return done.stdout + done.stderr
        Path(target).write_text(done.stdout)
        return done.stderr

    return lambda line, lines: "".join(run(one, lines) for one in line.split(" && "))


def follows(promised: str, shown: str, alike: Alike) -> bool:
    """Every promised line is shown, in order; `...` stands for any lines."""
    rest = [line.strip() for line in shown.splitlines() if line.strip()]
    free = False
    for line in filter(None, map(str.strip, promised.splitlines())):
        if line == "...":
            free = True
            continue
        found = [n for n, one in enumerate(rest) if alike(line, one)]
        if not found or (found[0] and not free):
            return False
        rest, free = rest[found[0] + 1 :], False
    return free or not rest


def test_every_command_shows_what_it_says(
    told: Callable[[str, str], str],
    alike: Alike,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agents").symlink_to(ROOT / "agents")
    demo = ROOT / "agents" / "demo"
    for name, what in {"talk.mp4": "talk.mp4", "smile.jpg": "astronaut.jpg"}.items():
        (tmp_path / name).symlink_to(demo / what)
    (tmp_path / "clips.csv").write_text("text,label\nI miss her.,sad\nWow!,surprise\n")
    for text in ("Leave me alone!", "I miss her."):
        how = "--no-llm --audit verdicts.jsonl"
        told(f'affectgraph analyze --text "{text}" {how}', "")
    for block in BLOCKS:
        if block.language != "console" or block.needs:
            continue
        for command, promised in walk(block.text):
            asked = "\n".join(line for _, line in ASKED.findall(promised))
            shown = TIMES.sub("#", told(command, asked))
            promised = TIMES.sub("#", ASKED.sub(r"\1 > \2", promised))
            assert follows(promised, shown, alike), f"$ {command}\n{shown}"
