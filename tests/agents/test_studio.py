"""LangGraph Studio's server runs the graph: JSON in, the verdict out."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module, util
from pathlib import Path
from typing import Any

import httpx
import pytest

from affectgraph.agents import EmotionAgent, Verdict
from affectgraph.agents.service.studio import build_graph
from affectgraph.graphs.verdict import graph as verdict

pytestmark = pytest.mark.slow

SETTINGS = Path(__file__).parents[2] / "langgraph.json"
NODES = {f"analyze:{name}" for name in verdict.builder.nodes}
HAPPY = "I am so happy that you came!"
WRONG = [
    ({"path": "../agent.py"}, "'../agent.py': not in the folder"),
    ({"path": "/etc/passwd"}, "'/etc/passwd': not in the folder"),
    ({"path": "missing.mp4"}, "missing.mp4: not found"),
    ({"path": "a\0b"}, "not found in AFFECTGRAPH_CLIPS"),
    ({}, "nothing given"),
]
LISTEN = """
import sys
sys.modules["uvloop"] = None  # it calls out without telling Python
def heard(event, args):
    if event in ("socket.bind", "socket.connect"):
        host = args[1][0] if isinstance(args[1], tuple) else "file"
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    with open({calls!r}, "a") as file:
        file.write(f"{{event}} {{host}}\\n")
sys.addaudithook(heard)
"""


def test_the_setting_names_a_graph_that_shows_its_nodes() -> None:
    place = json.loads(SETTINGS.read_text())["graphs"]["verdict"]
    module, _, name = place.partition(":")
    graph = getattr(import_module(module), name)
    assert set(graph.get_graph(xray=True).nodes) >= NODES


def test_json_in_verdict_out(
    agent: EmotionAgent, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = build_graph(agent)
    assert graph.invoke({"text": HAPPY})["verdict"].label == "happy"
    monkeypatch.setenv("AFFECTGRAPH_CLIPS", str(demo))
    seen = graph.invoke({"path": "astronaut.jpg"})["verdict"]
    assert seen.distribution == agent.analyze(demo / "astronaut.jpg").distribution


@pytest.mark.parametrize(("asked", "reason"), WRONG)
def test_what_is_wrong_is_one_line(
    agent: EmotionAgent,
    demo: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: dict[str, Any],
    reason: str,
) -> None:
    monkeypatch.setenv("AFFECTGRAPH_CLIPS", str(demo))
    with pytest.raises(ValueError) as raised:
        build_graph(agent).invoke(asked)
    assert reason in str(raised.value) and len(str(raised.value).splitlines()) == 1


def test_no_link_leads_out_of_the_folder(
    agent: EmotionAgent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.txt").write_text(HAPPY)
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "link.txt").symlink_to(tmp_path / "secret.txt")
    monkeypatch.setenv("AFFECTGRAPH_CLIPS", str(tmp_path / "clips"))
    with pytest.raises(ValueError, match="not in the folder"):
        build_graph(agent).invoke({"path": "link.txt"})


def test_no_file_is_read_until_a_folder_is_named(
    agent: EmotionAgent, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AFFECTGRAPH_CLIPS", raising=False)
    with pytest.raises(ValueError, match="AFFECTGRAPH_CLIPS is not set"):
        build_graph(agent).invoke({"path": str(demo / "astronaut.jpg")})


@pytest.fixture(scope="module")
def studio(
    tmp_path_factory: pytest.TempPathFactory, demo: Path
) -> Iterator[tuple[httpx.Client, Path]]:
    """The server as docs/agents.md starts it, and where it called in the meantime."""
    if util.find_spec("langgraph_api") is None:
        pytest.skip("langgraph dev needs pip install 'affectgraph[studio]'")
    room = tmp_path_factory.mktemp("studio")
    calls = room / "calls"
    (room / "sitecustomize.py").write_text(LISTEN.format(calls=str(calls)))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ours = {
        "AFFECTGRAPH_CACHE": str(room / "cache"),
        "AFFECTGRAPH_CLIPS": str(demo),
        "AFFECTGRAPH_OFFLINE": "1",
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
        "PYTHONPATH": os.pathsep.join([str(room), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, "-m", "langgraph_cli", "dev", "--no-browser"]
    command += ["--no-reload", "--port", str(port), "--config", str(SETTINGS)]
    with (room / "log").open("w") as log:
        server = subprocess.Popen(
            command, env=os.environ | ours, cwd=room, stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=address, timeout=120, trust_env=False) as client:
        latest = time.monotonic() + 120
        try:
            while not _answers(client):
                alive = server.poll() is None and time.monotonic() < latest
                assert alive, (room / "log").read_text()
                time.sleep(0.2)
            yield client, calls
        finally:
            server.terminate()
            server.wait()


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/ok").is_success
    except httpx.ConnectError:
        return False


def ask(client: httpx.Client, **asked: str) -> Any:
    run = {"assistant_id": "verdict", "input": asked}
    return client.post("/runs/wait", json=run).json()


def test_the_server_shows_the_nodes_and_runs_a_clip(
    studio: tuple[httpx.Client, Path], agent: EmotionAgent, demo: Path
) -> None:
    client, calls = studio
    (assistant,) = client.post("/assistants/search", json={}).json()
    place = f"/assistants/{assistant['assistant_id']}"
    shown = client.get(f"{place}/graph", params={"xray": "true"}).json()
    assert {node["id"] for node in shown["nodes"]} >= NODES
    asked_for = client.get(f"{place}/schemas").json()["input_schema"]
    assert set(asked_for["properties"]) == {"path", "text"}

    seen = Verdict.model_validate(ask(client, path="astronaut.jpg")["verdict"])
    assert seen.distribution == agent.analyze(demo / "astronaut.jpg").distribution
    for wrong, reason in WRONG:
        told = ask(client, **wrong)["__error__"]["message"]
        assert reason in told and len(told.splitlines()) == 1

    origins = ["https://smith.langchain.com", "https://example.com"]
    replies = [client.get("/info", headers={"Origin": one}) for one in origins]
    allowed = [reply.headers.get("access-control-allow-origin") for reply in replies]
    assert allowed == [origins[0], None]

    heard = set(calls.read_text().splitlines())
    assert "socket.bind 127.0.0.1" in heard
    assert {line.split()[1] for line in heard} <= {"127.0.0.1", "::1", "localhost"}
