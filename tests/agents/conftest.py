"""Real media with a face and a voice, made from what the demo ships."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import util
from io import StringIO
from pathlib import Path
from typing import Any

import av
import pytest
from click.testing import Result
from typer.testing import CliRunner

from affectgraph.agents import EmotionAgent
from affectgraph.agents.cli.main import app, main
from affectgraph.agents.demo import demo_clip
from affectgraph.tools.errors import AffectgraphError
from affectgraph.tools.io import malloc


@pytest.fixture(scope="module")
def agent() -> EmotionAgent:
    """An agent without a language model."""
    return EmotionAgent(llm=None)


@pytest.fixture
def face_video(tmp_path: Path) -> Callable[..., Path]:
    """Write a video of the demo's face and voice."""

    def write(name: str = "talk.mp4", *, seconds: float = 3.0) -> Path:
        clip, path = demo_clip(), tmp_path / name
        (picture,) = clip.frames()
        height, width = (side // 2 * 2 for side in picture.image.shape[:2])
        with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
            stream = container.add_stream("mpeg4", rate=10)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.bit_rate = 4_000_000
            sound = container.add_stream("aac", rate=16_000, layout="mono")
            frame = av.VideoFrame.from_ndarray(picture.image[:height, :width])
            for number in range(round(seconds * 10)):
                frame.pts = number
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            samples = clip.audio()[None, : round(seconds * 16_000)]
            voice = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            voice.sample_rate = 16_000
            container.mux(sound.encode(voice))
            container.mux(sound.encode(None))
        return path

    return write


@pytest.fixture(scope="session")
def serving() -> Callable[..., AbstractContextManager[tuple[Any, str]]]:
    """Run `affectgraph web` in a folder; the process, and the address it prints."""
    if util.find_spec("gradio") is None:
        pytest.skip("affectgraph web needs pip install 'affectgraph[web]'")

    @contextmanager
    def begin(room: Path, *options: str) -> Iterator[tuple[Any, str]]:
        (room / "tmp").mkdir()
        line = [sys.executable, "-m", "affectgraph.agents", "web", "--no-llm"]
        with (room / "stderr").open("w") as errors:
            child = subprocess.Popen(
                [*line, "--port=0", *options],
                stdout=subprocess.PIPE, stderr=errors, text=True,
                env={**os.environ, "TMPDIR": str(room / "tmp")},
            )  # fmt: skip
            address = (child.stdout or sys.stdin).readline().split()[-1]
            yield child, address
            child.kill()
            child.wait()

    return begin


@pytest.fixture
def program(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command in this process: `program("analyze", path, lines="to read")`.

    A tenth of the cost of a process of its own, for what does not turn on one.
    """

    def run(*arguments: object, lines: str = "") -> subprocess.CompletedProcess[str]:
        words = ["affectgraph", *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", words)
        monkeypatch.setattr(sys, "stdin", StringIO(lines))
        monkeypatch.setattr(malloc, "limit_arenas", lambda: None)
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        code = end.value.code
        assert code is None or isinstance(code, int)
        return subprocess.CompletedProcess(words, code or 0, *capfd.readouterr())

    return run


@pytest.fixture(scope="session")
def command() -> Callable[..., Result]:
    """Run a command: `command("memory", "list", given="typed")`.

    Errors of ours are raised, not printed: tests see their type.
    """

    def run(*arguments: object, given: str | None = None) -> Result:
        result = CliRunner().invoke(app, list(map(str, arguments)), input=given)
        if isinstance(result.exception, AffectgraphError):
            raise result.exception
        return result

    return run
