"""One clip is decoded once, and its spectrogram is made once, for all senses."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from affectgraph.agents import EmotionAgent
from affectgraph.graphs.verdict.state import Budget
from affectgraph.tools.audio import spectrogram, voice_activity
from affectgraph.tools.clip import clip

pytestmark = pytest.mark.slow


def test_senses_share_the_decoded_clip_and_one_spectrogram(
    face_video: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, times = face_video(seconds=2.0), Counter[str]()

    def count(module: Any, name: str) -> None:
        real = getattr(module, name)

        def count_and_call(*arguments: Any, **named: Any) -> Any:
            times[name] += 1
            return real(*arguments, **named)

        monkeypatch.setattr(module, name, count_and_call)

    count(clip, "decode_audio")
    count(clip, "media_frames")
    count(spectrogram, "signal_log_mel")
    count(voice_activity, "find_speech")
    verdict = EmotionAgent(llm=None, budget=Budget(rounds=1)).analyze(path)
    assert {sense.state for sense in verdict.modalities.values()} == {"present"}
    assert times == {
        "decode_audio": 1,
        "media_frames": 1,
        "signal_log_mel": 1,
        "find_speech": 1,
    }
