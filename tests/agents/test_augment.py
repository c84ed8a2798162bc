"""`affectgraph augment`: many clips labelled once each, sifted, reviewed, written."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from affectgraph.agents import augment as door
from affectgraph.agents.evaluation import read_manifest
from affectgraph.memory import Memory
from affectgraph.tools.errors import SettingError

PROGRAM = '''
"""Two senses that read the emotion off the words."""
import os, time
from affectgraph.agents import Evidence, Provenance, perception_tool
from affectgraph.tools.emotions import BASIC_EMOTIONS

def read(clip, span, place):
    said = clip.text.split()[place]
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(clip.text.split()[-1] + "\\n")
    time.sleep(float(os.environ.get("SLOW", 0)))
    vote = {e: 0.94 if e == said else 0.01 for e in BASIC_EMOTIONS}
    return [Evidence(span=span, observation=f"The words read {said} (0.94).",
                     distribution=vote, quality=0.8,
                     embedding=clip.keep(f"v{place}", [1.0, place + 1.0]),
                     provenance=Provenance(model="words", sha256="0" * 64))]

@perception_tool(modality="first", prefix="A", needs="words")
def one(clip, span):
    return read(clip, span, 0)

@perception_tool(modality="second", prefix="B", needs="words")
def other(clip, span):
    return read(clip, span, 1)
'''

Go = Callable[..., Result]


@pytest.fixture
def sense_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Senses to name with `--tools`, and the file in which they note what they saw."""
    (tmp_path / "two_senses.py").write_text(PROGRAM)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "two_senses", raising=False)
    monkeypatch.setenv("SEEN", str(tmp_path / "seen.txt"))
    return tmp_path / "seen.txt"


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A folder of texts: agreed upon, in doubt, a copy, and one that is no text."""
    folder = tmp_path / "clips"
    folder.mkdir()
    for n, words in enumerate(["sad sad", "happy happy", "sad fear", "angry happy"]):
        (folder / f"{n}.txt").write_text(f"{words} clip{n}")
    (folder / "copy.txt").write_text("sad sad clip0")
    (folder / "broken.txt").write_bytes(b"\xff\xfe\xfa")
    return folder


@pytest.fixture
def go(
    sense_log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Go
) -> Go:
    monkeypatch.chdir(tmp_path)
    return partial(command, "augment")


TOOLS = ("--tools", "two_senses:one,two_senses:other", "--no-llm")


def rows_of(file: Path) -> dict[str, dict[str, Any]]:
    told = [json.loads(line) for line in file.read_text().splitlines()]
    assert len({row["path"] for row in told}) == len(told)
    return {row["path"].rpartition("/")[2]: row for row in told}


def test_every_clip_has_a_row_and_a_bad_one_fails_alone(go, clips, tmp_path) -> None:
    done = go(clips / "*.txt", "--into", "out.jsonl", *TOOLS, "--licence", "CC0")
    assert done.exit_code == 1
    assert "broken.txt" in done.stderr and "copy.txt: the same clip as " in done.stderr
    rows = rows_of(tmp_path / "out.jsonl")
    stages = {name: row["stage"] for name, row in rows.items()}
    assert stages == {
        "0.txt": "kept", "1.txt": "kept", "2.txt": "review", "3.txt": "review",
        "broken.txt": "failed",
    }  # fmt: skip
    kept = rows["0.txt"]
    assert kept["kept"] and kept["label"] == "sad" and kept["source"] == "affectgraph"
    assert kept["sentiment"] == "negative" and "first" in kept["description"]
    told = kept["provenance"]
    assert told["models"] == {"words": "0" * 64} and told["licence"] == "CC0"
    assert told["reasoner"] == "none" and told["described_by"] == "facts"
    assert told["filters"]["crowd"]["decision"] == "keep"
    assert told["filters"]["low"]["checks"][0]["passed"]


def test_a_second_run_perceives_nothing_and_writes_the_same(
    go, clips, sense_log, tmp_path
) -> None:
    go(clips / "*.txt", "--into", "out.jsonl", *TOOLS)
    once, looks = (tmp_path / "out.jsonl").read_bytes(), sense_log.read_text()
    go(clips / "*.txt", "--into", "out.jsonl", *TOOLS)
    assert (tmp_path / "out.jsonl").read_bytes() == once
    assert sense_log.read_text() == looks
    (clips / "new.txt").write_text("fear fear clip9")
    go(clips / "*.txt", "--into", "out.jsonl", *TOOLS)
    assert rows_of(tmp_path / "out.jsonl")["new.txt"]["kept"]
    assert sense_log.read_text().removeprefix(looks) == "clip9\n" * 2


def test_labels_are_hidden_and_tell_how_right_the_labels_are(go, tmp_path) -> None:
    text = "text,label\nsad sad a,sad\nsad sad b,fear\nhappy happy c,happy\n"
    (tmp_path / "set.csv").write_text(text + "angry fear d,angry\n")
    done = go("set.csv", "--into", "out.jsonl", *TOOLS, "--json")
    told = json.loads(done.stdout)
    assert [(s["n"], round(s["precision"]["value"], 2)) for s in told["sieves"]] == [
        (4, 0.75), (4, 0.75), (3, 0.67),
    ]  # fmt: skip
    assert told["classes"]["sad"]["after"] == 0.5
    hidden = (tmp_path / "out.jsonl").read_text()
    (tmp_path / "bare.csv").write_text(
        "\n".join(line.split(",")[0] for line in text.splitlines()) + "\nangry fear d\n"
    )
    go("bare.csv", "--into", "bare.jsonl", *TOOLS)
    assert (tmp_path / "bare.jsonl").read_text() == hidden


def test_a_class_that_collapses_is_told(go, clips) -> None:
    for n in range(6):
        (clips / f"joy{n}.txt").write_text(f"happy happy joy{n}")
        (clips / f"d{n}.txt").write_text(f"fear disgust d{n}")
    done = go(clips / "*.txt", "--into", "out.jsonl", *TOOLS)
    # Words for fear and disgust tie; which of them leads is the decision's matter.
    assert re.search(r"(fear|disgust) collapses: 0 of 6 are kept", done.stderr)
    assert "happy collapses" not in done.stderr


def test_what_was_kept_is_read_by_evaluate_and_by_fine_tuning(
    go, clips, tmp_path
) -> None:
    go(clips / "*.txt", "--into", "out.csv", *TOOLS)
    read = read_manifest(tmp_path / "out.csv")
    assert [(row.path.resolve().name, row.label) for row in read] == [
        ("0.txt", "sad"), ("1.txt", "happy"),
    ]  # fmt: skip
    with (tmp_path / "out.csv").open() as file:
        cells = list(csv.DictReader(file))
    assert json.loads(cells[0]["provenance"])["models"] == {"words": "0" * 64}
    go(
        clips / "*.txt",
        "--into",
        "talk",
        "--format",
        "sharegpt",
        *TOOLS,
        "--runs",
        "out.csv.runs",
    )
    first = json.loads((tmp_path / "talk").read_text())[0]
    assert [turn["from"] for turn in first["conversations"]] == ["human", "gpt"]
    assert first["conversations"][1]["value"].endswith("\nsad")
    assert first["provenance"]["licence"] == "unknown"


def test_people_answer_skip_and_take_back(go, clips, tmp_path) -> None:
    go(clips / "*.txt", "--into", "out.jsonl", *TOOLS)
    review = ("review", "--into", "out.jsonl", "--annotator", "ann")
    done = go(*review, given="s\nwhat\nu\nn\nu\n5 hoarse\nq\n")
    assert done.exit_code == 0 and "1 answered, 1 still doubtful" in done.stdout
    assert "none of neutral" in done.stderr
    rows = rows_of(tmp_path / "out.jsonl")
    answered = rows["2.txt"]
    assert answered["kept"] and answered["stage"] == "kept"
    assert (answered["label"], answered["source"]) == ("fear", "human")
    assert answered["provenance"]["answer"]["note"] == "hoarse"
    assert rows["3.txt"]["stage"] == "review"
    assert rows["broken.txt"]["stage"] == "failed"
    # The answer is in the run, whoever writes the rows next.
    go(clips / "*.txt", "--into", "out.jsonl", *TOOLS)
    assert rows_of(tmp_path / "out.jsonl") == rows
    go(*review, given="furious\n")
    last = rows_of(tmp_path / "out.jsonl")["3.txt"]
    assert (last["label"], last["labels"]) == ("angry", ["furious"])


def test_the_queue_is_open_to_pages(go, clips, tmp_path) -> None:
    go(clips / "*.txt", "--into", "out.jsonl", *TOOLS)
    with door.ReviewQueue(tmp_path / "out.jsonl.runs") as queue:
        first, second = queue.pending()
        assert first.path == clips / "2.txt" and "split over" in first.reason
        assert {vote.judge for vote in first.votes} == {"first", "second"}
        assert queue.answer(first.clip, None).stage == "review"
        assert queue.undo(first.clip).waits and len(queue.pending()) == 2
        with pytest.raises(SettingError, match="no answer to take back"):
            queue.undo(second.clip)
        with pytest.raises(SettingError, match="another augmentation"):
            door.ReviewQueue(tmp_path / "out.jsonl.runs").__enter__()
    with pytest.raises(SettingError, match="holds no augmentation"):
        door.ReviewQueue(tmp_path).__enter__()


def test_kept_clips_become_cases_and_human_labels_too(go, clips, tmp_path) -> None:
    place = ("--into", "memory", "--memory", "cases")
    go(clips / "*.txt", *place, *TOOLS)
    done = go(clips / "*.txt", *place, *TOOLS)
    assert "new in the memory: 0" in done.stderr
    go("review", *place, "--annotator", "ann", given="fear\n")
    found = Memory(tmp_path / "cases", seed=False).search()
    labels = {(one.label, one.label_source, one.annotator) for one in found}
    assert labels == {
        ("sad", "affectgraph", ""), ("happy", "affectgraph", ""),
        ("fear", "human", "ann"),
    }  # fmt: skip
    assert not any("clip0" in one.summary for one in found)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["no.csv", "--into", "out.jsonl"], "no.csv: cannot be read"),
        (["clips", "--into", "out.txt"], "name a file that ends in .jsonl"),
        (["clips", "--into", "memory"], "no memory named"),
        (["empty", "--into", "out.jsonl"], "no video, sound or image"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is(
    go, clips, tmp_path, sense_log, arguments: list[str], wrong: str
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SettingError, match=wrong):
        go(*arguments, *TOOLS)
    assert not sense_log.exists()


@pytest.mark.slow
def test_killed_again_and_again_it_loses_nothing_and_does_nothing_twice(
    clips: Path, sense_log: Path, tmp_path: Path
) -> None:
    for n in range(20):
        (clips / f"more{n}.txt").write_text(f"sad sad more{n}")
    texts = str(clips / "*.txt")
    command = [sys.executable, "-m", "affectgraph.agents", "augment", texts]
    command += ["--into", "out.jsonl", *TOOLS]
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    slow = {**os.environ, "PYTHONPATH": path, "SLOW": "0.02"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    for looks in (4, 30):
        running = subprocess.Popen(command, cwd=tmp_path, env=slow, **quiet)
        while running.poll() is None and count(sense_log) < looks:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL
        assert not (tmp_path / "out.jsonl").exists()
    subprocess.run(command, cwd=tmp_path, env=slow, **quiet)
    rows = rows_of(tmp_path / "out.jsonl")
    assert len(rows) == 25 and sum(row["kept"] for row in rows.values()) == 22
    # Two looks a clip, and again at most at the one that was looked at when killed.
    assert 2 * 24 <= count(sense_log) <= 2 * (24 + 2)


def count(sense_log: Path) -> int:
    return len(sense_log.read_text().splitlines()) if sense_log.exists() else 0
