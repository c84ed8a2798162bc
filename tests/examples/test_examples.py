"""Two senses as somebody else would write them: a pulse, and gestures."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from affectgraph.agents import Clip, EmotionAgent, PerceptionTool, Verdict, tried
from affectgraph.tools.registry import find_tool

HERE = Path(__file__).parent
Video = Callable[..., Path]


@pytest.fixture(autouse=True)
def examples_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(HERE), *sys.path])


@pytest.fixture
def heart() -> PerceptionTool:
    return find_tool("heart_rate:heart_rate")


@pytest.fixture
def gesture() -> PerceptionTool:
    return find_tool("gesture:Gesture")


def pulse(film: Path, *beats: object) -> Path:
    rows = [f"{second},{bpm}" for second, bpm in enumerate(beats)]
    film.with_suffix(".csv").write_text("\n".join(["seconds,bpm", *rows]))
    return film


def verdict(film: Path, tool: PerceptionTool) -> Verdict:
    return EmotionAgent(llm=None, tools=["face", tool]).analyze(film)


def test_a_fast_pulse_is_evidence_of_arousal(
    video: Video, heart: PerceptionTool
) -> None:
    film = pulse(video(seconds=3), 110, 120, 130)
    (piece,) = verdict(film, heart).evidence
    assert piece.id == "H1" and "120 times a minute" in piece.observation
    assert "fastest at 2.0 s (130)" in piece.observation
    assert piece.measurements["heart rate"].direction == "high"
    assert piece.arousal == 1.0 and piece.distribution is None


@pytest.mark.parametrize(
    ("beats", "reason"),
    [
        ((), "no pulse of 25 to 250 bpm"),
        (("fast",), "no numbers as seconds,bpm"),
        ((9999,), "no pulse of 25 to 250 bpm"),
        (("nan",), "no pulse of 25 to 250 bpm"),
    ],
)
def test_a_table_that_is_no_pulse_is_absent_evidence(
    video: Video, heart: PerceptionTool, beats: tuple[object, ...], reason: str
) -> None:
    sensed = verdict(pulse(video(), *beats), heart).modalities["heart"]
    assert sensed.state == "absent" and reason in sensed.reason


def test_without_a_table_there_is_no_pulse(video: Video, heart: PerceptionTool) -> None:
    sensed = verdict(video(), heart).modalities["heart"]
    assert sensed.state == "absent" and "lies beside the clip" in sensed.reason


def waving(strokes: int) -> Clip:
    """A textured square that dashes to and fro so often in two seconds."""
    pattern = np.random.default_rng(0).integers(0, 255, (60, 60, 3), dtype=np.uint8)
    film = np.full((20, 120, 160, 3), 90, np.uint8)
    for number, picture in enumerate(film):
        phase = number // 2 % 2 if strokes and number < 4 * strokes else 0
        picture[30:90, 20 + 40 * phase : 80 + 40 * phase] = pattern
    return Clip.open(film, frame_rate=10)


def test_waving_moves_more_than_resting(gesture: PerceptionTool) -> None:
    found = [
        gesture.perceive(clip, clip.span)[0].measurements
        for clip in (waving(0), waving(1), waving(3))
    ]
    movement = [one["movement"].value for one in found]
    assert movement == sorted(movement) and movement[0] < 0.05 < movement[2]
    assert found[0]["strokes"].value == 0 < found[2]["strokes"].value


def test_both_keep_the_contract(
    video: Video, heart: PerceptionTool, gesture: PerceptionTool
) -> None:
    film = pulse(video(seconds=3), 70, 71, 72)
    assert tried(heart, {film.name: partial(Clip.open, film)}).problems == ()
    assert tried(gesture).problems == ()


def test_both_stand_beside_ours_in_one_verdict(
    video: Video, heart: PerceptionTool, gesture: PerceptionTool
) -> None:
    agent = EmotionAgent(
        llm=None, tools=["face", "prosody", "transcript", heart, gesture]
    )
    found = agent.analyze(pulse(video(seconds=3), 70, 71, 72))
    assert {"heart", "gesture"} <= {
        modality for modality, s in found.modalities.items() if s.state == "present"
    }
