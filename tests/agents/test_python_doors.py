"""What people pass from Python: meant as they mean it, or refused by name."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from affectgraph import Clip, EmotionAgent
from affectgraph.tools.errors import SettingError


@pytest.fixture(scope="module")
def agent() -> EmotionAgent:
    return EmotionAgent(llm=None)


def test_a_picture_gets_the_same_verdict_in_every_form(
    agent: EmotionAgent, demo: Path
) -> None:
    path = demo / "astronaut.jpg"
    image = Image.open(path)
    forms = [
        path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), image,
        np.asarray(image), np.asarray(image) / 255,
    ]  # fmt: skip
    verdicts = [agent.analyze(form) for form in forms]
    assert {verdict.label for verdict in verdicts} == {"happy"}
    sure = [verdict.confidence for verdict in verdicts]
    # A JPEG is decoded a little differently by PIL.
    assert sure[:4] == [sure[0]] * 4 and sure[4:] == [sure[4]] * 3
    assert max(sure) - min(sure) < 0.02


def test_sound_is_analysed_at_the_rate_that_it_has(
    agent: EmotionAgent, demo: Path
) -> None:
    voice = Clip.open(demo / "speech.ogg").audio()
    stereo = np.repeat(np.stack([voice, voice], axis=1), 3, axis=0)
    plain = agent.analyze(voice, sampling_rate=16_000)
    tripled = agent.analyze(stereo, sampling_rate=48_000)
    assert tripled.clip.seconds == pytest.approx(plain.clip.seconds, abs=0.05)
    (alone,) = agent.batch([stereo], sampling_rate=48_000)
    assert alone.label == tripled.label == plain.label
    for rate in (0, -1, float("nan"), 44.1, "16000"):
        with pytest.raises(SettingError, match=r"^sampling_rate "):
            agent.analyze(voice, sampling_rate=rate)


def test_what_goes_with_an_open_clip_is_not_dropped(agent: EmotionAgent) -> None:
    clip = Clip.open(text="I am so happy that you came!")
    others: list[dict[str, Any]] = [{"text": "No."}, {"audio": np.zeros(9)}]
    for other in [*others, {"sampling_rate": 8_000}]:
        with pytest.raises(SettingError, match="give it to Clip.open"):
            agent.analyze(clip, **other)
