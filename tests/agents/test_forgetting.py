"""What is forgotten is nowhere: searched byte by byte, killed at every step."""

import itertools
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from affectgraph.agents import EmotionAgent
from affectgraph.agents.cli.main import app
from affectgraph.graphs.evidence_cache import EvidenceCache
from affectgraph.memory import Case, Memory, Space
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import NotErasedError
from affectgraph.tools.io import sqlite

pytestmark = pytest.mark.slow

FACE = Space(modality="face", model="f" * 64)
KEPT, GONE = np.random.default_rng(0).normal(size=(2, 16)).astype(np.float32)
SECRET, SPARED = "The word is heliotrope.", "The word is marigold."
# What a process asks of SQLite or the system, each a step at which it may be killed.
CALLS = {"execute", "executemany", "fsync", "replace", "unlink"}


def traces() -> list[bytes]:
    unit = GONE / np.linalg.norm(GONE.astype(np.float64))
    return [b"heliotrope", GONE.tobytes(), unit.astype(np.float32).tobytes()]


def files_with_traces(folder: Path) -> list[str]:
    """The files that hold any of it."""
    return sorted(
        path.name
        for path in folder.rglob("*")
        if path.is_file() and any(trace in path.read_bytes() for trace in traces())
    )


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    if done.exception is not None:
        raise done.exception
    return done.stdout


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A memory with two cases and a saved index; ann's is to be forgotten."""
    folder = tmp_path / "cases"
    with closing(Memory(folder, seed=False)) as memory:
        ann, ben = (
            Case(sha256=one * 64, label="sad", summary=summary, annotator=name)
            for one, summary, name in (("a", SECRET, "ann"), ("b", SPARED, "ben"))
        )
        memory.add_all([(ann, {FACE: GONE}), (ben, {FACE: KEPT})])
        memory.recall({FACE: KEPT + GONE}, leading="happy")
    assert files_with_traces(folder) == ["cases.sqlite", "index-1.faiss"]
    return folder


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """A folder with what a sense said of two texts."""
    folder = tmp_path / "evidence"
    agent = EmotionAgent(llm=None, tools=["transcript"], evidence=folder)
    for words in (SECRET, SPARED):
        agent.analyze(text=words)
    del agent
    assert files_with_traces(folder)
    return folder


@pytest.fixture
def reader() -> Iterator[Callable[[Path], sqlite3.Connection]]:
    """Somebody who has begun to read a database."""
    opened = []

    def read(file: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(file, isolation_level=None)
        opened.append(connection)
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        return connection

    yield read
    for connection in opened:
        connection.close()


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_MAX_BUSY_TIMEOUT_MS", 50)


def is_killed_at(step: int, act: Callable[[], Any]) -> bool:
    """Act in a child that is killed at that step; whether it came to it."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    numbers = itertools.count()

    def profile(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ in CALLS and next(numbers) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.setprofile(profile)
        act()
    finally:
        os._exit(0)


def steps(tmp_path: Path, folder: Path, act: Callable[[Path], Any]) -> Iterator[Path]:
    """Copies of a folder, in which somebody was killed at each step of an act."""
    for step in itertools.count():
        copy = tmp_path / f"step-{step}"
        shutil.copytree(folder, copy)
        if not is_killed_at(step, lambda copy=copy: act(copy)):  # type: ignore[misc]
            assert step > 5 and files_with_traces(copy) == []
            return
        yield copy
        shutil.rmtree(copy)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forgetting_that_was_killed_at_any_step_is_finished(
    tmp_path: Path, cases: Path
) -> None:
    def forget(folder: Path) -> None:
        with closing(Memory(folder, seed=False)) as memory:
            memory.forget(*(one.id for one in memory.search(annotator="ann")))

    held = []
    for copy in steps(tmp_path, cases, forget):
        held.append(files_with_traces(copy))
        run("memory", "forget", "--annotator", "ann", "--yes", "--memory", copy)
        assert files_with_traces(copy) == []
        with closing(Memory(copy, seed=False)) as memory:
            found = memory.recall({FACE: KEPT + GONE}, leading="happy")
            assert [one.case.summary for one in found] == [SPARED]
    assert {*map(len, held)} > {0, 2}, "of files, between the first step and the last"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_so_is_the_forgetting_of_evidence(tmp_path: Path, evidence: Path) -> None:
    def forget(folder: Path) -> None:
        with closing(EvidenceCache(folder)) as kept:
            kept.forget(Clip.open(text=SECRET).footage)

    for copy in steps(tmp_path, evidence, forget):
        forget(copy)
        assert files_with_traces(copy) == []
        assert b"marigold" in (copy / "evidence.sqlite").read_bytes()


@pytest.mark.usefixtures("short_wait")
def test_cases_are_not_forgotten_while_somebody_reads_them(
    cases: Path, reader: Callable[[Path], sqlite3.Connection]
) -> None:
    wanted = ("memory", "forget", "--annotator", "ann", "--yes", "--memory", cases)
    other = reader(cases / "cases.sqlite")
    with pytest.raises(NotErasedError, match=r"another process.*run the same again"):
        run(*wanted)
    assert "index-1.faiss" not in files_with_traces(cases) and files_with_traces(cases)
    with pytest.raises(NotErasedError):
        run(*wanted)
    other.close()
    assert run(*wanted).splitlines() == ["0 cases", "0 cases forgotten"]
    assert files_with_traces(cases) == []


@pytest.mark.usefixtures("short_wait")
def test_evidence_is_not_forgotten_while_somebody_reads_it(
    tmp_path: Path, evidence: Path, reader: Callable[[Path], sqlite3.Connection]
) -> None:
    clip = tmp_path / "clip.txt"
    clip.write_text(SECRET)
    wanted = ("memory", "forget", "--clip", clip, "--evidence", evidence, "--yes")
    other = reader(evidence / "evidence.sqlite")
    for _ in range(2):
        with pytest.raises(NotErasedError, match=r"evidence\.sqlite.*same again"):
            run(*wanted)
        assert files_with_traces(evidence)
    other.close()
    run(*wanted)
    assert files_with_traces(evidence) == []


def test_cases_are_not_forgotten_while_there_is_no_room_to_write_them_anew(
    cases: Path, largest_file: Any
) -> None:
    wanted = ("memory", "forget", "--annotator", "ann", "--yes", "--memory", cases)
    with closing(Memory(cases, seed=False)):
        size = (cases / "cases.sqlite").stat().st_size
        with largest_file(size), pytest.raises(NotErasedError, match="room"):
            run(*wanted)
    run(*wanted)
    assert files_with_traces(cases) == []


def test_a_copy_that_a_repair_set_aside_has_to_go_first(cases: Path) -> None:
    wanted = ("memory", "forget", "--annotator", "ann", "--yes", "--memory", cases)
    copy = cases / "damaged-1-cases.sqlite"
    shutil.copy(cases / "cases.sqlite", copy)
    for _ in range(2):
        with pytest.raises(NotErasedError, match=copy.name):
            run(*wanted)
        assert files_with_traces(cases) == [copy.name]
    copy.unlink()
    run(*wanted)
    assert files_with_traces(cases) == []
