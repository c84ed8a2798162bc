"""Folders and databases that are full, locked, damaged, shared or left by the dead."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

Command = Callable[..., Any]
WORDS = ("--text", "I am so happy that you came!")
ANALYZE = ("analyze", *WORDS, "--no-llm", "--json")
ADD = ("memory", "add", *WORDS, "--label", "happy")


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    line = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    try:
        subprocess.run(line, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, free: int = 0) -> None:
    """Leave so many kB of it."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        with suppress(OSError):
            while True:
                filler.write(bytes(1024))
        filler.truncate(max(0, filler.tell() - free * 1024))


@pytest.mark.parametrize(
    ("arguments", "name", "left"),
    [
        (("analyze", *WORDS, "--no-llm", "--out"), "reports", set()),
        ((*ANALYZE, "--record"), "runs", set()),
        ((*ANALYZE, "--audit"), "log.jsonl", {"log.jsonl", "log.jsonl.lock"}),
        ((*ADD, "--memory"), "cases", {"cases.sqlite"}),
    ],
)
def test_disk_full(
    command: Command, disk: Path, arguments: tuple[str, ...], name: str, left: set[str]
) -> None:
    fill(disk)
    result = command(*arguments, disk / name)
    assert result.code in (1, 2) and "cannot" in result.err and str(disk) in result.err
    assert len(result.err.splitlines()) == 1
    assert files(disk) - {"filler"} <= left
    assert all(not file.stat().st_size for file in disk.rglob("log.*"))


@pytest.mark.parametrize("free", [80, 104, 132, 144, 192])
def test_disk_full_in_the_middle_of_a_run(
    command: Command, disk: Path, tmp_path: Path, free: int
) -> None:
    """With room the run is taken up, wherever it was cut off."""
    fill(disk, free)
    line = (*ANALYZE, "--thread", "a", "--runs")
    assert "the run cannot be kept" in command(*line, disk / "runs").refusal
    shutil.copytree(disk / "runs", tmp_path / "runs")
    verdict = command(*line, tmp_path / "runs").verdict
    ids = [piece["id"] for piece in verdict["evidence"]]
    assert verdict["label"] == "happy" and len(ids) == len({*ids})


def test_disk_full_while_exporting(
    command: Command, disk: Path, tmp_path: Path
) -> None:
    cases = tmp_path / "cases"
    assert command(*ADD, "--memory", cases).code == 0
    fill(disk)
    result = command("memory", "export", disk / "cases.jsonl", "--memory", cases)
    assert "choose another place" in result.refusal and files(disk) == {"filler"}


