"""The page without a browser: who may come in, visits, and what is wrong."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from affectgraph.agents import EmotionAgent
from affectgraph.agents.web import handlers, render
from affectgraph.agents.web.clip_view import create_clip_view
from affectgraph.agents.web.request_guard import RequestGuard
from affectgraph.agents.web.server import Address
from affectgraph.agents.web.uploads import Uploads
from affectgraph.agents.web.visit import Visit, Visits
from affectgraph.memory import Memory
from affectgraph.tools.clip import Clip, Limits
from affectgraph.tools.errors import AffectgraphError, ClipError, SettingError

pytestmark = pytest.mark.slow

EVIL = '<img src=x onerror="alert(1)">'
LINE = [sys.executable, "-m", "affectgraph.agents", "web", "--no-llm"]


async def inside(scope: Any, receive: Any, send: Any) -> None:
    """What is guarded."""
    start = {"type": "http.response.start", "status": 200, "headers": []}
    await send(start)
    await send({"type": "http.response.body", "body": b"inside"})


def request(token: str | None, path: str = "/", **headers: str) -> httpx.Response:
    async def asking() -> httpx.Response:
        transport = httpx.ASGITransport(app=RequestGuard(inside, token))
        headers.setdefault("host", "127.0.0.1:7860")
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as web:
            return await web.get(path, headers=headers)

    return asyncio.run(asking())


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "[::1]:7860"])
def test_this_machine_comes_in_on_loopback(host: str) -> None:
    told = request(None, host=host)
    assert told.text == "inside"
    assert "default-src 'self'" in told.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example:7860"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:7860"}, 200),
    ],
)
def test_a_page_from_elsewhere_stays_out(headers: dict[str, str], status: int) -> None:
    assert request(None, **headers).status_code == status


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/file=/etc/passwd", "/gradio_api/proxy=http://a/", "/monitoring",
     "/gradio_api/vibe-edit", "/gradio_api/deep_link", "/docs"],
)  # fmt: skip
def test_no_file_is_served_by_its_path_nor_what_the_page_does_not_need(
    path: str,
) -> None:
    assert request(None, path).status_code == 404


def test_beyond_loopback_only_the_token_lets_in() -> None:
    token = "a-token"
    far = {"host": "192.168.1.5:7860"}
    assert request(token, **far).status_code == 401
    assert request(token, "/?token=wrong", **far).status_code == 401
    assert request(token, cookie="affectgraph=wrong", **far).status_code == 401
    welcome = request(token, "/?token=a-token", **far)
    cookie = welcome.headers["set-cookie"]
    assert welcome.status_code == 303 and "token" not in welcome.headers["location"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert request(token, cookie=cookie.partition(";")[0], **far).text == "inside"


def test_which_addresses_are_loopback() -> None:
    near = [Address(host=h).loopback for h in ("127.0.0.1", "::1", "localhost")]
    far = [Address(host=h).loopback for h in ("0.0.0.0", "::", "192.168.1.5", "a.b")]
    assert all(near) and not any(far)


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "uploads")


@pytest.fixture
def upload(uploads: Uploads) -> Callable[[Path], Path]:
    """Have a file arrive, as if a browser had sent it."""

    def send(file: Path) -> Path:
        with uploads.new_folder() as room:
            there = room / file.name
            there.write_bytes(file.read_bytes())
            uploads.add(there)
        return there

    return send


@pytest.fixture
def visits(tmp_path: Path, uploads: Uploads) -> Iterator[Callable[..., Visits]]:
    """Visits with a folder, and perhaps a memory."""

    def begin(*, memory: bool = False, seconds: float = 60.0) -> Visits:
        cases = Memory(str(tmp_path / "cases")) if memory else None
        limits = Limits(seconds=seconds)
        agent = EmotionAgent(llm=None, memory=cases, limits=limits)
        (tmp_path / "visits").mkdir()
        folder = tmp_path / "visits"
        return Visits(agent, folder, uploads, limits=limits, remembers=memory)

    yield begin


def last_changes(changes: Iterator[handlers.PageUpdate]) -> handlers.PageUpdate:
    """All that changes on the page in the end."""
    return {name: new for change in changes for name, new in change.items()}


def read(
    visit: Visit,
    words: str = "I am so happy that you came!",
    language: str = "auto",
) -> handlers.PageUpdate:
    return last_changes(handlers.handle_analyze(visit, words, language))


def test_each_page_has_its_own_visit_and_leaves_nothing(
    visits: Callable[..., Visits],
    upload: Callable[[Path], Path],
    demo: Path,
    tmp_path: Path,
) -> None:
    here = visits()
    one, other = here.of("one"), here.of("other")
    for visit in (one, other):
        sent = upload(demo / "astronaut.jpg")
        assert visit.take(sent) == "astronaut.jpg" and not sent.exists()
    assert one.key != other.key and here.by_key(one.key) is one
    here.end("one")
    kept = [file for file in (tmp_path / "visits").rglob("*") if file.is_file()]
    assert len(kept) == 1 and here.by_key(one.key) is None
    assert here.of("one") is not one
    here.end("one"), here.end("other"), here.end("unknown")
    assert not list((tmp_path / "visits").iterdir())


def test_what_is_wrong_with_a_clip_is_told_before_any_verdict(
    visits: Callable[..., Visits],
    upload: Callable[[Path], Path],
    face_video: Callable[..., Path],
    tmp_path: Path,
) -> None:
    visit = visits(seconds=1.0).of("page")
    with pytest.raises(SettingError, match="choose a file"):
        read(visit, "  ")
    (tmp_path / "noise.mp4").write_bytes(b"no film at all")
    visit.take(upload(tmp_path / "noise.mp4"))
    with pytest.raises(ClipError, match=r"noise\.mp4"):
        read(visit)
    visit.take(upload(face_video(seconds=2.0)))
    with pytest.raises(ClipError, match="over the cap of 1 s"):
        read(visit)
    with pytest.raises(ClipError, match="choose it once more"):
        visit.take(tmp_path / "gone.mp4")
    with pytest.raises(SettingError, match="no verdict yet"):
        visit.say("why?")


def test_words_are_read_in_the_language_chosen(
    visits: Callable[..., Visits],
) -> None:
    visit = visits().of("page")
    read(visit, "Wunderbar!", "de")
    assert visit.verdict.label == "happy"
    assert any('"de"' in one.observation for one in visit.verdict.evidence)
    read(visit, "Wunderbar!", "en")
    assert not any('"de"' in one.observation for one in visit.verdict.evidence)
    with pytest.raises(SettingError, match="klingon"):
        read(visit, "Wunderbar!", "klingon")


def test_a_switch_recomputes_and_the_last_sense_stays(
    visits: Callable[..., Visits], upload: Callable[[Path], Path], demo: Path
) -> None:
    visit = visits().of("page")
    visit.take(upload(demo / "astronaut.jpg"))
    before = read(visit, "I am so sad.")
    assert before["senses"] == {"choices": ["face", "transcript"],
                                "value": ["face", "transcript"]}  # fmt: skip
    assert visit.verdict.label == "happy"
    off = last_changes(handlers.handle_sense_switch(visit, ["transcript"]))
    assert visit.verdict.label == "sad" and off["senses"]["value"] == ["transcript"]
    assert "without face" in off["summary"]["value"]
    none = last_changes(handlers.handle_sense_switch(visit, []))
    assert "no sense is left" in none["status"]["value"]
    assert none["senses"]["value"] == ["transcript"]
    on = last_changes(handlers.handle_sense_switch(visit, ["face", "transcript"]))
    assert visit.verdict.label == "happy" and on["senses"] == before["senses"]
    changes = last_changes(handlers.handle_question(visit, "/only face"))
    assert changes["senses"]["value"] == ["face"]
    last_changes(handlers.handle_sense_switch(visit, ["face", "transcript"]))
    assert visit.verdict.distribution == visit.session.run.record.verdict.distribution


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("/save verdict.json", "for the terminal"),
        ("/fork other", "for the terminal"),
        ("/fork\tother", "for the terminal"),
        ("/export verdict.json", "no /export here"),
        ("/correct sad", "--memory"),
    ],
)
def test_what_would_write_where_the_page_runs_is_refused(
    visits: Callable[..., Visits], line: str, reason: str
) -> None:
    visit = visits().of("page")
    read(visit)
    with pytest.raises(AffectgraphError, match=reason):
        visit.say(line)


def test_no_white_space_hides_a_command(
    visits: Callable[..., Visits], tmp_path: Path
) -> None:
    visit = visits().of("page")
    read(visit)
    for blank in "\t\n\r\v\f\x1c\x1f\x85\xa0\u2003\u2028\u3000":
        for line in (f"/save{blank}{tmp_path}/a.md", f"{blank}/save {tmp_path}/a.md"):
            with pytest.raises(SettingError, match="/save is for the terminal"):
                visit.say(line)
    assert not list(tmp_path.glob("*.md"))
    assert not visit.say("/why\tsad").answer.problem


def test_a_correction_goes_into_the_memory_that_was_named(
    visits: Callable[..., Visits], tmp_path: Path
) -> None:
    visit = visits(memory=True).of("page")
    read(visit)
    with pytest.raises(SettingError, match="name the right label"):
        last_changes(handlers.handle_correction(visit, None, ""))
    done = last_changes(handlers.handle_correction(visit, "sad", "tears of joy"))
    assert "Happy is corrected to sad" in done["status"]["value"]
    (kept,) = Memory(str(tmp_path / "cases")).history()
    assert (kept.after, kept.note) == ("sad", "tears of joy")


def test_what_a_clip_a_name_or_a_question_says_never_becomes_markup(
    visits: Callable[..., Visits],
) -> None:
    visit = visits().of("page")
    shown = [
        read(visit, f"I am so happy {EVIL}!"),
        last_changes(handlers.handle_question(visit, EVIL)),
    ]
    shown.append({"status": {"value": render.problem(EVIL)}})
    html = "".join(str(new.get("value")) for told in shown for new in told.values())
    assert "<img src=x" not in html and html.count("&lt;img") > 3


def test_the_report_tells_of_the_verdict_as_it_is_changed(
    visits: Callable[..., Visits],
) -> None:
    visit = visits().of("page")
    read(visit)
    last_changes(handlers.handle_question(visit, "/set T1.distribution sad:0.9"))
    told = visit.report().read_text(encoding="utf-8")
    assert "T1.distribution=sad:0.9" in told and "<script" not in told


def test_what_browsers_do_not_play_is_copied_for_them(
    face_video: Callable[..., Path], demo: Path, tmp_path: Path
) -> None:
    old = create_clip_view(Clip.open(face_video(seconds=1.0)), tmp_path)
    assert old.kind == "video" and old.file == tmp_path / "video.mp4"
    with av.open(str(old.file)) as film:
        assert film.streams.video[0].codec_context.name == "h264"
        assert film.duration == pytest.approx(1e6, abs=1.5e5)
    assert create_clip_view(Clip.open(old.file), tmp_path / "none").file == old.file
    sound = create_clip_view(Clip.open(demo / "speech.ogg"), tmp_path)
    assert sound.kind == "audio" and Clip.open(sound.file).has_audio
    assert (
        create_clip_view(Clip.open(demo / "astronaut.jpg"), tmp_path).kind == "picture"
    )
    assert create_clip_view(Clip.open(text=EVIL), tmp_path).words == EVIL


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--host", "nowhere.invalid"), "nowhere.invalid:7860"),
        (("--purpose", "workplace"), "purpose workplace is refused"),
    ],
)
def test_wrong_usage_is_one_line(arguments: tuple[str, ...], message: str) -> None:
    pytest.importorskip("gradio", reason="needs pip install 'affectgraph[web]'")
    done = subprocess.run([*LINE, *arguments], capture_output=True, text=True)
    assert done.returncode == 2 and message in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_loads_gradio_before_a_page_is_made() -> None:
    code = "import sys, affectgraph.agents.cli; print('gradio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
