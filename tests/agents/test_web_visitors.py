"""What a visitor who writes requests by hand gets from the real server: nothing more.

Gradio takes the path that a request names for that of an upload. A release that opens
another way to a file has to fail here.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

pytestmark = pytest.mark.slow

SECRET = "I am so furious that they did this to me."
SOURCES = {"file": "upload", "camera": "stop_recording", "microphone": "stop_recording"}


class Answer(NamedTuple):
    """Of a request to the queue: the status, and all that the page is then sent."""

    status: int
    text: str


class Visitor:
    """Somebody who knows Gradio's requests."""

    def __init__(self, address: str) -> None:
        self.web = httpx.Client(base_url=address, timeout=60)
        config = self.web.get("/config").json()
        names = {c["id"]: c["props"].get("elem_id") for c in config["components"]}
        # The last function of an event does the work; before it goes one for the eye.
        self.events = {
            (names.get(part), event): (function["id"], len(function["inputs"]))
            for function in config["dependencies"]
            for part, event in function["targets"]
        }
        self.page = secrets.token_hex(6)

    def submit(self, source: str, event: str, *data: Any, **more: Any) -> Answer:
        number, _ = self.events[source, event]
        return self.join({"data": [*data], "fn_index": number, **more})

    def join(self, body: dict[str, Any]) -> Answer:
        text = json.dumps({"session_hash": self.page, **body})
        kind = {"content-type": "application/json"}
        joined = self.web.post("/gradio_api/queue/join", content=text, headers=kind)
        if joined.status_code != 200:
            return Answer(joined.status_code, joined.text)
        told = self.web.get(
            "/gradio_api/queue/data", params={"session_hash": self.page}
        )
        return Answer(200, told.text)

    def upload(self, name: str, content: bytes) -> str:
        sent = self.web.post("/gradio_api/upload", files={"files": (name, content)})
        (told,) = sent.json()
        return str(told)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("visitors")


@pytest.fixture(scope="module")
def address(room: Path, serving: Callable[..., Any]) -> Iterator[str]:
    with serving(room, "--largest", "1") as (_, address):
        yield address


@pytest.fixture
def visitor(address: str) -> Visitor:
    return Visitor(address)


@pytest.fixture(scope="module")
def uploads(room: Path, address: str) -> Path:
    """Where uploads wait on the server."""
    (found,) = (room / "tmp").glob("affectgraph-web-*/uploads")
    return found


@pytest.fixture(scope="module")
def private_files(room: Path, demo: Path) -> Path:
    """Files that the user of the server can read, and that are none of a visitor's."""
    folder = room / "outside"
    (folder / "inner").mkdir(parents=True)
    (folder / "secret.txt").write_text(SECRET)
    (folder / "inner" / "notes.txt").write_text(SECRET)
    for name in ("astronaut.jpg", "speech.ogg"):
        (folder / name).write_bytes((demo / name).read_bytes())
    os.mkfifo(folder / "pipe.txt")
    return folder


@pytest.fixture(autouse=True)
def private_files_unchanged(private_files: Path) -> Iterator[None]:
    """Whatever a visitor does, every file outside stays, byte for byte."""
    before = state(private_files)
    yield
    assert state(private_files) == before


