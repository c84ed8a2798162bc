"""Many clips: each analysed once, whatever dies, and written as it ends."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from affectgraph.agents.batch.ledger import Ledger, LedgerLine
from affectgraph.agents.batch.process_pool import ProcessPool
from affectgraph.agents.batch.progress import BatchProgress
from affectgraph.agents.batch.run import BatchRun
from affectgraph.agents.batch.sources import find_clips
from affectgraph.agents.batch.tasks import WorkerSettings
from affectgraph.agents.cli.main import app
from affectgraph.tools.clip import Turn
from affectgraph.tools.errors import (
    AffectgraphError,
    ClipError,
    LedgerError,
    SettingError,
)

pytestmark = pytest.mark.slow

SENSE = """
import os, signal, threading, time
from pathlib import Path
from affectgraph.agents import Evidence, Provenance, perception_tool

SHARES = dict(neutral=0.4, happy=0.3, sad=0.1, angry=0.05, fear=0.05, disgust=0.05,
              surprise=0.05)

@perception_tool(modality="gesture", prefix="G")
def gesture(clip, span):
    said = clip.text or clip.info.name
    with Path(os.environ["CALLS"]).open("a") as calls:
        calls.write(f"{said} {os.getpid()}\\n")
    if "deadly" in said:
        os.kill(os.getpid(), signal.SIGKILL)
    if "slow" in said:
        time.sleep(60)
    return [Evidence(span=span, observation="Hands rest.", quality=0.5,
                     distribution=SHARES, provenance=Provenance(model="test"))]
"""
RECIPE = WorkerSettings(llm=None, tools=("batch_sense:gesture",))


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What the sense was asked about so far, by all workers."""
    (tmp_path / "batch_sense.py").write_text(SENSE)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.syspath_prepend(tmp_path)

    def read() -> list[str]:
        file = tmp_path / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        return [line.rpartition(" ")[0] for line in lines]

    return read


@pytest.fixture
def texts(tmp_path: Path) -> Callable[..., Path]:
    def write(*words: str) -> Path:
        file = tmp_path / "clips.csv"
        with file.open("w", newline="") as stream:
            csv.writer(stream).writerows([["text"], *([word] for word in words)])
        return file

    return write


def analyze(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True)


def command(*arguments: object) -> list[str]:
    tools = ("--no-llm", "--tools", "batch_sense:gesture")
    line = [sys.executable, "-m", "affectgraph.agents", "analyze", *arguments, *tools]
    return list(map(str, line))


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def go(
    clips: Path,
    ledger: Path | None,
    *,
    workers: int = 1,
    recipe: WorkerSettings = RECIPE,
) -> tuple[list[LedgerLine], BatchRun]:
    pool, kept = ProcessPool(recipe, workers), Ledger(ledger)
    try:
        run = BatchRun(find_clips([clips]), recipe, pool, kept)
        return list(run.lines()), run
    finally:
        pool.close()
        kept.close()


def test_a_folder_a_pattern_and_a_manifest_name_the_clips(
    tmp_path: Path, video: Callable[..., Path]
) -> None:
    one = video("a.mp4")
    deep = tmp_path / "set" / "deep"
    deep.mkdir(parents=True)
    for name in ("b.MP4", "c.wav", ".hidden.mp4", "README.txt", "notes.md"):
        shutil.copy(one, deep / name)
    manifest = tmp_path / "set" / "list.csv"
    manifest.write_text(
        "path,text,label,dialogue,turn,language\ndeep/b.MP4,,nonsense,,,de\n"
        ",Hello.,,x,1,\n,Go away!,,x,2,\n"
    )
    names = [source.name for source in find_clips([tmp_path / "set"])]
    assert names == [str(deep / "b.MP4"), str(deep / "c.wav")]
    hits = find_clips([tmp_path / "set" / "**" / "*.wav", one, Path("gone.mp4")])
    assert [Path(hit.name).name for hit in hits] == ["c.wav", "a.mp4", "gone.mp4"]
    film, hello, away = find_clips([manifest])
    assert (film.path, film.language) == (manifest.parent / "deep/b.MP4", "de")
    assert (hello.name, hello.turns) == (f"{manifest}:3", ())
    assert away.turns == (Turn(text="Hello."),)
    for nothing in (tmp_path / "*.flac", tmp_path / "set" / "empty"):
        (tmp_path / "set" / "empty").mkdir(exist_ok=True)
        with pytest.raises(SettingError, match="no "):
            find_clips([nothing])


