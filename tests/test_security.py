"""What the threat model in `.github/SECURITY.md` promises."""

import ast
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from affectgraph.agents import EmotionAgent
from affectgraph.agents.report import write
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.memory import Memory
from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.errors import RecordingError, SettingError

ROOT = Path(__file__).parents[1]
ROOMS = ("tools", "memory", "graphs", "agents")
MODULES = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))
SAID = "I never wanted any of this. Leave me alone!"

UNPICKLING = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
SERVING = {"socketserver", "http.server", "uvicorn", "wsgiref", "xmlrpc"}
RUNNING = {"eval", "exec", "compile", "__import__", "system", "popen"}
LETTING = {"shell", "allow_pickle", "trust_remote_code", "weights_only"}


def nodes(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def imported(path: Path) -> set[str]:
    names = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, node.module.partition(".")[0]}
    return names


def called(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in nodes(path):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_no_module_runs_code_from_data_or_serves() -> None:
    for path in MODULES:
        assert not imported(path) & UNPICKLING, path
        may_serve = path.parent.name in ("service", "web")
        assert may_serve or not imported(path) & SERVING, path
        for name, call in called(path):
            if name.partition(".")[0] not in ("re", "builder", "self"):
                assert name.removeprefix("os.") not in RUNNING, (path, name)
            assert name != "torch.load", path
            for keyword in call.keywords:
                if keyword.arg in LETTING:
                    allowed = keyword.arg == "weights_only"
                    assert ast.literal_eval(keyword.value) is allowed, (path, name)


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    EmotionAgent(llm=None).analyze(text=SAID, record=tmp_path / "runs")
    (file,) = (tmp_path / "runs").glob("*.json")
    return file


def test_a_hash_in_a_file_is_no_path(recorded: Path) -> None:
    sheet = json.loads(recorded.read_text())
    for owner in (sheet, sheet["verdict"]):
        owner["clip"]["sha256"] = "../../../../../../tmp/out"
    recorded.write_text(json.dumps(sheet))
    with pytest.raises(RecordingError, match=r"clip\.sha256: String should match"):
        RecordedRun.load(recorded)
    assert "pattern" in ClipInfo.model_json_schema()["properties"]["sha256"]


@pytest.mark.slow
def test_a_report_does_not_follow_a_link(tmp_path: Path) -> None:
    verdict = EmotionAgent(llm=None).analyze(text=SAID)
    target = write(verdict, tmp_path / "first")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / target.name).symlink_to(elsewhere)
    with pytest.raises(SettingError, match="symbolic link; remove it"):
        write(verdict, tmp_path / "second")
    assert not list(elsewhere.iterdir())


def test_an_export_takes_the_place_of_a_link_not_of_what_it_leads_to(
    tmp_path: Path,
) -> None:
    precious = tmp_path / "precious.jsonl"
    precious.write_text("precious")
    link = tmp_path / "cases.jsonl"
    link.symlink_to(precious)
    Memory(seed=False).export(link)
    assert precious.read_text() == "precious" and not link.is_symlink()


def test_no_log_holds_a_word_that_was_said(
    scripted: Any, caplog: pytest.LogCaptureFixture, capfd: Any, tmp_path: Path
) -> None:
    replies = [json.dumps({"T1": f'The words "{SAID}" read as angry.'})]
    with caplog.at_level(logging.DEBUG):
        agent = EmotionAgent(
            llm=scripted(*replies), runs=tmp_path, audit=tmp_path / "log.jsonl"
        )
        verdict = agent.analyze(text=SAID, thread="a")
        assert SAID[:12] in verdict.to_json()
        with pytest.raises(SettingError) as told:
            agent.analyze(text=f"{SAID} No.", thread="a")
    heard = capfd.readouterr()
    audit = (tmp_path / "log.jsonl").read_text()
    for log in (caplog.text, heard.out, heard.err, audit, str(told.value)):
        assert "never wanted" not in log and "Leave me" not in log


@pytest.mark.slow
def test_onnxruntime_reports_its_use_to_nobody(tmp_path: Path) -> None:
    """It begins with a file that tells this machine from others."""
    telling = {"CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS"}
    quiet = {k: v for k, v in os.environ.items() if k not in telling}
    folders = dict.fromkeys(("TMPDIR", "HOME", "XDG_CACHE_HOME"), str(tmp_path))
    script = (
        "from affectgraph.agents import EmotionAgent;"
        f"EmotionAgent(llm=None).analyze(text={SAID!r})"
    )
    subprocess.run([sys.executable, "-c", script], env=quiet | folders, check=True)
    assert not [*tmp_path.rglob("*.ses")]