def state(folder: Path) -> dict[str, tuple[int, int, str]]:
    return {
        str(path): (
            path.lstat().st_ino,
            path.lstat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(folder.rglob("*"))
    }


def file_data(path: object, **more: object) -> dict[str, object]:
    return {"path": str(path), "meta": {"_type": "gradio.FileData"}, **more}


def is_refused(answer: Answer) -> bool:
    return answer.status == 422 and "furious" not in answer.text


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("source", SOURCES)
def test_no_source_takes_a_file_that_was_not_uploaded(
    visitor: Visitor, private_files: Path, source: str, stream: bool
) -> None:
    for name in ("secret.txt", "astronaut.jpg", "speech.ogg", "pipe.txt", "inner"):
        given = file_data(private_files / name, is_stream=stream)
        assert is_refused(visitor.submit(source, SOURCES[source], given)), name
    told = visitor.submit("analyze", "click", "", "auto", "auto")
    assert "choose a file" in told.text and "furious" not in told.text


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("source", SOURCES)
def test_no_name_leads_out_of_the_uploads(
    visitor: Visitor, private_files: Path, uploads: Path, source: str, stream: bool
) -> None:
    mine = visitor.upload("mine.txt", b"I am happy.")
    lair = Path(mine).parent
    for name in ("link.txt", "hard.txt", "pipe.txt", "folder"):
        (uploads / lair / name).unlink(missing_ok=True)
    (uploads / lair / "link.txt").symlink_to(private_files / "secret.txt")
    (uploads / lair / "folder").symlink_to(private_files)
    os.link(private_files / "secret.txt", uploads / lair / "hard.txt")
    os.mkfifo(uploads / lair / "pipe.txt")
    out = os.path.relpath(private_files / "secret.txt", uploads / lair)
    for path in (
        f"{lair}/link.txt", f"{lair}/hard.txt", f"{lair}/pipe.txt", f"{lair}",
        f"{lair}/folder/secret.txt", f"{lair}/folder/inner", uploads / lair, uploads,
        f"{lair}/{out}", f"{mine}/../{out}", uploads / lair / "link.txt",
        os.path.relpath(private_files / "secret.txt"), f"file://{private_files}/secret.txt",
        f"/gradio_api/file={private_files}/secret.txt", "http://127.0.0.1:9/clip.mp4",
        "/dev/zero", "/dev/stdin", "/proc/self/environ", "~/.profile", "", ".", "..",
        "a" * 9000, "\0", f"{mine}\0", f"{mine}/", f"{mine}/.", f"./{mine}", f" {mine}",
        mine.replace("/", "//"), mine.replace("/", "\N{FULLWIDTH SOLIDUS}"),
        mine.replace("/", "%2f"), mine.replace("/", "\\"), mine.upper(), "\ud800",
        mine.replace("m", "\N{FULLWIDTH LATIN SMALL LETTER M}"),
    ):  # fmt: skip
        given = file_data(path, is_stream=stream)
        assert is_refused(visitor.submit(source, SOURCES[source], given)), path
    os.unlink(uploads / mine)
    (uploads / mine).symlink_to(private_files / "secret.txt")
    given = file_data(mine, is_stream=stream)
    assert is_refused(visitor.submit(source, SOURCES[source], given))


def test_no_event_takes_a_file_from_anywhere_in_a_request(
    visitor: Visitor, private_files: Path
) -> None:
    leak = file_data(private_files / "secret.txt", is_stream=True)
    for number, inputs in visitor.events.values():
        for given in (leak, [leak], [[leak]], {"value": leak}, {"path": leak}):
            body = {"fn_index": number, "data": [given] * max(1, inputs)}
            assert is_refused(visitor.join(body)), (number, given)
            assert is_refused(visitor.join({**body, "batched": True}))
    more = {"event_data": leak, "trigger_id": 1, "batched": True, "simple_format": True}
    told = visitor.submit("file", "upload", None, **more)
    assert told.status == 200 and "secret" not in told.text


def test_what_a_request_says_of_its_own_upload_is_not_believed(
    visitor: Visitor, private_files: Path
) -> None:
    mine = visitor.upload("mine.txt", b"I am so happy that you came!")
    lies: dict[str, object] = {
        "url": f"/gradio_api/file={private_files}/secret.txt",
        "orig_name": "../../lie.txt",
        "is_stream": True, "mime_type": "video/mp4", "size": -1,
    }  # fmt: skip
    told = visitor.submit("file", "upload", file_data(mine, **lies))
    assert "mine.txt is here" in told.text
    assert is_refused(visitor.submit("file", "upload", file_data(mine)))
    label = visitor.submit("analyze", "click", "", "auto", "auto").text
    assert "happy" in label and "lie.txt" not in label and "secret" not in label


def test_visitors_do_not_reach_the_uploads_of_one_another(
    visitor: Visitor, address: str, uploads: Path
) -> None:
    other = Visitor(address)
    one, two = (who.upload("same.txt", b"I am happy.") for who in (visitor, other))
    assert Path(one).parent != Path(two).parent
    assert "same.txt is here" in visitor.submit("file", "upload", file_data(one)).text
    assert "same.txt is here" in other.submit("file", "upload", file_data(two)).text
    secret = visitor.upload("mine.txt", b"I am sad.")
    for guess in ("mine.txt", uploads / secret, f"{Path(two).parent}/../{secret}"):
        assert is_refused(other.submit("file", "upload", file_data(guess)))
    assert (uploads / secret).read_bytes() == b"I am sad."


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_other_route_reads_a_file(
    visitor: Visitor, private_files: Path, method: str
) -> None:
    secret = private_files / "secret.txt"
    body = {"data": [file_data(secret)], "fn_index": 0, "session_hash": "a"}
    for path in (
        f"/gradio_api/file={secret}", f"/gradio_api/file/{secret}", f"/file={secret}",
        "/gradio_api/proxy=http://127.0.0.1:9/", "/gradio_api/stream/a",
        "/gradio_api/stream/a/b/1/playlist.m3u8", "/gradio_api/component_server",
        "/gradio_api/component_server/", "/gradio_api/deep_link?session_hash=a",
        "/gradio_api/run/predict", "/gradio_api/api/predict", "/gradio_api/call/a",
        "/gradio_api/call/v2/a", "/gradio_api/call/a/b", "/gradio_api/queue/join/",
        "/gradio_api//queue/join", "//gradio_api/queue/join", "/gradio_api/QUEUE/JOIN",
        "/gradio_api/queue/status", "/gradio_api/vibe-edit", "/gradio_api/vibe-code/",
        "/gradio_api/process_recording", "/gradio_api/runs", "/gradio_api/openapi.json",
        "/gradio_api/custom_component/a/client/b/c", "/monitoring", "/login", "/docs",
        "/monitoring/summary", "/gradio_api/dev/reload", "/clips/..%2f..%2f/clip",
    ):  # fmt: skip
        given = body if method == "POST" else None
        assert visitor.web.request(method, path, json=given).status_code == 404, path


def test_what_is_served_stays_within_gradio(
    visitor: Visitor, private_files: Path
) -> None:
    up = "..%2f" * 12
    for served in ("static", "assets", "svelte"):
        for path in (f"/{private_files}/secret.txt", f"{up}{private_files}/secret.txt"):
            told = visitor.web.get(f"/{served}/{path}")
            assert told.status_code in (403, 404) and SECRET not in told.text
    for page in ("/", "/config"):
        told = visitor.web.get(
            page, params={"deep_link": f"../../{private_files}/inner"}
        )
        assert told.status_code == 200 and SECRET not in told.text


def disposition(what: bytes) -> dict[str, Any]:
    """A request with one part, of which this is told."""
    head = b"--B\r\nContent-Disposition: " + what
    kind = {"content-type": "multipart/form-data; boundary=B"}
    return {"content": head + b"\r\n\r\nI am sad.\r\n--B--\r\n", "headers": kind}


@pytest.mark.parametrize(
    "what",
    [
        *[
            b'form-data; name="files"; filename="%s"' % name
            for name in (b"", b".", b"..", b"...", b" ", b"/", b"a" * 9000)
        ],
        b'form-data; name="files"',
        b'form-data; name="other"; filename="a.txt"',
        b'form-data; filename="a.txt"',
        b"form-data",
        b"",
    ],
)
@pytest.mark.parametrize("progress", ["", "?upload_id=a"])
def test_an_upload_without_a_usable_name_is_told_so(
    visitor: Visitor, uploads: Path, what: bytes, progress: str
) -> None:
    before = {*uploads.iterdir()}
    path = f"/gradio_api/upload{progress}"
    told = visitor.web.post(path, **disposition(what))
    assert told.status_code == 400 and "one file with a name" in told.text
    assert {*uploads.iterdir()} == before


@pytest.mark.parametrize(
    "how",
    [
        {"content": b"I am sad."},
        {"content": b"a", "headers": {"content-type": "text/plain"}},
        {"content": b"a", "headers": {"content-type": "multipart/form-data"}},
        {**disposition(b""), "content": b"--B\r\nContent"},
        {"files": [("files", ("a.txt", b"a")), ("files", ("b.txt", b"b"))]},
    ],
)  # fmt: skip
def test_what_is_no_upload_is_told_so(visitor: Visitor, how: dict[str, Any]) -> None:
    told = visitor.web.post("/gradio_api/upload", **how)
    assert told.status_code == 400 and "one file with a name" in told.text


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (b"../../sad.txt", "sad.txt"),
        (b"/etc/sad.txt", "sad.txt"),
        (b"a\0b.txt", r"a.?b\.txt"),
        (b"a\x1b[31mb.txt", r"a.?\[31mb\.txt"),
        ("\u202egpj.txt".encode(), r".?gpj\.txt"),
        (b"a" * 400 + b".txt", r"a{100,196}\.txt"),
        ("übermut.txt".encode(), r"übermut\.txt"),
    ],
)
def test_an_odd_name_becomes_a_plain_one(
    visitor: Visitor, uploads: Path, name: bytes, kept: str
) -> None:
    what = b'form-data; name="files"; filename="%s"' % name
    (told,) = visitor.web.post("/gradio_api/upload", **disposition(what)).json()
    assert re.fullmatch(rf"[\w-]{{22}}/{kept}", told) and (uploads / told).is_file()
    there = visitor.submit("file", "upload", file_data(told))
    assert "is here" in there.text and "\x1b" not in there.text


