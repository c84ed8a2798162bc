"""Voice activity, and the spectrogram that voice and words share."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from affectgraph.agents.demo import demo_clip
from affectgraph.tools.audio.spectrogram import log_mel, signal_log_mel
from affectgraph.tools.audio.voice_activity import speech_spans
from affectgraph.tools.audio.windows import split_windows
from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.evidence import Span


def noise(seconds: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    samples = rng.uniform(-1, 1, int(seconds * SAMPLING_RATE))
    return samples.astype(np.float32)


def hum(seconds: float) -> np.ndarray:
    times = np.arange(int(seconds * SAMPLING_RATE)) / SAMPLING_RATE
    return sum(np.sin(2 * np.pi * 150 * k * times) / 8 for k in range(1, 8)).astype(
        np.float32
    )


def sound(samples: np.ndarray) -> Clip:
    return Clip.open(samples)


def test_speech_is_found_where_it_is() -> None:
    voice = demo_clip().audio()
    silence = np.zeros(2 * SAMPLING_RATE, np.float32)
    clip = sound(np.concatenate([silence, voice, silence]))
    spans = speech_spans(clip, clip.span)
    assert 1.5 < spans[0].start < 2.5
    assert clip.span.end - 3.0 < spans[-1].end < clip.span.end - 1.5
    assert all(one.end < two.start for one, two in pairwise(spans))


def speech_seconds(clip: Clip, span: Span) -> float:
    return sum(speech.seconds for speech in speech_spans(clip, span))


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.01])
def test_a_quiet_recording_is_speech_all_the_same(gain: float) -> None:
    clip = sound(demo_clip().audio() * np.float32(gain))
    assert speech_seconds(clip, clip.span) > 4.0


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.001])
@pytest.mark.parametrize("make", [noise, hum])
def test_noise_and_tones_are_no_speech(
    make: Callable[[float], np.ndarray], gain: float
) -> None:
    clip = sound(make(5.0) * np.float32(gain))
    assert speech_spans(clip, clip.span) == ()


def test_a_span_gives_its_part_of_the_whole() -> None:
    clip = sound(demo_clip().audio())
    part = Span(start=1.5, end=3.0)
    inside = [s.overlap(part) for s in speech_spans(clip, clip.span)]
    assert speech_seconds(clip, part) == pytest.approx(sum(inside))
    assert all(
        part.start <= s.start < s.end <= part.end for s in speech_spans(clip, part)
    )


def test_speech_goes_on_across_the_windows_of_a_long_clip() -> None:
    lead = np.zeros(27 * SAMPLING_RATE, np.float32)
    clip = sound(np.concatenate([lead, demo_clip().audio()]))
    spans = speech_spans(clip, clip.span)
    assert sum(s.seconds for s in spans) == pytest.approx(
        speech_seconds(sound(demo_clip().audio()), Span(start=0, end=10)), abs=0.5
    )


def test_the_spectrogram_is_that_of_whisper_and_made_once() -> None:
    clip = sound(demo_clip().audio())
    span = Span(start=1.0, end=4.0)
    mel = log_mel(clip, span)
    assert mel.shape == (80, 301)
    assert mel is log_mel(clip, span)
    np.testing.assert_array_equal(mel, FeatureExtractor()(clip.audio(span)))


def test_the_spectrogram_of_almost_nothing_is_finite() -> None:
    for samples in (0, 1, 100):
        assert np.isfinite(signal_log_mel(np.zeros(samples, np.float32))).all()


def test_a_spectrogram_longer_than_whisper_takes_is_refused() -> None:
    clip = Clip.open(np.zeros(40 * SAMPLING_RATE, np.float32))
    with pytest.raises(ValueError, match="at most 30 s"):
        log_mel(clip, Span(start=0.0, end=31.0))


def test_long_clips_are_cut_into_windows_without_gaps() -> None:
    voice = demo_clip().audio()
    clip = sound(np.concatenate([voice] * 12))
    cut = split_windows(clip, clip.span)
    assert cut[0].start == 0.0
    assert cut[-1].end == clip.span.end
    assert all(one.end == two.start for one, two in pairwise(cut))
    assert all(window.seconds <= 30.0 for window in cut)