def test_each_clip_is_a_line_and_what_fails_fails_alone(
    tmp_path: Path, video: Callable[..., Path], calls: Callable[[], list[str]]
) -> None:
    one, two = video("one.mp4"), video("two.mp4", seconds=2)
    for place in ("a", "b"):
        (tmp_path / "set" / place).mkdir(parents=True)
    shutil.move(one, tmp_path / "set/a/one.mp4")
    shutil.move(two, tmp_path / "set/a/deadly.mp4")
    shutil.copy(tmp_path / "set/a/one.mp4", tmp_path / "set/b/same.mp4")
    (tmp_path / "set/b/broken.mp4").write_text("no film")
    into = tmp_path / "results.parquet"
    done = analyze(tmp_path / "set", "--workers", 2, "--into", into, "--json")
    assert done.returncode == 1, done.stderr
    told = {
        Path(line["source"]).name: line for line in lines(tmp_path / "results.jsonl")
    }
    assert sorted(told) == ["broken.mp4", "deadly.mp4", "one.mp4", "same.mp4"]
    assert "not a media file" in told["broken.mp4"]["error"]
    assert "by SIGKILL), twice" in told["deadly.mp4"]["error"]
    one_line, same = told["one.mp4"], told["same.mp4"]
    assert one_line["key"] == same["key"] and one_line["cpu_seconds"] > 0
    assert same["verdict"]["clip"]["name"] == "same.mp4"
    assert sorted(calls()) == ["deadly.mp4", "deadly.mp4", "one.mp4"]
    printed = [json.loads(line)["clip"]["name"] for line in done.stdout.splitlines()]
    assert sorted(printed) == ["one.mp4", "same.mp4"]
    assert "4 clips: 3 done, 1 known, 2 failed" in done.stderr
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.read_parquet(into).set_index("source")
    assert frame.loc[str(tmp_path / "set/a/one.mp4"), "neutral"] == pytest.approx(
        one_line["verdict"]["distribution"]["neutral"]
    )
    assert not list(tmp_path.glob("*.partial"))


def test_a_killed_run_goes_on_where_it_was(
    tmp_path: Path, calls: Callable[[], list[str]], texts: Callable[..., Path]
) -> None:
    clips = texts("one", "two", "slow")
    into = tmp_path / "results.jsonl"
    run = subprocess.Popen(
        command(clips, "--workers", 1, "--into", into), stderr=subprocess.DEVNULL
    )
    for _ in range(600):
        if calls()[-1:] == ["slow"]:
            break
        time.sleep(0.1)
    run.kill()
    run.wait()
    worker = int((tmp_path / "calls").read_text().split()[-1])
    for _ in range(100):
        if not alive(worker):
            break
        time.sleep(0.1)
    assert not alive(worker), "a worker goes on for nobody"
    kept = into.read_bytes()
    with into.open("ab") as file:
        file.write(kept.splitlines(keepends=True)[0][:100])
    texts("one", "two", "three", "two")
    new, again = go(clips, into)
    assert [line.verdict["clip"]["name"] for line in new if line.verdict] == [
        "text"
    ] * 2
    assert calls() == ["one", "two", "slow", "three"]
    assert (again.progress.known, again.progress.done) == (3, 1)
    names = [line["source"] for line in lines(into)]
    assert sorted(names) == [f"{clips}:{row}" for row in (2, 3, 4, 5)]
    assert into.read_bytes().startswith(kept)
    nothing, over = go(clips, into)
    assert (nothing, over.progress.known, len(calls())) == ([], 4, 4)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_what_is_wrong_with_every_clip_ends_the_run(
    tmp_path: Path, calls: Callable[[], list[str]], texts: Callable[..., Path]
) -> None:
    clips, into = texts("one", "two"), tmp_path / "results.jsonl"
    with pytest.raises(AffectgraphError, match="cannot be written"):
        go(clips, into, recipe=RECIPE.model_copy(update={"audit": tmp_path}))
    assert into.read_text() == ""
    with pytest.raises(AffectgraphError, match="embedded model 'none' is unknown"):
        go(clips, into, recipe=RECIPE.model_copy(update={"llm": "embedded:none"}))