def test_what_is_too_large_is_refused(visitor: Visitor, uploads: Path) -> None:
    before = {*uploads.iterdir()}
    large = {"files": ("large.txt", bytes(1_100_000))}
    assert visitor.web.post("/gradio_api/upload", files=large).status_code == 413
    assert (
        visitor.submit("analyze", "click", "a" * 2_100_000, "auto", "auto").status
        == 413
    )
    assert {*uploads.iterdir()} == before


@pytest.mark.parametrize("blank", ["\t", "\n", "\r", "\v", "\x85", "\xa0", "\u2028"])
def test_no_line_writes_a_file(
    visitor: Visitor, private_files: Path, blank: str
) -> None:
    visitor.submit("analyze", "click", "I am so happy that you came!", "auto", "auto")
    for line in (
        f"/save{blank}{private_files}/a.md",
        f"{blank}/save{blank}{private_files}/b.json",
    ):
        told = visitor.submit("question", "submit", line)
        assert "/save is for the terminal" in told.text


def test_gradio_checks_paths_too(private_files: Path, tmp_path: Path) -> None:
    """The second lock: Gradio's own, without what stands before it."""
    gradio = pytest.importorskip("gradio")
    from affectgraph.agents import EmotionAgent
    from affectgraph.agents.web import server
    from affectgraph.agents.web.uploads import Uploads
    from affectgraph.agents.web.visit import Visits
    from affectgraph.tools.clip import Limits

    uploads = Uploads(tmp_path / "uploads")
    (tmp_path / "visits").mkdir()
    visits = Visits(
        EmotionAgent(llm=None), tmp_path / "visits", uploads, limits=Limits(),
        remembers=False,
    )  # fmt: skip
    blocks = server.build_page(visits, purpose="research", reasoner="")
    server._create_app(blocks, visits, uploads, 1000)
    context = gradio.context.LocalContext
    token = context.blocks.set(blocks)
    try:
        with pytest.raises(gradio.exceptions.InvalidPathError):
            gradio.processing_utils._check_allowed(private_files / "secret.txt", True)
    finally:
        context.blocks.reset(token)
