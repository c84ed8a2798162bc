"""Files that a stranger wrote: read within limits, or refused in one line, at once."""

import json
import os
import socket
import sqlite3
import struct
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from affectgraph.agents import EmotionAgent
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.memory import Case, Memory, Space
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.artifacts import FolderEmbeddingStore
from affectgraph.tools.errors import AffectgraphError, MemoryStoreError, RecordingError
from affectgraph.tools.io import reading, vectors

pytestmark = pytest.mark.slow

Command = Callable[..., Any]
SAD = "I miss my brother so much that I cannot sleep."


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded run, whose vectors lie beside it."""
    folder = tmp_path_factory.mktemp("runs")
    EmotionAgent(llm=None, tools=["transcript"]).analyze(text=SAD, record=folder)
    (file,) = folder.glob("*.json")
    return file


@pytest.fixture
def run(recorded: Path, tmp_path: Path) -> Path:
    for file in (recorded, recorded.with_suffix(".npz")):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path / recorded.name


def header(text: str, version: bytes = b"\x01\x00") -> bytes:
    size = struct.pack("<H" if version == b"\x01\x00" else "<I", len(text))
    return b"\x93NUMPY" + version + size + text.encode("latin1")


SHAPE = "{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}\n"
MEMBERS = {
    "terabytes": header(SHAPE.format("<f4", "(1000000000000,)")),
    "999 million numbers": header(SHAPE.format("<f4", "(999999999,)")),
    "a negative shape": header(SHAPE.format("<f4", "(-1,)")),
    "objects": header(SHAPE.format("|O", "(1,)")) + b"\x80\x04.",
    "a half token": header("{'descr': '''<f4"),
    "a half header": b"\x93NUMPY\x01\x00\xff\xff{",
    "no header": b"\x93NU",
    "nothing": b"",
    "no dictionary": header("[].append"),
    "nested": header("(" * 9_000),
    "version 3": header(SHAPE.format("<f4", "(1,)"), b"\x03\x00") + bytes(4),
    "too few numbers": header(SHAPE.format("<f4", "(4,)")) + bytes(8),
    "doubles": header(SHAPE.format("<f8", "(1,)")) + bytes(8),
    "a matrix": header(SHAPE.format("<f4", "(2, 2)")) + bytes(16),
}


@pytest.mark.parametrize("kind", MEMBERS)
def test_a_hostile_vector_beside_a_run(run: Path, command: Command, kind: str) -> None:
    vectors = run.with_suffix(".npz")
    with zipfile.ZipFile(vectors) as archive:
        names = archive.namelist()
    with zipfile.ZipFile(vectors, "w") as archive:
        for name in names:
            archive.writestr(name, MEMBERS[kind])
    with pytest.raises(RecordingError) as result:
        RecordedRun.load(run)
    assert str(result.value).startswith(f"{vectors}: the vectors in it are damaged (")
    refusal = command("what-if", run, "--without", "transcript").refusal
    assert refusal == str(result.value)


def compressed(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content + bytes(1 << 24))


def crowded(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        for number in range(vectors.MAX_MEMBERS):
            archive.writestr(str(number), b"")


def huge(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(vectors.MAX_BYTES + 1)


ARCHIVES = {
    "empty": lambda file: file.write_bytes(b""),
    "of another kind": lambda file: file.write_bytes(b"no archive"),
    "one array": lambda file: file.write_bytes(MEMBERS["terabytes"]),
    "missing": Path.unlink,
    "cut off": lambda file: file.write_bytes(file.read_bytes()[:-30]),
    "compressed": compressed,
    "of too many members": crowded,
    "huge": huge,
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_hostile_archive_beside_a_run(run: Path, kind: str) -> None:
    file = run.with_suffix(".npz")
    ARCHIVES[kind](file)
    with pytest.raises(RecordingError, match=r"cannot be read|are damaged") as result:
        RecordedRun.load(run)
    assert str(file) in str(result.value)


def test_members_that_claim_more_than_there_is(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    np.savez(file, a=np.zeros(2, np.float32), b=np.ones(2, np.float32))
    content = file.read_bytes()
    size = struct.pack("<I", zipfile.ZipFile(file).getinfo("a.npy").file_size)
    file.write_bytes(content.replace(size, b"\xff\xff\xff\x7f"))
    with pytest.raises(RecordingError):
        vectors.read_npz(file, ["a"], RecordingError)
    assert vectors.MAX_BYTES < 1 << 30


def test_a_vector_of_a_run_that_was_cut_off(tmp_path: Path) -> None:
    vault = FolderEmbeddingStore(tmp_path)
    vault.put("a", np.arange(3, dtype=np.float32))
    assert vault.get("a") is not None and vault.get("b") is None
    (file,) = tmp_path.iterdir()
    file.write_bytes(MEMBERS["objects"])
    with pytest.raises(MemoryStoreError, match="not a vector"):
        vault.get("a")


@pytest.fixture(params=["fifo", "folder", "socket", "device"])
def irregular(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """What puts something that is no file in the place of one."""
    opened = []

    def put(path: Path) -> Path:
        path.unlink(missing_ok=True)
        if request.param == "fifo":
            os.mkfifo(path)
        elif request.param == "folder":
            path.mkdir()
        elif request.param == "device":
            path.symlink_to("/dev/zero")
        else:
            here = os.open(path.parent, os.O_RDONLY)
            opened.append(socket.socket(socket.AF_UNIX))
            # The name of a socket is short; that of a test's folder is not.
            opened[-1].bind(f"/proc/self/fd/{here}/{path.name}")
            os.close(here)
        return path

    yield put
    for one in opened:
        one.close()


DOORS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a run": ("a.json", ("what-if", "{}", "--without", "face")),
    "a run to replay": ("a.json", ("analyze", "--replay", "{}")),
    "a run to talk about": ("a.json", ("chat", "{}", "--no-llm")),
    "a verdict": ("v.json", ("memory", "undo", "{}", "--memory", "{memory}")),
    "a manifest": ("m.csv", ("evaluate", "{}", "--no-llm")),
    "clips": ("m.csv", ("analyze", "{}", "--no-llm")),
    "cases": ("c.jsonl", ("memory", "import", "{}", "--memory", "{memory}")),
    "a table": ("c.parquet", ("memory", "import", "{}", "--memory", "{memory}")),
    "gold": ("g.jsonl", ("score", "{}", "{}")),
    "results": ("r.jsonl", ("analyze", "--text", SAD, "--no-llm", "--into", "{}")),
    "a log": ("a.log", ("audit", "verify", "{}")),
    "a memory": ("cases.sqlite", ("memory", "stats", "--memory", "{folder}")),
    "runs": ("checkpoints.sqlite", (
        "analyze", "--text", SAD, "--no-llm", "--thread", "a", "--runs", "{folder}")),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_file_is_refused_at_once(
    command: Command, irregular: Any, tmp_path: Path, door: str
) -> None:
    name, line = DOORS[door]
    memory = tmp_path / "memory"
    Memory(memory).close()
    file = irregular(tmp_path / name)
    fill = {"{}": file, "{memory}": memory, "{folder}": tmp_path}
    started = time.monotonic()
    result = command(*(fill.get(word, word) for word in line))
    assert time.monotonic() - started < 5
    assert result.code in (1, 2) and result.out == "" and name in result.err
    assert len(result.err.splitlines()) == 1


def test_vectors_beside_a_run_that_are_no_file(run: Path, irregular: Any) -> None:
    with pytest.raises(RecordingError, match="cannot be read"):
        RecordedRun.load(irregular(run.with_suffix(".npz")).with_suffix(".json"))


def test_kept_evidence_that_is_no_file_is_done_without(
    command: Command, irregular: Any, tmp_path: Path
) -> None:
    irregular(tmp_path / "evidence.sqlite")
    result = command(
        "analyze", "--text", SAD, "--no-llm", "--evidence", tmp_path, "--json"
    )
    assert result.code == 0 and "not a regular file" in result.err


def test_kept_evidence_of_a_stranger_is_perceived_again(
    command: Command, tmp_path: Path
) -> None:
    """What has the right hash may be nonsense all the same."""
    from hashlib import sha256

    line = ("analyze", "--text", SAD, "--no-llm", "--evidence", tmp_path, "--json")
    assert command(*line).code == 0
    with sqlite3.connect(tmp_path / "evidence.sqlite") as database:
        ((entry,),) = database.execute("SELECT entry FROM seen").fetchall()
        broken = json.loads(entry)
        broken["vectors"] = {name: "AAA" for name in broken["vectors"]}
        for text in (json.dumps(broken), None, b"\xff", "[" * 99_999):
            known = text if isinstance(text, str) else ""
            hashed = sha256(known.encode()).hexdigest()
            database.execute("UPDATE seen SET entry = ?, sha256 = ?", [text, hashed])
            database.commit()
            assert command(*line).verdict["label"] == "sad"


def test_a_line_without_end_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cases.jsonl"
    with file.open("wb") as opened:
        opened.truncate(reading.MAX_LINE_BYTES + 2)
    with pytest.raises(MemoryStoreError, match=r"cases\.jsonl, row 1: .*over "):
        Memory(seed=False).import_(file)


def test_a_file_over_the_cap_is_not_read(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    with file.open("wb") as opened:
        opened.truncate(reading.MAX_BYTES + 1)
    assert "over the cap of" in command("evaluate", file, "--no-llm").refusal


def cases(memory: Memory) -> None:
    space = Space(modality="gesture", model="f" * 64)
    case = Case(sha256="a" * 64, label="sad")
    memory.add(case, {space: np.ones(3, np.float32)})


def test_a_table_of_a_stranger(tmp_path: Path) -> None:
    memory, file = Memory(seed=False), tmp_path / "cases.parquet"
    cases(memory)
    memory.export(file)
    content = file.read_bytes()
    for other in (b"", b"PAR1", content[:-9], content[: len(content) // 2]):
        file.write_bytes(other)
        with pytest.raises(MemoryStoreError, match=r"cases\.parquet cannot be read"):
            Memory(seed=False).import_(file)
    pq.write_table(pa.table({"case": [1]}), file)
    with pytest.raises(MemoryStoreError, match="columns are not those"):
        Memory(seed=False).import_(file)


def test_a_text_that_is_no_json_is_one_line(command: Command, tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"[" * 99_999, b"\xff\xfe", b'{"a":1e999}')):
        file = tmp_path / f"{number}.json"
        file.write_bytes(content)
        for line in (
            ("what-if", file, "--without", "face"),
            ("memory", "correct", file, "sad", "--memory", tmp_path),
        ):
            assert file.name in command(*line).refusal


def test_a_file_that_is_no_ledger_is_left_as_it_was(
    command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "notes.jsonl"
    file.write_text('{"note": "one line without its end"}')
    result = command("analyze", "--text", SAD, "--no-llm", "--into", file)
    assert "line 1 is no result" in result.refusal
    assert file.read_text() == '{"note": "one line without its end"}'


def test_a_pipe_in_a_folder_is_an_error(command: Command, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp4")
    (tmp_path / "b.wav").write_bytes(b"no sound")
    result = command("analyze", tmp_path, "--no-llm")
    assert (result.code, result.out) == (1, "")
    pipe, sound = sorted(result.err.splitlines())
    assert "a.mp4: a pipe that nobody writes to" in pipe
    assert "b.wav: not a media file" in sound


def test_a_manifest_cannot_have_a_program_wait(tmp_path: Path) -> None:
    with pytest.raises(AffectgraphError, match="not found"):
        Clip.open(Path("/dev/zero"))
