"""Standard input, pipes and URLs in place of a clip."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pexpect
import pytest
from PIL import Image

from affectgraph.agents.batch.sources import find_clips
from affectgraph.tools.clip import Clip, pipes
from affectgraph.tools.errors import (
    ClipNotFoundError,
    ClipTooLargeError,
    EmptyClipError,
)

pytestmark = pytest.mark.slow

OPEN = """
import sys
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import AffectgraphError
try:
    clip = Clip.open(sys.argv[1])
    print(clip.sha256, clip.info.name, clip.has_video, clip.text)
except AffectgraphError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("piped") / "a.png"
    Image.fromarray(np.arange(300, dtype=np.uint8).reshape(10, 10, 3)).save(file)
    return file


def open_in_subprocess(
    name: str, content: bytes | None = None, **how: object
) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", OPEN, name], input=content, stdout=-1, **how
    )  # type: ignore[call-overload]
    words: list[str] = done.stdout.decode().split(maxsplit=1)
    return words


@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/dev/fd/0"])
def test_standard_input_is_a_clip(picture: Path, name: str) -> None:
    content = picture.read_bytes()
    sha256, output = open_in_subprocess(name, content)
    assert sha256 == Clip.open(picture).sha256
    assert output.split() == ["standard", "input", "True", "None"]
    with picture.open("rb") as file:  # < a.png
        assert open_in_subprocess(name, stdin=file)[0] == sha256


def test_what_a_shell_puts_in_the_place_of_a_file(picture: Path) -> None:
    script = f'{sys.executable} -c "$0" <(cat {picture})'
    done = subprocess.run(["bash", "-c", script, OPEN], stdout=subprocess.PIPE)
    sha256, name = done.stdout.decode().split()[:2]
    assert sha256 == Clip.open(picture).sha256 and name == "pipe"


def test_words_are_words() -> None:
    assert (
        open_in_subprocess("-", b"I hate this!\n")[1]
        .strip()
        .endswith("False I hate this!")
    )
    assert open_in_subprocess("-", b"")[0] == "EmptyClipError"
    assert open_in_subprocess("-", b"\x00\xff")[0] == "NotMediaError"


def test_a_terminal_is_no_clip() -> None:
    child = pexpect.spawn(sys.executable, ["-c", OPEN, "-"], encoding="utf-8")
    child.expect("ClipNotFoundError standard input is a terminal", timeout=60)
    child.expect(pexpect.EOF)


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "clip.png"
    os.mkfifo(file)
    yield file


def test_a_named_pipe_is_read_to_its_end(pipe: Path, picture: Path) -> None:
    def write() -> None:
        with pipe.open("wb") as file:
            for byte in picture.read_bytes():
                file.write(bytes([byte]))
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    clip = Clip.open(pipe)
    writer.join()
    assert clip.sha256 == Clip.open(picture).sha256 and clip.info.name == pipe.name


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(
    pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pipes.WRITER_TIMEOUT_S < 60
    monkeypatch.setattr(pipes, "WRITER_TIMEOUT_S", 0.1)
    started = time.monotonic()
    with pytest.raises(ClipNotFoundError, match="nobody writes to"):
        Clip.open(pipe)
    assert time.monotonic() - started < 2


def test_a_writer_who_takes_time_is_waited_for(
    pipe: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipes, "WRITER_TIMEOUT_S", 0.1)

    def write() -> None:
        with pipe.open("wb") as file:
            time.sleep(0.5)
            file.write(picture.read_bytes())

    threading.Thread(target=write).start()
    assert Clip.open(pipe).sha256 == Clip.open(picture).sha256


def test_a_pipe_without_end_is_not_read_to_it(
    pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipes, "MAX_BYTES", 1 << 20)

    def write() -> None:
        with suppress(BrokenPipeError), pipe.open("wb") as file:
            while True:
                file.write(bytes(1 << 16))

    threading.Thread(target=write).start()
    with pytest.raises(ClipTooLargeError, match="over 1 MiB"):
        Clip.open(pipe)


@pytest.mark.parametrize(
    "name",
    [
        "https://example.org/a.mp4",
        "https://example.org/a.mp4?b=[c]",
        "HTTP://example.org/clips.csv",
        "rtsp://camera/1",
        "s3://bucket/a.mp4",
        "file:///tmp/a.mp4",
        "data:audio/wav;base64,UklGRiQAAABXQVZF",
        "data:audio/wav;base64," + "UklGRiQA" * 9_999,
    ],
)
def test_an_address_is_told_from_a_path(name: str) -> None:
    with pytest.raises(ClipNotFoundError, match="an address") as error:
        Clip.open(name)
    assert str(error.value).startswith(name.partition(":")[0])
    (source,) = find_clips([Path(name)])
    with pytest.raises(ClipNotFoundError, match="nothing is fetched"):
        source.open()


def test_a_file_may_be_named_like_an_address(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data:a.png").write_bytes(picture.read_bytes())
    assert Clip.open("data:a.png").has_video


@pytest.mark.parametrize("name", ["a.TXT", "b.Md"])
def test_a_suffix_in_capitals_is_the_same(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Good morning.")
    assert Clip.open(tmp_path / name).text == "Good morning."


def test_a_pipe_is_not_given_to_workers(picture: Path) -> None:
    line = ["-m", "affectgraph.agents", "analyze", "-", "--no-llm", "--workers", "1"]
    content = picture.read_bytes()
    done = subprocess.run([sys.executable, *line], input=content, capture_output=True)
    assert done.returncode == 2 and b"more than once" in done.stderr


def test_bytes_keep_their_name() -> None:
    with pytest.raises(EmptyClipError, match="bytes: empty"):
        Clip.open(b"")
