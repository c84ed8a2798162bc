"""The service: verdicts over HTTP, with limits, for requests that nobody checked."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from affectgraph.agents import EmotionAgent, Verdict
from affectgraph.agents.cli.main import app as program
from affectgraph.agents.runs import Event
from affectgraph.memory import Memory
from affectgraph.tools.clip import Limits

pytest.importorskip("fastapi")
pytest.importorskip("prometheus_client")
from fastapi.testclient import TestClient

from affectgraph.agents.service.app import create_app
from affectgraph.agents.service.settings import ServiceSettings

HAPPY = "I am so happy that you came!"
TOKEN = "t0ken-of-the-tests"
JPEG = "astronaut.jpg"


def client_of(
    agent: EmotionAgent, memory: Memory | None = None, **settings: Any
) -> TestClient:
    served = create_app(agent, ServiceSettings(**settings), memory)
    return TestClient(
        served, base_url="http://localhost", raise_server_exceptions=False
    )


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def client(agent: EmotionAgent, uploads: Path) -> Iterator[TestClient]:
    with client_of(agent) as client:
        yield client


class SlowAgent(EmotionAgent):
    """It analyses when it is let go."""

    def __init__(self) -> None:
        super().__init__(llm=None)
        self.let_go = threading.Event()

    def stream(self, *args: Any, **how: Any) -> Iterator[Event | Verdict]:
        assert self.let_go.wait(60)
        yield from super().stream(*args, **how)


@pytest.fixture
def slow() -> Iterator[SlowAgent]:
    agent = SlowAgent()
    yield agent
    agent.let_go.set()


def post(client: TestClient, text: str = HAPPY, **how: Any) -> httpx.Response:
    fields = {"text": (None, text)}
    response: httpx.Response = client.post(
        "/v1/verdicts", files={**fields, **how.pop("files", {})}, **how
    )
    return response


def events_of(text: str) -> list[tuple[str, Any]]:
    parts = [part.splitlines() for part in text.strip().split("\n\n")]
    return [
        (lines[0].removeprefix("event: "), json.loads(lines[-1].removeprefix("data: ")))
        for lines in parts
    ]


def test_a_text_gets_the_verdict_of_the_agent(
    client: TestClient, agent: EmotionAgent
) -> None:
    answer = post(client)
    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    verdict = Verdict.model_validate(answer.json()["verdict"])
    assert verdict.distribution == agent.analyze(text=HAPPY).distribution
    place = answer.headers["location"]
    assert client.get(place).json() == answer.json()
    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404


@pytest.mark.slow
def test_an_upload_gets_the_verdict_of_the_agent_and_is_not_kept(
    client: TestClient, agent: EmotionAgent, demo: Path, uploads: Path
) -> None:
    with (demo / JPEG).open("rb") as file:
        form = {"file": ("../../etc/passwd.txt", file, "text/plain")}
        answer = client.post("/v1/verdicts", files=form).json()
    verdict = Verdict.model_validate(answer["verdict"])
    assert verdict.distribution == agent.analyze(demo / JPEG).distribution
    assert "passwd" not in verdict.model_dump_json()
    assert list(uploads.iterdir()) == []


def test_a_job_tells_its_progress(client: TestClient) -> None:
    accepted = post(client, params={"wait": False})
    assert accepted.status_code == 202
    place = accepted.headers["location"]
    with client.stream("GET", f"{place}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = events_of(stream.read().decode())
    assert {kind for kind, _ in events[:-1]} == {"progress"}
    assert "perceive" in {data["event"]["node"] for _, data in events[:-1]}
    assert [data["number"] for _, data in events[:-1]] == [*range(1, len(events))]
    kind, job = events[-1]
    assert (kind, job["state"], job["verdict"]["label"]) == ("end", "done", "happy")


def test_what_if_edits_the_evidence(client: TestClient) -> None:
    place = post(client).headers["location"]
    edits = {"values": {"T1.distribution": "sad"}}
    edited = client.post(f"{place}/what-if", json=edits).json()
    assert edited["verdict"]["label"] == "sad"
    assert "fuse" in edited["changed"]
    wrong = client.post(f"{place}/what-if", json={"values": {"Z9.quality": "1"}})
    assert (wrong.status_code, "Z9" in wrong.json()["detail"]) == (422, True)
    assert client.post(f"{place}/what-if", json={"path": "x"}).status_code == 422


def test_cases_are_found_and_stored(uploads: Path, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "cases")
    agent = EmotionAgent(llm=None, memory=memory)
    with client_of(agent, memory) as client:
        place = post(client).headers["location"]
        found = client.get(f"{place}/cases", params={"label": "happy", "count": 2})
        assert {case["case"]["label"] for case in found.json()["cases"]} & {"happy"}
        case = {"label": "surprise", "note": "one\nline", "annotator": "me"}
        assert client.post(f"{place}/cases", json=case).json()["label"] == "surprise"
    assert memory.stats().cases == 1
    memory.close()


def test_cases_are_not_stored_without_a_memory(client: TestClient) -> None:
    place = post(client).headers["location"]
    assert client.post(f"{place}/cases", json={"label": "sad"}).status_code == 409


def test_an_idempotency_key_runs_a_request_once(client: TestClient) -> None:
    headers = {"Idempotency-Key": "one"}
    first, second = (post(client, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    other = post(client, "I am sad.", headers=headers)
    assert (other.status_code, "Idempotency-Key" in other.json()["detail"]) == (
        422,
        True,
    )
    assert post(client).json()["id"] != first.json()["id"]


WRONG: list[tuple[dict[str, Any], int]] = [
    ({"files": {"text": (None, "")}}, 422),
    ({"files": {"file": ("a.mp4", b"\0" * 100)}}, 422),
    ({"files": {"file": ("a.m3u8", b"#EXTM3U\n/etc/passwd\n")}}, 422),
    ({"files": {"path": (None, "/etc/passwd")}}, 422),
    ({"files": {"text": (None, HAPPY), "language": (None, "klingon")}}, 422),
    ({"files": {"text": (None, HAPPY), "people": (None, "many")}}, 422),
    ({"files": {"text": (None, HAPPY), "purpose": (None, "workplace")}}, 403),
    ({"files": {"text": (None, HAPPY), "purpose": (None, "education")}}, 403),
    ({"files": {"text": (None, HAPPY), "purpose": (None, "medical")}}, 403),
    ({"files": [("text", (None, HAPPY)), ("text", (None, "b"))]}, 422),
    ({"json": {"text": HAPPY}}, 422),
    ({"content": b"", "headers": {"content-type": "multipart/form-data"}}, 422),
    ({"content": b"--", "headers": {"content-type": "multipart/form-data; boundary=a"}},
     422),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "status"), WRONG)
def test_what_is_wrong_is_one_line(
    client: TestClient, uploads: Path, request_: dict[str, Any], status: int
) -> None:
    answer = client.post("/v1/verdicts", **request_)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    detail = answer.json()["detail"]
    assert len(detail.splitlines()) == 1
    assert "Traceback" not in answer.text and str(uploads) not in answer.text
    assert list(uploads.iterdir()) == []


def test_control_characters_of_a_text_are_gone(client: TestClient) -> None:
    answer = post(client, "I am \x1b[31m so happy\u202e that you came!")
    assert answer.status_code == 200
    assert "\\u001b" not in answer.text and "\\u202e" not in answer.text
    assert "\x1b" not in answer.text and "\u202e" not in answer.text


def test_an_error_of_ours_tells_nothing(
    uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(EmotionAgent):
        def stream(self, *args: Any, **how: Any) -> Any:
            raise RuntimeError("secret")

    with client_of(Broken(llm=None)) as client:
        answer = post(client)
        assert (answer.status_code, "secret" in answer.text) == (500, False)


def test_a_large_request_is_refused_while_it_is_read(
    agent: EmotionAgent, uploads: Path
) -> None:
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        yield b'--a\r\ncontent-disposition: form-data; name="file"; filename="f"'
        yield b"\r\n\r\n"
        for _ in range(100):
            sent += 1
            yield b"x" * 100_000

    app = create_app(agent, ServiceSettings(megabytes=0.25))

    async def send() -> tuple[list[Any], int]:
        parts, messages = body(), []
        form = b"multipart/form-data; boundary=a"
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/verdicts",
            "headers": [(b"host", b"localhost"), (b"content-type", form)],
            "query_string": b"",
        }

        async def receive() -> Any:
            return {"type": "http.request", "body": next(parts), "more_body": True}

        async def keep(message: Any) -> None:
            messages.append(message)

        await app(scope, receive, keep)
        return messages, sent

    messages, count = asyncio.run(send())
    assert (messages[0]["status"], count <= 4) == (413, True)
    assert list(uploads.iterdir()) == []


def test_a_slow_request_is_refused(agent: EmotionAgent, uploads: Path) -> None:
    app = create_app(agent, ServiceSettings(upload_seconds=0.1))

    async def body() -> Any:
        yield b"--a\r\n"
        await asyncio.sleep(30)

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost"
        ) as client:
            form = {"content-type": "multipart/form-data; boundary=a"}
            return await client.post("/v1/verdicts", content=body(), headers=form)

    assert asyncio.run(send()).status_code == 408


def test_an_analysis_that_takes_too_long_is_given_up(
    slow: SlowAgent, uploads: Path
) -> None:
    with client_of(slow, job_seconds=0.1) as client:
        answer = post(client)
        assert (answer.status_code, "0.1 s" in answer.json()["detail"]) == (500, True)


def test_a_full_queue_says_when_to_try_again(slow: SlowAgent, uploads: Path) -> None:
    with client_of(slow, workers=1, waiting=1) as client:
        accepted = [post(client, params={"wait": False}) for _ in range(2)]
        assert [answer.status_code for answer in accepted] == [202, 202]
        refused = post(client)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        health = client.get("/v1/health").json()
        assert (health["status"], health["running"], health["waiting"]) == (
            "full",
            1,
            1,
        )
        slow.let_go.set()
        for answer in accepted:
            with client.stream("GET", f"{answer.headers['location']}/events") as stream:
                assert events_of(stream.read().decode())[-1][1]["state"] == "done"
        assert post(client).status_code == 200


def test_a_stopping_service_hands_back_what_is_not_finished(
    slow: SlowAgent, uploads: Path
) -> None:
    with client_of(slow, grace_seconds=0.1) as client:
        place = post(client, params={"wait": False}).headers["location"]
        queue: Any = client.app.state.queue  # type: ignore[attr-defined]
        assert client.portal is not None
        client.portal.call(queue.stop)
        assert post(client).status_code == 503
        with client.stream("GET", f"{place}/events") as stream:
            assert events_of(stream.read().decode())[-1][1]["state"] == "handed_back"


def test_results_are_held_for_a_time_and_a_number(
    agent: EmotionAgent, uploads: Path
) -> None:
    with client_of(agent, kept=2) as client:
        places = [post(client).headers["location"] for _ in range(3)]
        assert [client.get(place).status_code for place in places] == [404, 200, 200]
    with client_of(agent, kept_seconds=1e-6) as client:
        assert client.get(post(client).headers["location"]).status_code == 404


def test_a_token_is_required(agent: EmotionAgent, uploads: Path) -> None:
    with client_of(agent, token=TOKEN) as client:
        assert client.get("/v1/health").status_code == 200
        for wrong in ("", f"Bearer {TOKEN}x", TOKEN, "Basic abc", "Bearer \xe9"):
            headers = {"authorization": wrong.encode("latin-1")}
            for path in ("/metrics", "/openapi.json", "/v1/verdicts/x"):
                answer = client.get(path, headers=headers)
                assert answer.status_code == 401
        assert post(client, headers={"authorization": f"Bearer {TOKEN}"}).is_success


@pytest.mark.parametrize(
    "headers",
    [{"host": "example.com"}, {"origin": "https://example.com"}, {"origin": "null"}],
)
def test_pages_of_other_hosts_get_nothing(
    client: TestClient, headers: dict[str, str]
) -> None:
    assert client.get("/v1/health", headers=headers).status_code == 403
    assert post(client, headers=headers).status_code == 403


def test_metrics_count_requests_and_analyses(client: TestClient) -> None:
    post(client)
    client.get("/v1/verdicts/unknown")
    client.get("/made-up/by/a/client")
    figures = client.get("/metrics").text
    assert 'affectgraph_job_seconds_count{state="done"} 1.0' in figures
    route = 'method="POST",route="/v1/verdicts",status="200"'
    assert f"affectgraph_requests_total{{{route}}} 1.0" in figures
    assert "affectgraph_jobs_waiting 0.0" in figures
    assert "process_resident_memory_bytes" in figures
    assert "made-up" not in figures and HAPPY not in figures


def test_a_generated_client_works(
    agent: EmotionAgent, uploads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = shutil.which("openapi-python-client")
    if generator is None:
        pytest.skip("needs openapi-python-client")
    with client_of(agent) as client:
        (tmp_path / "openapi.json").write_text(client.get("/openapi.json").text)
        subprocess.run(
            [generator, "generate", "--path=openapi.json", "--meta=none",
             "--output-path=generated_client"],
            cwd=tmp_path, check=True, capture_output=True,
        )  # fmt: skip
        monkeypatch.syspath_prepend(str(tmp_path))
        root = import_module("generated_client")
        models = import_module("generated_client.models")
        create = import_module("generated_client.api.default.create_verdict")
        theirs = root.Client(base_url="http://localhost").set_httpx_client(client)
        form = models.CreateVerdictBody(text=HAPPY)
        answer = create.sync(client=theirs, body=form)
        assert (answer.state, answer.verdict.label) == ("done", "happy")
        form = models.CreateVerdictBody(text=HAPPY, purpose="workplace")
        assert create.sync(client=theirs, body=form).status == 403


def test_a_purpose_that_the_law_forbids_starts_nothing() -> None:
    result = CliRunner().invoke(program, ["serve", "--purpose", "workplace"])
    assert result.exit_code != 0 and "forbids" in str(result.exception)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., tuple[Any, str]]]:
    children: list[Any] = []

    def begin(*options: str) -> tuple[Any, str]:
        line = [sys.executable, "-m", "affectgraph.agents", "serve", "--port=0"]
        child = subprocess.Popen(
            [*line, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        children.append(child)
        assert child.stdout is not None
        return child, child.stdout.readline().split()[-1]

    yield begin
    for child in children:
        child.kill()
        child.wait()


@pytest.mark.slow
def test_the_command_serves_and_stops_gracefully(
    start: Callable[..., tuple[Any, str]], demo: Path
) -> None:
    child, url = start("--no-llm")
    with httpx.Client(base_url=url, timeout=120, trust_env=False) as client:
        assert client.get("/v1/health").json()["status"] == "ok"
        answers: list[httpx.Response] = []

        def upload() -> None:
            with (demo / JPEG).open("rb") as file:
                answers.append(client.post("/v1/verdicts", files={"file": file}))

        thread = threading.Thread(target=upload)
        thread.start()
        while client.get("/v1/health").json()["running"] == 0:
            assert thread.is_alive()
        child.send_signal(signal.SIGTERM)
        thread.join(120)
        assert answers[0].json()["state"] == "done"
    assert child.wait(60) == 0
    assert "Traceback" not in child.stderr.read()


@pytest.mark.slow
def test_beyond_loopback_the_command_makes_a_token(
    start: Callable[..., tuple[Any, str]],
) -> None:
    child, url = start("--no-llm", "--host=0.0.0.0")
    token = child.stderr.readline().split()[-1]
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        assert client.get("/metrics").status_code == 401
        client.headers["authorization"] = f"Bearer {token}"
        assert client.get("/metrics").status_code == 200


def test_limits_of_the_agent_hold(uploads: Path) -> None:
    agent = EmotionAgent(llm=None, limits=Limits(characters=10))
    with client_of(agent) as client:
        assert post(client).status_code == 413 or post(client).status_code == 422


def test_nothing_says_where_an_upload_lay(client: TestClient, uploads: Path) -> None:
    picture = resources.files("affectgraph.agents") / "demo" / JPEG
    files = {"file": ("me.jpg", picture.read_bytes(), "image/jpeg")}
    answer = client.post("/v1/verdicts", files=files)
    assert answer.json()["verdict"]["clip"]["path"] == ""
    assert str(uploads) not in answer.text