def test_other_settings_are_another_question(
    tmp_path: Path, calls: Callable[[], list[str]], texts: Callable[..., Path]
) -> None:
    clips, into = texts("one"), tmp_path / "results.jsonl"
    go(clips, into)
    other = RECIPE.model_copy(update={"purpose": "personal"})
    new, _ = go(clips, into, recipe=other)
    assert [each.verdict["provenance"]["settings"]["purpose"] for each in new] == [
        "personal"
    ]
    assert len(calls()) == len(lines(into)) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--into", "x.csv"], "ends in .jsonl or .parquet"),
        (["--utterances", "--into", "x.jsonl"], "--into FILE.parquet"),
        (["--workers", "2", "--out", "here"], "do without"),
        (["--ray", "local"], "use --workers"),
    ],
)
def test_wrong_usage_is_a_setting_error(
    arguments: list[str], said: str, calls: Any, texts: Callable[..., Path]
) -> None:
    if "--ray" in arguments:
        pytest.importorskip("ray", reason="Ray is not installed")
    done = CliRunner().invoke(app, command(texts("one"), *arguments)[3:])
    assert isinstance(done.exception, SettingError) and said in str(done.exception)


class Handler(BaseHTTPRequestHandler):
    """Refuses, but not before another asks at the same time, or a while has passed."""

    server: Any

    def do_POST(self) -> None:
        with self.server.guard:
            self.server.now += 1
            if self.server.now > 1:
                self.server.together.set()
        self.server.together.wait(20)
        with self.server.guard:
            self.server.now -= 1
        self.send_error(401)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    made: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    made.guard, made.now, made.together = threading.Lock(), 0, threading.Event()
    thread = threading.Thread(target=made.serve_forever, args=(0.05,))
    thread.start()
    url = f"http://127.0.0.1:{made.server_port}/v1"
    monkeypatch.setenv("AFFECTGRAPH_VLLM_URL", url)
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.mark.enable_socket
def test_workers_are_few_processes_that_ask_a_vllm_server_at_the_same_time(
    tmp_path: Path,
    server: Any,
    calls: Callable[[], list[str]],
    texts: Callable[..., Path],
) -> None:
    recipe = RECIPE.model_copy(update={"llm": "vllm:tiny"})
    told, run = go(texts(*"abcdef"), None, workers=2, recipe=recipe)
    assert [each.error for each in told] == [""] * 6
    assert server.together.is_set()
    processes = {
        each.split()[-1] for each in (tmp_path / "calls").read_text().splitlines()
    }
    assert len(processes) <= 2, "models are loaded once a worker"
    assert run.progress.cpu_seconds == pytest.approx(sum(x.cpu_seconds for x in told))


def line(source: str, *, error: str = "") -> LedgerLine:
    verdict = None if error else {"clip": {"name": source}, "label": "häppy"}
    return LedgerLine(source=source, key=source, clip="", error=error, verdict=verdict)


@settings(max_examples=40)
@given(st.lists(st.text(min_size=1), unique=True, min_size=1), st.data())
def test_a_ledger_survives_being_cut_off_anywhere(names: list[str], data: Any) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "results.jsonl")
        ledger = Ledger(file)
        for name in names:
            ledger.add(line(name))
        ledger.close()
        whole = file.read_bytes()
        end = data.draw(st.integers(0, len(whole)))
        file.write_bytes(whole[:end])
        cut = Ledger(file)
        there = [each.source for each in cut.lines()]
        assert there == names[: whole[:end].count(b"\n")]
        for name in names:
            if not cut.has(name, name):
                cut.add(line(name))
        cut.close()
        assert file.read_bytes() == whole


