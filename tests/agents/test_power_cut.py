"""What a command reports as written is on the disk, whatever happens to the power."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from affectgraph.agents import EmotionAgent
from affectgraph.agents.chat.save import save
from affectgraph.agents.cli.main import app
from affectgraph.graphs.persistence.checkpoints import open_saver
from affectgraph.memory import Memory
from affectgraph.tools.io.atomic_write import make_folder

pytestmark = pytest.mark.slow

WORDS = "I am so happy that you came!"
ANALYZE = ("analyze", "--text", WORDS, "--no-llm", "--json")
Left = Callable[[Path], dict[str, bytes]]


def current_files(folder: Path) -> dict[str, bytes]:
    """Every file that is there now but locks and databases, which sync themselves."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.match("*.lock") and ".sqlite" not in path.name
    }


def run(*arguments: object) -> None:
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert done.exit_code == 0, done.output


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder that is not there yet, in another."""
    return tmp_path / "deep" / "out"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    rows = ["text,label", f"{WORDS},happy", "I miss her so much.,sad"]
    (tmp_path / "clips.csv").write_text("\n".join(rows))
    return tmp_path / "clips.csv"


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        ((*ANALYZE, "--out", "{out}"), {"report.html", "verdict.json"}),
        ((*ANALYZE, "--record", "{out}"), {"run-*.json", "run-*.npz"}),
        ((*ANALYZE, "--runs", "{out}", "--thread", "a"), {"*.npy"}),
        ((*ANALYZE, "--audit", "{out}/log.jsonl"), {"log.jsonl"}),
        (
            ("analyze", "{clips}", "--no-llm", "--workers", 1,
             "--into", "{out}/a.parquet"),
            {"a.parquet", "a.jsonl"},
        ),
        (
            ("evaluate", "{clips}", "--no-llm", "--tools", "transcript",
             "--out", "{out}", "--card", "{out}/card.html"),
            {"card.html", "confusion.png", "quality.png"},
        ),
        (("augment", "{clips}", "--no-llm", "--into", "{out}/a.csv"), {"a.csv"}),
        (("tools", "new", "gesture", "--out", "{out}"), {"test_gesture.py"}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_what_a_command_writes_outlasts_a_power_cut(
    tmp_path: Path,
    out: Path,
    manifest: Path,
    after_power_cut: Left,
    arguments: tuple[object, ...],
    written: set[str],
) -> None:
    if arguments[0] == "tools":
        make_folder(out)
    before = current_files(tmp_path)
    run(*(str(one).format(out=out, clips=manifest) for one in arguments))
    now = {
        name: data
        for name, data in current_files(tmp_path).items()
        if name not in before
    }
    names = [Path(name) for name in now]
    assert all(any(name.match(wanted) for name in names) for wanted in written)
    assert after_power_cut(tmp_path) == now


def test_so_does_the_film(
    out: Path, face_video: Callable[..., Path], after_power_cut: Left
) -> None:
    run("analyze", face_video(seconds=1.0), "--no-llm", "--out", out, "--annotate")
    assert any(name.endswith("/annotated.mp4") for name in current_files(out))
    assert after_power_cut(out) == current_files(out)


def test_so_does_what_is_exported_or_saved(out: Path, after_power_cut: Left) -> None:
    cases = out / "cases"
    run("memory", "add", "--text", WORDS, "--label", "happy", "--memory", cases)
    run("memory", "export", out / "cases.jsonl", "--memory", cases)
    verdict = EmotionAgent(llm=None).analyze(text=WORDS)
    for name in ("a.json", "a.md"):
        save(str(out / name), verdict, [])
    assert {"cases.jsonl", "a.json", "a.md"} <= set(current_files(out))
    assert after_power_cut(out) == current_files(out)


def test_a_database_brings_each_commit_to_the_disk(out: Path) -> None:
    full = [(2,)]
    with closing(Memory(out)) as memory:
        database = memory._cases.tables.database
        assert database.fetch_all("PRAGMA synchronous") == full
    with closing(open_saver(out).conn) as connection:  # type: ignore[attr-defined]
        assert connection.execute("PRAGMA synchronous").fetchall() == full
