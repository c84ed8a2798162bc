"""The command line: results on stdout, one clear line on stderr, right exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

pytestmark = pytest.mark.slow

Outcome = subprocess.CompletedProcess


@pytest.fixture
def command(program: Callable[..., Outcome]) -> Callable[..., Outcome]:
    def run(*arguments: object, **environment: str) -> Outcome:
        if not environment:
            return program(*arguments)
        # Weights that this process has loaded would hide that they are missing.
        line = [sys.executable, "-m", "affectgraph.agents", *map(str, arguments)]
        merged = {**os.environ, **environment}
        return subprocess.run(line, capture_output=True, text=True, env=merged)

    return run


Command = Callable[..., Outcome]


def one_line(outcome: Outcome) -> str:
    lines = outcome.stderr.strip().splitlines()
    assert len(lines) == 1 and "Traceback" not in outcome.stderr, outcome.stderr
    return lines[0]


def test_analyze_prints_one_json_object_a_clip(
    command: Command, face_video: Callable[..., Path], demo: Path
) -> None:
    done = command("analyze", face_video(), demo / "speech.ogg", "--no-llm", "--json")
    assert done.returncode == 0, done.stderr
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [v["clip"]["name"] for v in verdicts] == ["talk.mp4", "speech.ogg"]
    assert all(v["notice"].startswith("This estimates") for v in verdicts)


def test_a_clip_without_a_command_is_analyzed(command: Command, demo: Path) -> None:
    clip = demo / "astronaut.jpg"
    bare = command(clip, "--no-llm", "--json", "--tools", "face")
    named = command("analyze", clip, "--no-llm", "--json", "--tools", "face")
    assert json.loads(bare.stdout)["label"] == json.loads(named.stdout)["label"]
    missing = command("missing.mp4", "--no-llm")
    assert "missing.mp4: not found" in one_line(missing)
    wrong = command("analyse")
    assert wrong.returncode == 2 and "analyze" in wrong.stderr


def test_one_clip_that_fails_does_not_cost_the_others(
    command: Command, demo: Path, tmp_path: Path
) -> None:
    out = tmp_path / "results"
    done = command(
        "analyze", "missing.mp4", demo / "astronaut.jpg", "--no-llm", "--json",
        "--out", out,
    )  # fmt: skip
    assert done.returncode == 1
    assert "missing.mp4: not found" in one_line(done)
    verdict = json.loads(done.stdout)
    (written,) = out.iterdir()
    assert json.loads((written / "verdict.json").read_text()) == verdict
    assert verdict["clip"]["sha256"][:12] in written.name


def bad(kind: str, tmp_path: Path, face_video: Callable[..., Path]) -> Path:
    path = tmp_path / f"{kind}.mp4"
    if kind == "text":
        path.write_text("no film at all " * 20)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "cut":
        data = face_video("whole.mp4").read_bytes()
        moov = data.index(b"moov")
        path.write_bytes(data[: moov - 4])
    return path


@pytest.mark.parametrize("kind", ["missing", "text", "empty", "cut"])
def test_bad_media_is_one_line_and_exit_1(
    command: Command, kind: str, tmp_path: Path, face_video: Callable[..., Path]
) -> None:
    path = bad(kind, tmp_path, face_video)
    done = command("analyze", path, "--no-llm")
    assert done.returncode == 1 and done.stdout == ""
    assert path.name in one_line(done)


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyze",),
        ("analyze", "a.mp4", "--tools", "smell"),
        ("analyze", "a.mp4", "--llm", "gpt"),
        ("analyze", "a.mp4", "b.mp4", "--text", "hello"),
        ("train", "smell", "--data", ".", "--out", "."),
        ("train", "prosody", "--data", ".", "--out", ".", "--without", "crema"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    command: Command, arguments: tuple[str, ...]
) -> None:
    done = command(*arguments)
    assert done.returncode == 2 and one_line(done).startswith("affectgraph: ")


def test_an_unknown_option_is_exit_2(command: Command) -> None:
    done = command("analyze", "a.mp4", "--colour", "red")
    assert done.returncode == 2 and "--colour" in done.stderr


def test_a_truncated_video_is_analysed_and_says_its_coverage(
    command: Command, face_video: Callable[..., Path], tmp_path: Path
) -> None:
    data = face_video("whole.mp4", seconds=5).read_bytes()
    path = tmp_path / "part.mp4"
    path.write_bytes(data[: len(data) * 7 // 10])
    done = command("analyze", path, "--no-llm", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["clip"]["coverage"] < 0.95


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_images_without_a_face_abstain(
    command: Command, tmp_path: Path, channels: int
) -> None:
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), np.full((120, 160, channels), 128, np.uint8))
    done = command("analyze", path, "--no-llm", "--json")
    verdict = json.loads(done.stdout)
    assert done.returncode == 0 and verdict["abstained"]
    assert "face" in verdict["modalities"]["face"]["reason"]


def test_missing_weights_offline_are_said_before_any_work(
    command: Command, demo: Path, tmp_path: Path
) -> None:
    done = command(
        "analyze", demo / "speech.ogg", "--no-llm",
        AFFECTGRAPH_CACHE=str(tmp_path), AFFECTGRAPH_OFFLINE="1",
    )  # fmt: skip
    assert done.returncode == 1 and done.stdout == ""
    assert "weights fetch whisper-tiny.en" in one_line(done)


def test_a_missing_language_model_offline_is_said_and_done_without(
    command: Command, tmp_path: Path
) -> None:
    done = command(
        "analyze", "--text", "I am so happy!", "--json", "--llm", "embedded",
        AFFECTGRAPH_CACHE=str(tmp_path), AFFECTGRAPH_OFFLINE="1",
    )  # fmt: skip
    verdict = json.loads(done.stdout)
    assert done.returncode == 0 and verdict["label"] == "happy"
    assert verdict["explanation_source"] == "template"
    assert "answered without the language model" in one_line(done)


def test_weights_list_doctor_and_help_are_for_reading(command: Command) -> None:
    for arguments in (("weights", "list"), ("doctor",), ("--help",)):
        done = command(*arguments)
        assert done.returncode == 0 and len(done.stdout.splitlines()) > 5
    rows = command("weights", "list", "--json").stdout.splitlines()
    assert {"name", "sha256", "licence"} <= set(json.loads(rows[0]))


def test_weights_verify_finds_a_tampered_file(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "weights" / "whisper-tiny.en" / "config.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x" * 2317)
    done = command("weights", "verify", AFFECTGRAPH_CACHE=str(tmp_path))
    assert done.returncode == 1 and "SHA-256 differs" in one_line(done)