def test_a_ledger_is_for_one_run_at_a_time_and_for_results_only(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    first = Ledger(file)
    with pytest.raises(LedgerError, match="another run"):
        Ledger(file)
    first.add(line("a", error="no"))
    assert first.failed("a", "a") and first.verdict("a") is None
    first.close()
    file.write_text('{"label": "happy"}\n')
    with pytest.raises(SettingError, match="line 1 is no result"):
        Ledger(file)
    assert file.read_text() == '{"label": "happy"}\n'


def test_a_line_that_does_not_fit_is_not_begun(
    tmp_path: Path, largest_file: Any
) -> None:
    file = tmp_path / "results.jsonl"
    ledger = Ledger(file)
    ledger.add(line("a"))
    whole = file.read_bytes()
    with (
        largest_file(len(whole) + 20),
        pytest.raises(LedgerError, match="cannot be written"),
    ):
        ledger.add(line("b"))
    assert file.read_bytes() == whole
    ledger.add(line("b"))
    assert [each.source for each in ledger.lines()] == ["a", "b"]
    ledger.close()


def test_progress_weighs_durations_once_every_clip_was_opened() -> None:
    progress = BatchProgress(4)
    for seconds in (0.0, 5.0, 55.0, 5.0):
        progress.add_opened(seconds)
    progress.add_known(5.0, failed=False)
    progress.add_finished(0.0, 0.5, failed=False)
    assert progress.work[1] is None, "there may be more to come"
    progress.all_opened = True
    progress.add_finished(5.0, 1.0, failed=True)
    done, total = progress.work
    assert total is not None and done / total == pytest.approx(15 / 75)
    assert str(progress) == "3 of 4, 1 failed"


def test_a_folder_that_cannot_be_read_is_an_entry_that_fails() -> None:
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        folder, locked = Path(name), Path(name, "locked")
        locked.mkdir()
        (folder / "open.mp4").touch()
        folder.chmod(0o755)
        locked.chmod(0)
        if user == 0:  # who may read everything
            os.seteuid(65534)
        try:
            sources = find_clips([folder, locked / "a.mp4"])
            with pytest.raises(ClipError, match="locked"):
                sources[0].open()
        finally:
            os.seteuid(user)
            locked.chmod(0o755)
    places = [folder / "locked", folder / "open.mp4", locked / "a.mp4"]
    assert [source.path for source in sources] == places


def test_odd_entries_of_a_folder_fail_alone(
    tmp_path: Path, video: Callable[..., Path], calls: Callable[[], list[str]]
) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    good = video("good.mp4")
    for name in (b"good.mp4", b"na\xffme.mp4", b"na\xfeme.mp4", b"two\nlines.mp4"):
        shutil.copy(good, folder / os.fsdecode(name))
    (folder / os.fsdecode(b"bad\xff.mp4")).write_bytes(b"no film")
    os.mkfifo(folder / "pipe.mp4")
    (folder / "link.mp4").symlink_to("nowhere.mp4")
    (folder / "empty.mp4").touch()
    lines, _ = go(folder, tmp_path / "results.jsonl")
    told = {Path(line.source).name: line.error for line in lines}
    fine = {"good.mp4", "na\\udcffme.mp4", "na\\udcfeme.mp4", "two\nlines.mp4"}
    bad = {"bad\\udcff.mp4", "pipe.mp4", "link.mp4", "empty.mp4"}
    assert set(told) == fine | bad
    assert {name for name, error in told.items() if error} == bad
    assert len(calls()) == 1  # the same content four times
    again, _ = go(folder, tmp_path / "results.jsonl")
    assert again == []


def test_a_name_that_is_no_text_reaches_the_worker(
    tmp_path: Path, video: Callable[..., Path], calls: Callable[[], list[str]]
) -> None:
    film = tmp_path / os.fsdecode(b"\xff.mp4")
    video("a.mp4").rename(film)
    lines, _ = go(film, None)
    (line,) = lines
    assert line.verdict is not None and line.verdict["clip"]["name"] == "\ufffd.mp4"


def test_a_long_turn_of_a_dialogue_costs_no_other_row(tmp_path: Path) -> None:
    manifest = tmp_path / "talk.csv"
    with manifest.open("w", newline="") as stream:
        head, long = ["text", "dialogue", "turn"], ["a" * 20_000 + "b", "x", 1]
        csv.writer(stream).writerows([head, long, ["No.", "x", 2]])
    first, short = find_clips([manifest])
    assert first.open().text is not None and short.turns is not None
    assert short.turns[0].text.endswith("ab")
