"""Live: a stream is judged as it comes, and as a file with the same content."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from affectgraph.agents import EmotionAgent
from affectgraph.agents.cli.main import app
from affectgraph.agents.live import sources
from affectgraph.agents.live.stream_buffer import StreamBuffer
from affectgraph.agents.live.update import LiveUpdate
from affectgraph.tools.clip import SAMPLING_RATE, Clip, Frame
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Span

FRAMES_OF_AN_UTTERANCE = 16
ROUNDING = 1e-3


@pytest.fixture(scope="module")
def voice(demo: Path) -> Any:
    """Two seconds of speech: float32 [n]."""
    return Clip.open(demo / "talk.mp4").audio(Span(start=0.0, end=2.0))


@pytest.fixture
def ears() -> EmotionAgent:
    return EmotionAgent(llm=None, tools="prosody")


def chunks(sound: Any) -> Iterator[Any]:
    for start in range(0, len(sound), SAMPLING_RATE // 10):
        yield sound[start : start + SAMPLING_RATE // 10]


def closed(updates: Iterator[LiveUpdate]) -> list[LiveUpdate]:
    return [update for update in updates if update.state == "closed"]


@pytest.mark.slow
def test_live_and_offline_agree_where_they_saw_the_same(
    agent: EmotionAgent, demo: Path, tmp_path: Path
) -> None:
    clip = Clip.open(demo / "talk.mp4")
    agent.analyze(clip)  # models load
    frames, sound = sources.play_frames(clip), sources.play_sound(clip)
    updates = list(agent.live(frames, sound, record=tmp_path))
    (utterance,) = closed(iter(updates))
    span = Span(start=utterance.start, end=utterance.end)
    seen = [f for f in clip.frames(rate=5.0) if span.start <= f.time <= span.end]
    places = np.linspace(0, len(seen) - 1, FRAMES_OF_AN_UTTERANCE).round().astype(int)
    images = np.stack([seen[place].image for place in places])
    same = Clip.open(
        images, audio=clip.audio(span), frame_rate=len(images) / span.seconds
    )
    offline, live = agent.analyze(same), utterance.verdict
    assert live is not None
    assert live.distribution == pytest.approx(offline.distribution, abs=ROUNDING)
    assert [p.id for p in live.evidence] == [p.id for p in offline.evidence]
    assert utterance.frames == FRAMES_OF_AN_UTTERANCE
    assert utterance.dropped_frames == len(seen) - FRAMES_OF_AN_UTTERANCE
    assert live.label == agent.analyze(demo / "talk.mp4").label

    assert agent.replay(tmp_path).to_dict() == live.to_dict()
    assert {update.state for update in updates} == {"open", "closed"}


def test_utterances_close_as_they_end(ears: EmotionAgent, voice: Any) -> None:
    pause = np.zeros(int(1.5 * SAMPLING_RATE), np.float32)
    stream = chunks(np.concatenate([voice, pause, voice, pause]))
    first, second = closed(ears.live(sound=stream))
    assert 0.0 <= first.start < first.end <= 2.3
    assert 3.3 <= second.start < second.end <= 5.8
    for update in (first, second):
        assert update.verdict is not None and update.latency is not None
        assert update.verdict.modalities["prosody"].state == "present"


def test_a_long_utterance_is_cut(ears: EmotionAgent, voice: Any) -> None:
    updates = closed(ears.live(sound=chunks(np.tile(voice, 9))))
    assert len(updates) > 1
    assert all(before.end <= after.start for before, after in pairwise(updates))


def test_int16_is_the_same_sound(ears: EmotionAgent, voice: Any) -> None:
    whole = (voice * 32767).astype(np.int16)
    (update,) = closed(ears.live(sound=chunks(whole)))
    (same,) = closed(ears.live(sound=chunks(voice)))
    assert (update.start, update.end) == (same.start, same.end)


@pytest.mark.slow
def test_frames_without_sound_are_judged(demo: Path) -> None:
    agent = EmotionAgent(llm=None, tools="face")
    (frame,) = Clip.open(demo / "astronaut.jpg").frames()
    stream = (Frame(n / 5, frame.image) for n in range(20))
    paced = sources.play_frames(Clip.open(demo / "talk.mp4"))
    assert paced is not None
    updates = list(agent.live(paced))
    assert {update.state for update in updates} == {"silent"}
    assert any(update.verdict and update.verdict.evidence for update in updates)
    assert closed(agent.live(stream)) == []


def test_nothing_is_said_of_silence_without_a_picture(ears: EmotionAgent) -> None:
    updates = ears.live(sound=chunks(np.zeros(3 * SAMPLING_RATE, np.float32)))
    assert [update.verdict for update in updates if update.verdict] == []


def test_memory_is_bounded_and_what_is_dropped_is_counted() -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    buffer = StreamBuffer(
        (Frame(n / 5, image) for n in range(200)), chunks(np.zeros(100 * SAMPLING_RATE))
    )
    now, ended = buffer.wait(1_000)
    assert (round(now), ended) == (100, True)
    whole = Span(start=0.0, end=100.0)
    assert len(buffer.frames(whole)) == 75 and buffer.dropped_frames == 125
    assert len(buffer.audio(whole)) <= 60 * SAMPLING_RATE
    assert buffer.dropped_seconds == pytest.approx(40.0, abs=0.2)


def test_a_late_reader_learns_what_was_dropped(ears: EmotionAgent, voice: Any) -> None:
    *_, last = ears.live(sound=chunks(np.tile(voice, 50)))
    assert last.dropped_seconds >= 30


def test_more_frames_than_can_be_looked_at_are_left_out() -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    buffer = StreamBuffer((Frame(n / 30, image) for n in range(60)), None)
    buffer.wait(1_000)
    assert len(buffer.frames(Span(start=0.0, end=2.0))) == 10


def broken() -> Iterator[Any]:
    yield np.zeros(1_600, np.float32)
    raise OSError("unplugged\nat once")


@pytest.mark.parametrize(
    "sound", [broken(), iter([np.zeros((3, 4, 5))]), iter(["words"])]
)
def test_a_source_that_fails_is_one_line(
    ears: EmotionAgent, sound: Iterator[Any]
) -> None:
    with pytest.raises(SettingError) as raised:
        list(ears.live(sound=sound))
    assert len(str(raised.value).splitlines()) == 1


def test_a_stream_needs_a_source(ears: EmotionAgent) -> None:
    with pytest.raises(SettingError, match="frames, sound"):
        list(ears.live())


def test_a_device_that_is_missing_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SettingError, match="camera 99"):
        sources.camera(99)
    monkeypatch.setattr(sources.util, "find_spec", lambda name: None)
    with pytest.raises(SettingError, match=r"affectgraph\[live\]"):
        sources.microphone()


@pytest.mark.slow
def test_the_command_follows_a_file(demo: Path) -> None:
    arguments = ["live", str(demo / "talk.mp4"), "--json", "--tools=prosody"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[-1]["state"] == "closed" and lines[-1]["verdict"]["label"]
