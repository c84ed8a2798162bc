"""The audit log: one sealed line a verdict, no word of the clip, and no way back."""

import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from affectgraph.agents import EmotionAgent, Verdict
from affectgraph.agents.cli.main import app
from affectgraph.agents.governance.audit_log import AuditLog
from affectgraph.tools.errors import AuditError

pytestmark = pytest.mark.slow

WORDS = "I am so happy that you came!"


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    return EmotionAgent(llm=None, purpose="safety").analyze(text=WORDS)


@pytest.fixture
def log(tmp_path: Path, verdict: Verdict) -> Path:
    path = tmp_path / "verdicts.jsonl"
    for _ in range(5):
        AuditLog(path).append(verdict)
    return path


def count_verified(path: Path) -> int:
    return len(list(AuditLog(path).verify()))


def test_each_verdict_that_an_agent_gives_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "new" / "verdicts.jsonl"
    agent = EmotionAgent(llm=None, purpose="medical", audit=path, runs=tmp_path / "r")
    one = agent.analyze(text=WORDS, thread="a")
    agent.analyze(text=WORDS, thread="a")
    other = agent.analyze(text="the of and")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["label"] for line in lines] == [one.label, one.label, other.label]
    assert lines[0]["clip"] == one.clip.sha256 and lines[0]["purpose"] == "medical"
    assert lines[0]["models"] == one.provenance.models
    assert lines[2]["abstention"] == other.abstention_reason
    assert [line["previous"] for line in lines[1:]] == [
        before["hash"] for before in lines[:-1]
    ]
    assert "came" not in path.read_text() and count_verified(path) == 3


def test_a_verdict_that_cannot_be_logged_is_not_given(tmp_path: Path) -> None:
    agent = EmotionAgent(llm=None, audit=tmp_path)
    with pytest.raises(AuditError, match="cannot be written"):
        agent.analyze(text=WORDS, record=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


Change = Callable[[list[bytes]], list[bytes]]


def replace_bytes(old: bytes, new: bytes) -> Change:
    return lambda lines: [*lines[:2], lines[2].replace(old, new), *lines[3:]]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (replace_bytes(b'"safety"', b'"service"'), "line 3 was altered"),
        (replace_bytes(b'"hash":"', b'"hash":"0'), "line 3 was altered"),
        (lambda lines: [*lines[:2], b"\n", *lines[2:]], "line 3 was altered"),
        (lambda lines: [*lines[:2], *lines[3:]], "line 3 does not follow"),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], "line 3 does not follow"),
        (lambda lines: [*lines[:2], lines[3], lines[2], lines[4]], "line 3 does not"),
        (lambda lines: lines[1:], "line 1 does not follow"),
        (lambda lines: [*lines[:4], lines[4][:-9]], "line 5 is broken off"),
    ],
)  # fmt: skip
def test_the_first_broken_line_is_found(
    log: Path, change: Change, problem: str
) -> None:
    log.write_bytes(b"".join(change(log.read_bytes().splitlines(keepends=True))))
    with pytest.raises(AuditError, match=problem):
        count_verified(log)
    done = CliRunner().invoke(app, ["audit", "verify", str(log)])
    assert isinstance(done.exception, AuditError) and done.stdout == ""


def test_any_byte_that_changes_is_found(log: Path) -> None:
    whole = log.read_bytes()
    for place in range(0, len(whole), 37):
        changed = bytes([whole[place] ^ 1])
        log.write_bytes(whole[:place] + changed + whole[place + 1 :])
        with pytest.raises(AuditError):
            count_verified(log)


def test_nothing_is_appended_to_a_broken_line(log: Path, verdict: Verdict) -> None:
    log.write_bytes(log.read_bytes()[:-9])
    before = log.read_bytes()
    with pytest.raises(AuditError, match="the last line is broken off"):
        AuditLog(log).append(verdict)
    assert log.read_bytes() == before


def test_a_line_that_the_full_disk_cuts_off_is_taken_back(
    log: Path, verdict: Verdict, largest_file: Any
) -> None:
    before = log.read_bytes()
    for _ in range(2):
        with (
            largest_file(len(before) + 20),
            pytest.raises(AuditError, match="cannot be written"),
        ):
            AuditLog(log).append(verdict)
        assert log.read_bytes() == before
    AuditLog(log).append(verdict)
    assert count_verified(log) == 6


def test_a_log_cut_short_lacks_the_hash_that_was_noted(log: Path) -> None:
    done = CliRunner().invoke(app, ["audit", "verify", str(log)])
    assert done.stdout.startswith("5 verdicts, unbroken; last hash ")
    noted = done.stdout.split()[-1]
    arguments = ["audit", "verify", str(log), "--known", noted]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:4]))
    assert CliRunner().invoke(app, arguments[:3]).exit_code == 0
    assert isinstance(CliRunner().invoke(app, arguments).exception, AuditError)


def append_often(path: Path, verdict: Verdict) -> None:
    for _ in range(25):
        AuditLog(path).append(verdict)


def test_processes_that_write_at_once_keep_one_chain(
    tmp_path: Path, verdict: Verdict
) -> None:
    path = tmp_path / "verdicts.jsonl"
    fork = multiprocessing.get_context("fork")
    workers = [
        fork.Process(target=append_often, args=(path, verdict)) for _ in range(4)
    ]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert count_verified(path) == 100


def test_a_log_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match=r"none\.jsonl: cannot be read"):
        count_verified(tmp_path / "none.jsonl")
