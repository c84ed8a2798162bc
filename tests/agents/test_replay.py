"""Runs recorded by the command line come out again with nothing at hand."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from affectgraph.agents import Edits, EmotionAgent, Recorder
from affectgraph.tools.errors import SettingError

pytestmark = pytest.mark.slow

REPLAYED = """
import sys
from pathlib import Path
from affectgraph.agents import EmotionAgent
print(EmotionAgent.replay(Path(sys.argv[1])).to_json())
loaded = {"onnxruntime", "xllamacpp", "faster_whisper", "faiss", "cv2", "av"}
assert not loaded & set(sys.modules), loaded & set(sys.modules)
"""


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    def run(*arguments: object, code: int = 0) -> str:
        line = [sys.executable, "-m", "affectgraph.agents", *map(str, arguments)]
        done = subprocess.run(line, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout if code == 0 else done.stderr

    return run


def test_a_clip_that_is_gone_is_judged_again_to_the_byte(
    command: Callable[..., str],
    face_video: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clip, runs = face_video(seconds=2.0), tmp_path / "runs"
    first = command("analyze", clip, "--no-llm", "--json", "--record", runs)
    clip.unlink()
    monkeypatch.setenv("AFFECTGRAPH_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("AFFECTGRAPH_OFFLINE", "1")
    assert command("analyze", "--replay", runs, "--json") == first
    line = [sys.executable, "-c", REPLAYED, str(runs)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.stdout == first, done.stderr


def test_what_a_language_model_said_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = EmotionAgent(llm="embedded:smollm2-135m")
    verdict = agent.analyze(text="I cannot stop crying.", record=tmp_path)
    assert verdict.provenance.spent.completion_tokens > 0
    monkeypatch.setenv("AFFECTGRAPH_CACHE", str(tmp_path / "empty"))
    line = [sys.executable, "-c", REPLAYED, str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.stdout == verdict.to_json() + "\n", done.stderr


def test_what_if_says_what_would_change(
    command: Callable[..., str], demo: Path, tmp_path: Path
) -> None:
    command("analyze", demo / "astronaut.jpg", "--text", "I am so sad.", "--no-llm",
            "--record", tmp_path)  # fmt: skip
    shown = command("what-if", tmp_path, "--without", "transcript")
    assert "without transcript" in shown and "happy" in shown
    told = json.loads(command("what-if", tmp_path, "--only", "transcript", "--json"))
    assert told["verdict"]["label"] == "sad"
    assert told["verdict"]["provenance"]["edits"] == ["only transcript"]
    wrong = command("what-if", tmp_path, "--set", "T9.quality=1", code=2)
    assert len(wrong.splitlines()) == 1 and "there are F1" in wrong
    assert "nothing to change" in command("what-if", tmp_path, code=2)
    missing = command("analyze", "--replay", tmp_path / "no.json", code=1)
    assert "no.json: cannot be read" in missing


def test_a_run_need_not_be_written_to_be_asked_about() -> None:
    agent, recorder = EmotionAgent(llm=None), Recorder()
    verdict = agent.analyze(text="I am so happy that you came!", record=recorder)
    assert recorder.run is not None and recorder.file is None
    assert agent.replay(recorder.run) == verdict
    edits = Edits.of(["T1.distribution=sad"])
    assert agent.what_if(recorder.run, edits).verdict.label == "sad"


def test_a_thread_that_has_begun_cannot_be_recorded(tmp_path: Path) -> None:
    agent = EmotionAgent(llm=None, runs=tmp_path)
    agent.analyze(text="I am so happy!", thread="a")
    with pytest.raises(SettingError, match="begun without being recorded"):
        agent.analyze(text="I am so happy!", thread="a", record=tmp_path)
