"""Downmix of several channels, and the notes about it."""

import io
from collections.abc import Sequence
from typing import Any

import av
import numpy as np
import pytest

from affectgraph.agents.demo import demo_clip
from affectgraph.tools.audio.voice_activity import find_speech
from affectgraph.tools.clip import Clip

pytestmark = pytest.mark.slow

RATE = 16_000
Signal = np.ndarray


@pytest.fixture(scope="module")
def voice() -> Signal:
    return demo_clip().audio()[: 4 * RATE]


@pytest.fixture(scope="module")
def other_voice(voice: Signal) -> Signal:
    """Somebody else, as far as anybody can tell: backwards, and earlier."""
    return np.ascontiguousarray(voice[::-1])


def record_clip(
    rows: Sequence[Signal], layout: str, codec: str = "pcm_s16le", rate: int = RATE
) -> Clip:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4" if codec == "aac" else "matroska") as out:
        track: Any = out.add_stream(codec, rate=rate, layout=layout)
        samples = np.ascontiguousarray(np.stack(rows).astype(np.float32))
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
        frame.sample_rate = RATE
        for part in av.AudioResampler(track.format.name, layout, rate).resample(frame):
            out.mux(track.encode(part))
        out.mux(track.encode(None))
    return Clip.open(file.getvalue())


def level(clip: Clip) -> float:
    return float(np.sqrt((clip.audio() ** 2).mean()))


def voiced_seconds(clip: Clip) -> float:
    return sum(end - start for start, end in find_speech(clip.audio()))


@pytest.mark.parametrize("codec", ["pcm_s16le", "aac"])
@pytest.mark.parametrize(
    ("signs", "layout", "inverted"),
    [
        ((1, -1), "stereo", "channel 2 inverted"),
        ((1, -1, 1, -1), "quad", "channels 2, 4 inverted"),
        ((1, -1, 0, 0, 1, -1), "5.1", "inverted"),
    ],
)
def test_opposite_phase_is_heard(
    voice: Signal, signs: tuple[int, ...], layout: str, inverted: str, codec: str
) -> None:
    clip = record_clip([sign * voice for sign in signs], layout, codec, 48_000)
    assert level(clip) == pytest.approx(np.sqrt((voice**2).mean()), rel=0.1)
    assert voiced_seconds(clip) > 2
    (note,) = clip.notes()
    assert inverted in note


@pytest.mark.parametrize("kind", ["silence", "hiss", "hum"])
@pytest.mark.parametrize("dead", [0, 1])
def test_a_dead_channel_is_left_out(voice: Signal, kind: str, dead: int) -> None:
    time = np.arange(len(voice)) / RATE
    noise = {
        "silence": np.zeros_like(voice),
        "hiss": np.random.default_rng(0).normal(0, 0.02, len(voice)),
        "hum": 0.1 * np.sin(2 * np.pi * 50 * time),
    }
    rows = [voice, noise[kind]] if dead else [noise[kind], voice]
    clip = record_clip(rows, "stereo")
    assert clip.audio() == pytest.approx(voice, abs=1e-3)
    (note,) = clip.notes()
    assert f"channel {dead + 1} left out" in note


def test_two_speakers_are_both_heard_and_told(
    voice: Signal, other_voice: Signal
) -> None:
    clip = record_clip([voice, other_voice], "stereo")
    assert clip.audio() == pytest.approx((voice + other_voice) / 2, abs=1e-3)
    (note,) = clip.notes()
    assert "speaker" in note


@pytest.mark.parametrize("codec", ["pcm_s16le", "aac"])
def test_the_centre_of_a_film_is_heard(
    voice: Signal, other_voice: Signal, codec: str
) -> None:
    sides = [other_voice, 0.8 * other_voice]
    rows = [*sides, voice, np.zeros_like(voice), *sides]
    clip = record_clip(rows, "5.1", codec)
    assert level(clip) == pytest.approx(np.sqrt((voice**2).mean()), rel=0.1)
    (note,) = clip.notes()
    assert "centre" in note


def test_ordinary_stereo_is_the_mean_and_no_note(voice: Signal) -> None:
    later = np.roll(voice, 20)
    rooms = [voice, 0.6 * voice, 0.7 * voice + 0.3 * later]
    for right in rooms:
        clip = record_clip([voice, right], "stereo")
        assert clip.audio() == pytest.approx((voice + right) / 2, abs=1e-3)
        assert clip.notes() == ()


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 96_000])
def test_odd_rates_keep_the_length(voice: Signal, rate: int) -> None:
    clip = record_clip([voice, -voice], "stereo", rate=rate)
    assert len(clip.audio()) == pytest.approx(len(voice), abs=RATE // 20)
    assert voiced_seconds(clip) > 2


def test_an_array_is_mixed_alike(voice: Signal) -> None:
    clip = Clip.open(audio=np.stack([voice, -voice]))
    assert clip.audio() == pytest.approx(voice, abs=1e-3)
    assert "inverted" in clip.notes()[0]


def test_silence_of_several_channels_is_silence() -> None:
    clip = record_clip([np.zeros(RATE, np.float32)] * 2, "stereo")
    assert len(clip.audio()) == RATE and not clip.audio().any() and clip.notes() == ()