def test_standard_output_full(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What could not be written cannot be written when it is closed, either.
    with suppress(OSError), Path("/dev/full").open("w", buffering=1) as full:
        monkeypatch.setattr(sys, "stdout", full)
        result = command(*ANALYZE)
        monkeypatch.undo()
    assert result.refusal.startswith("the output: No space left on device; make room")


@pytest.mark.parametrize("content", [b"", b"no database " * 999, b"SQLite format 3\0!"])
def test_runs_in_a_store_that_is_none(
    command: Command, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "checkpoints.sqlite").write_bytes(content)
    result = command(*ANALYZE, "--thread", "a", "--runs", tmp_path)
    if content:
        assert "checkpoints cannot be kept there" in result.refusal
        assert (tmp_path / "checkpoints.sqlite").read_bytes() == content
    else:
        assert result.verdict["label"] == "happy"


@pytest.fixture
def short_lock_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a lock for longer than a tenth of a second."""
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda name, **how: connect(name, **how | {"timeout": 0.1})
    )


def test_store_locked(command: Command, tmp_path: Path, short_lock_wait: None) -> None:
    assert command(*ADD, "--memory", tmp_path).code == 0
    other = sqlite3.connect(tmp_path / "cases.sqlite")
    other.execute("BEGIN EXCLUSIVE")
    result = command(
        "memory", "add", "--text", "Oh no.", "--label", "sad", "--memory", tmp_path
    )
    assert "is being written by another process: try again" in result.refusal
    other.rollback()


def test_runs_locked(command: Command, tmp_path: Path, short_lock_wait: None) -> None:
    line = (*ANALYZE, "--thread", "a", "--runs", tmp_path)
    assert command(*line).code == 0
    other = sqlite3.connect(tmp_path / "checkpoints.sqlite")
    other.execute("BEGIN EXCLUSIVE")
    result = command(*ANALYZE, "--thread", "b", "--runs", tmp_path)
    assert "database is locked" in result.refusal
    other.rollback()


def test_missing_folder(command: Command, tmp_path: Path) -> None:
    result = command(*ANALYZE, "--memory", tmp_path / "none")
    assert result.verdict["label"] == "happy"
    assert (
        "there is no case memory in" in result.err and not (tmp_path / "none").exists()
    )


def test_a_file_where_a_folder_should_be(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for option in ("--out", "--record", "--runs", "--memory"):
        thread = ("--thread", "a") if option == "--runs" else ()
        result = command(*ANALYZE, *thread, option, tmp_path / "file")
        assert (
            str(tmp_path / "file") in result.err and len(result.err.splitlines()) == 1
        )


def test_same_name_in_two_folders(command: Command, tmp_path: Path) -> None:
    for folder, words in (("one", "I am happy."), ("two", "I am sad.")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(words)
    out, runs = tmp_path / "out", tmp_path / "runs"
    result = command(
        "analyze", tmp_path / "one" / "a.txt", tmp_path / "two" / "a.txt",
        "--no-llm", "--json", "--out", out, "--record", runs,
    )  # fmt: skip
    labels = [json.loads(line)["label"] for line in result.out.splitlines()]
    written = {json.loads(f.read_text())["label"] for f in out.glob("*/verdict.json")}
    assert labels == ["happy", "sad"] and written == {"happy", "sad"}
    assert len(list(runs.glob("*.json"))) == 2


def test_a_leftover_partial_file(command: Command, tmp_path: Path) -> None:
    """What a killed process left is neither read nor in the way."""
    first = command(*ANALYZE, "--out", tmp_path / "out", "--record", tmp_path / "runs")
    (report,) = (tmp_path / "out").iterdir()
    (run,) = (tmp_path / "runs").glob("*.json")
    (tmp_path / "out" / ".report-dead").mkdir()
    (tmp_path / "out" / ".report-dead" / "verdict.json").write_text("{")
    run.with_name(f"{run.name}.1-1.partial").write_text("{")
    (report / "verdict.json").write_text("{")
    again = command(*ANALYZE, "--out", tmp_path / "out", "--record", tmp_path / "runs")
    assert again.verdict["label"] == first.verdict["label"] == "happy"
    assert json.loads((report / "verdict.json").read_text())["label"] == "happy"


KILLED = """
import json, os, signal, sys, threading
from contextlib import suppress
from pathlib import Path
from affectgraph.agents import EmotionAgent, Evidence, Provenance, perception_tool
from affectgraph.graphs.verdict.graph import builder
from affectgraph.tools.emotions import BASIC_EMOTIONS

folder = Path(sys.argv[1])
mostly = lambda emotion: {e: 0.7 if e == emotion else 0.05 for e in BASIC_EMOTIONS}

def sense(name, prefix, emotion):
    def look(clip, span, *, fine=False):
        with (folder / "looks").open("a") as looks:
            looks.write(f"{threading.current_thread().name} {name}\\n")
        return [Evidence(span=span, observation=f"Looks {emotion}.", quality=0.7,
            distribution=mostly(emotion), provenance=Provenance(model="test"))]
    look.__name__ = name
    return perception_tool(modality=name, prefix=prefix)(look)

senses = [sense("gesture", "G", "happy"), sense("gaze", "Z", "sad")]

def told(thread):
    agent = EmotionAgent(llm=None, tools=senses, runs=folder / "runs")
    verdict = agent.analyze(text="Here I am.", thread=thread).to_dict()
    del verdict["provenance"], verdict["modalities"]  # they hold seconds
    return verdict

def functions():
    for name, node in builder.nodes.items():
        subgraph = getattr(node.runnable, "builder", None)
        # No act pays without a language model, so none is done.
        inner = [n for n in subgraph.nodes if "act" not in n] if subgraph else []
        yield from ((n, subgraph.nodes[n].runnable.func) for n in inner)
        if not subgraph:
            yield name, node.runnable.func

nodes = dict(functions())

def die_in(node):
    code = nodes[node].__code__
    def at_the_end(frame, event, _):
        if event == "return":
            os.kill(os.getpid(), signal.SIGKILL)
        return at_the_end
    watch = lambda frame, *_: at_the_end if frame.f_code is code else None
    sys.settrace(watch)
    threading.settrace(watch)

for node in nodes:
    child = os.fork()
    if child == 0:
        die_in(node)
        told(node)
        os._exit(3)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL, node
whole = told("never killed")
print(json.dumps({node: told(node) == whole for node in nodes}))
"""


def test_kill_9_in_every_node(tmp_path: Path) -> None:
    line = [sys.executable, "-c", KILLED, str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    survived = json.loads(done.stdout)
    assert survived.keys() >= {"perceive", "propose", "verify", "judge", "decide"}
    assert all(survived.values())


@pytest.mark.parametrize(
    "name", ["../out", "a/b", "/tmp/a", "..", "a\nb", "\udcff", ""]
)
def test_a_thread_with_any_name_stays_in_its_folder(
    command: Command, tmp_path: Path, name: str
) -> None:
    runs = tmp_path / "deep" / "runs"
    result = command(
        *ANALYZE, "--thread", name, "--runs", runs, "--record", tmp_path / "r"
    )
    assert result.code in (0, 1, 2) and len(result.err.splitlines()) <= 1
    assert {path.name for path in tmp_path.iterdir()} <= {"deep", "r"}


def test_long_sound_without_room_for_it(
    command: Command, disk: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import tempfile

    import av
    import numpy as np

    path = tmp_path / "long.wav"
    with av.open(str(path), "w") as container:
        track: Any = container.add_stream("pcm_u8", rate=8_000, layout="mono")
        for _ in range(10):
            silence = np.full((1, 8_000 * 30), 128, np.uint8)
            frame = av.AudioFrame.from_ndarray(silence, format="u8", layout="mono")
            frame.sample_rate = 8_000
            container.mux(track.encode(frame))
        container.mux(track.encode(None))
    fill(disk)
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    result = command("analyze", path, "--no-llm", "--json", "--tools", "prosody")
    assert result.code in (0, 1) and len(result.err.splitlines()) <= 1
    assert "No space left" in result.row
