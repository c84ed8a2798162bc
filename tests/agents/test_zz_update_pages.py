"""What README and docs say that programs and commands print is what they print."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from affectgraph import Verdict

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- needs ([^\n]+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
# What differs each time: dates, hashes of lines that hold one, and CPU seconds.
VARYING = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d|\b[0-9a-f]{64}\b|\d+\.\d CPU s")
ASKED = re.compile(r"^(\d+) [a-z]+ > (.*)$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)")

Alike = Callable[[str, str], bool]
Shell = Callable[[str, str], str]


class Block(NamedTuple):
    needs: str
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [Block(*parts) for parts in found]


def has_programs(page: Path) -> bool:
    languages = {block.language for block in blocks(page) if not block.needs}
    return bool(languages & {"console", "python"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_are_walked_or_say_what_they_need(page: Path) -> None:
    for block in blocks(page):
        assert block.language != "sh" or block.needs, block.text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
        assert not target or (page.parent / target).exists(), target


def test_the_readme_is_short() -> None:
    assert len(PAGES[0].read_text(encoding="utf-8").splitlines()) <= 150


def test_every_field_of_a_verdict_is_explained() -> None:
    page = (ROOT / "docs" / "verdict.md").read_text(encoding="utf-8")
    first = re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)
    explained = [name for cell in first for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(explained) == sorted(Verdict.model_fields)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a block, each with the output that it promises."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, promised = part.partition("\n")
        yield command, promised


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, program: Any) -> Shell:
    """Run a line of commands with lines to read; returns both outputs."""

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


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Shell) -> None:
    """The folder in which a page is walked, with the files that pages name."""
    monkeypatch.chdir(tmp_path)
    Path("agents").symlink_to(ROOT / "agents")
    demo = ROOT / "agents" / "demo"
    names = {"talk.mp4": "talk.mp4", "smile.jpg": "astronaut.jpg"}
    names["again/smile.jpg"] = "astronaut.jpg"
    Path("clips/again").mkdir(parents=True)
    for name, source in names.items():
        shutil.copy(demo / source, Path("clips", name))
    Path("clips", "notes.mp4").write_text("Not a film.")
    for name in ("talk.mp4", "smile.jpg"):
        Path(name).symlink_to(demo / names[name])
    Path("clips.csv").write_text("text,label\nI miss her.,sad\nWow!,surprise\n")
    for text in ("Leave me alone!", "I miss her."):
        how = "--no-llm --audit verdicts.jsonl"
        shell(f'affectgraph analyze --text "{text}" {how}', "")


def matches(promised: str, shown: str, alike: Alike) -> bool:
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


def printed(program: str) -> str:
    """What a program writes to standard output."""
    output = StringIO()
    with redirect_stdout(output):
        exec(compile(program, "page", "exec"), {})
    return output.getvalue()



from difflib import SequenceMatcher

def similar(a,b):
    return SequenceMatcher(None,a.strip(),b.strip()).ratio()

def updated(promised, shown, alike):
    asked=[l for _,l in ASKED.findall(promised)]
    out=[]
    for line in shown.splitlines():
        m=re.match(r"^(\d+ [a-z]+ > )(.*)$", line)
        if m and asked:
            out.append(m[1]+asked.pop(0)); 
            if m[2].strip(): out.append(m[2])
        else: out.append(line)
    lines=promised.splitlines()
    if "..." not in [l.strip() for l in lines]:
        return "\n".join(out).rstrip("\n")+"\n" if shown.strip() else promised
    rest=out; new=[]; free=False
    for n,line in enumerate(lines):
        if not line.strip(): new.append(line); continue
        if line.strip()=="...": new.append(line); free=True; continue
        cands=[k for k,o in enumerate(rest) if o.strip()]
        if not cands: continue
        if free:
            k=max(cands,key=lambda k:(similar(line,rest[k]),-k))
        else: k=cands[0]
        new.append(rest[k]); rest=rest[k+1:]; free=False
    return "\n".join(new).rstrip("\n")+"\n"

@pytest.mark.usefixtures("workplace")
@pytest.mark.parametrize(
    "page", [*filter(has_programs, PAGES)], ids=lambda page: page.name
)
def test_update(page, shell, alike):
    text=page.read_text(encoding="utf-8")
    for block, after in pairwise([*blocks(page), Block("", "", "")]):
        if block.needs: continue
        if block.language == "python":
            promised = after.text if after.language == "text" else ""
            shown = printed(block.text)
            if not matches(promised, shown, alike):
                new=updated(promised, shown, alike)
                text=text.replace(promised,new)
        if block.language == "console":
            body=block.text
            for command, promised in commands(block.text):
                asked = "\n".join(line for _, line in ASKED.findall(promised))
                raw=shell(command, asked)
                shown = VARYING.sub("#", raw)
                p2 = VARYING.sub("#", ASKED.sub(r"\1 > \2", promised))
                if not matches(p2, shown, alike):
                    body=body.replace(command+"\n"+promised, command+"\n"+updated(promised,raw,alike))
            text=text.replace(block.text,body)
    page.write_text(text)
