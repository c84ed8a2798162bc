"""A run that was killed is taken up again, and what was finished is not done twice."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from langchain_core.runnables import RunnableConfig

from affectgraph.agents import EmotionAgent
from affectgraph.graphs.persistence.runs import RunStore
from affectgraph.tools.errors import MemoryStoreError, SettingError

pytestmark = pytest.mark.slow

SCRIPT = """
import json, os, signal, sys, time
from pathlib import Path
from affectgraph.agents import EmotionAgent, Evidence, Provenance, perception_tool
from affectgraph.graphs.persistence.checkpoints import open_saver
from affectgraph.memory import database_from_env

folder, runs, deadly = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "kill"
made_by = Provenance(model="test")

def wait_until_kept():
    saver = open_saver(Path(runs) if runs else database_from_env())
    for _ in range(600):
        found = saver.get_tuple({"configurable": {"thread_id": "a"}})
        if found and "Hands rest" in str(found.pending_writes):
            return
        time.sleep(0.1)

@perception_tool(modality="gesture", prefix="G")
def gesture(clip, span):
    with (folder / "calls").open("a") as calls:
        calls.write("gesture\\n")
    return [Evidence(span=span, observation="Hands rest.", quality=0.5,
                     provenance=made_by)]

@perception_tool(modality="gaze", prefix="Z")
def gaze(clip, span):
    if deadly:
        wait_until_kept()
        os.kill(os.getpid(), signal.SIGKILL)
    return [Evidence(span=span, observation="Looks away.", quality=0.5,
                     provenance=made_by)]

agent = EmotionAgent(llm=None, tools=[gesture, gaze, "transcript"],
                     runs=Path(runs) if runs else None)
verdict = agent.analyze(text="I am so happy that you came!", thread="a")
print(json.dumps([verdict.label, [piece.id for piece in verdict.evidence]]))
"""


@pytest.fixture(params=["folder", "postgresql"])
def runs(request: pytest.FixtureRequest, tmp_path, monkeypatch) -> str:
    """Where runs are kept: in a folder, or the database of the setting."""
    if request.param == "folder":
        return str(tmp_path / "runs")
    monkeypatch.setenv("AFFECTGRAPH_DATABASE", request.getfixturevalue("database"))
    return ""


def test_kill_9_loses_no_sense_that_had_finished(tmp_path: Path, runs: str) -> None:
    line = [sys.executable, "-c", SCRIPT, str(tmp_path), runs]
    killed = subprocess.run([*line, "kill"], capture_output=True, text=True)
    assert killed.returncode == -9 and killed.stdout == ""
    resumed = subprocess.run([*line, "live"], capture_output=True, text=True)
    assert resumed.stderr == ""
    label, ids = json.loads(resumed.stdout)
    assert label == "happy" and {"G1", "Z1", "T1"} <= set(ids)
    assert (tmp_path / "calls").read_text().splitlines() == ["gesture"]


def test_what_has_no_name_is_not_kept(database: str, monkeypatch) -> None:
    monkeypatch.setenv("AFFECTGRAPH_DATABASE", database)
    agent = EmotionAgent(llm=None)
    named = agent.analyze(text="I am so happy that you came!", thread="a")
    agent.analyze(text="Leave me alone!")
    with psycopg.connect(database) as connection:
        query = "SELECT DISTINCT thread_id FROM affectgraph.checkpoints"
        assert connection.execute(query).fetchall() == [("a",)]
        query = "SELECT DISTINCT sha256 FROM affectgraph.kept"
        assert connection.execute(query).fetchall() == [(named.clip.sha256,)]
    with pytest.raises(SettingError, match="holds another clip"):
        agent.analyze(text="Leave me alone!", thread="a")
    again = EmotionAgent(llm=None).analyze(
        text="I am so happy that you came!", thread="a"
    )
    assert again == named


def test_a_server_that_is_gone_is_one_line(database: str) -> None:
    with pytest.raises(MemoryStoreError, match="cannot be reached"):
        EmotionAgent(llm=None, runs="postgresql://me:secret@127.0.0.1:1/runs")


def test_agents_that_start_at_once_share_one_database(database: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(RunStore, [database] * 4))
    config: RunnableConfig = {"configurable": {"thread_id": "a"}}
    assert [runs.state(config).values for runs in started] == [{}] * 4
