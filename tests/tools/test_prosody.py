"""The prosody sense: measures that are right, and a voice that is read honestly."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.prosody import EMBEDDING_KEY, VoiceBaseline, prosody
from affectgraph.tools.prosody.acoustics import FEATURE_NAMES
from affectgraph.tools.prosody.head import estimate_quality
from affectgraph.tools.prosody.pitch import Pitch, yin
from affectgraph.tools.prosody.quality import harmonicity, jitter_and_shimmer
from affectgraph.tools.prosody.rhythm import (
    final_pitch_movement,
    find_pauses,
    syllable_nuclei,
)
from affectgraph.tools.prosody.stress import stressed_word
from affectgraph.tools.prosody.voice_features import clip_contours

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "agents" / "demo" / "speech.ogg"


def harmonic(hertz: float | np.ndarray, seconds: float = 1.0) -> np.ndarray:
    """A buzz with that pitch; an array gives the pitch of each sample."""
    n = int(seconds * SAMPLING_RATE)
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(hertz, n)) / SAMPLING_RATE
    buzz = sum(np.sin(k * phase) / k for k in range(1, 12))
    return (0.2 * buzz).astype(np.float32)


def pulses(hertz: float, *, jitter: float = 0.0, shimmer: float = 0.0) -> np.ndarray:
    """Two seconds of damped pulses, with irregular periods (share) or peaks (dB)."""
    rng = np.random.default_rng(0)
    signal = np.zeros(2 * SAMPLING_RATE + 800)
    at = 100.0
    while at < 2 * SAMPLING_RATE:
        since = np.arange(400) - at % 1
        pulse = np.where(since >= 0, np.exp(-since / 40) * np.sin(0.24 * since), 0)
        loudness = 10 ** (shimmer * rng.standard_normal() / 20)
        signal[int(at) : int(at) + 400] += loudness * pulse
        at += SAMPLING_RATE / hertz * (1 + jitter * rng.standard_normal())
    return (0.3 * signal[: 2 * SAMPLING_RATE]).astype(np.float32)


def voice(gain: float = 1.0) -> Clip:
    return Clip.open(Clip.open(DEMO).audio() * np.float32(gain))


def voice_evidence(clip: Clip) -> list[Evidence]:
    return prosody.perceive(clip, clip.span)


# Pitch


@settings(max_examples=25, deadline=None)
@given(st.floats(70.0, 580.0))
def test_the_pitch_of_a_buzz_is_right_within_two_percent(hertz: float) -> None:
    track = yin(harmonic(hertz), SAMPLING_RATE)
    assert track.voiced.mean() > 0.9
    assert np.median(track.hertz[track.voiced]) == pytest.approx(hertz, rel=0.02)


def test_the_pitch_follows_a_glide() -> None:
    glide = np.geomspace(120.0, 240.0, SAMPLING_RATE)
    track = yin(harmonic(glide), SAMPLING_RATE)
    at = (np.flatnonzero(track.voiced) * track.step * SAMPLING_RATE).astype(int)
    error = np.abs(track.hertz[track.voiced] / glide[at] - 1.0)
    assert np.percentile(error, 95) < 0.02


def test_a_finer_step_finds_the_same_pitch_twice_as_often() -> None:
    signal = harmonic(173.0)
    coarse, fine = yin(signal, SAMPLING_RATE), yin(signal, SAMPLING_RATE, 0.005)
    assert len(fine.hertz) == 2 * len(coarse.hertz)
    assert np.median(fine.hertz) == pytest.approx(np.median(coarse.hertz), rel=0.005)


def test_noise_and_silence_have_no_pitch() -> None:
    rng = np.random.default_rng(0)
    hiss = rng.standard_normal(SAMPLING_RATE).astype(np.float32)
    assert yin(hiss, SAMPLING_RATE).voiced.mean() < 0.05
    assert not yin(np.zeros(SAMPLING_RATE, np.float32), SAMPLING_RATE).voiced.any()
    assert len(yin(np.zeros(0, np.float32), SAMPLING_RATE).hertz) == 0


# Voice quality


@pytest.mark.parametrize("hertz", [90.0, 120.0, 210.0])
def test_irregular_periods_are_jitter_and_irregular_peaks_shimmer(hertz: float) -> None:
    def measured(signal: np.ndarray) -> tuple[float, float]:
        pair = jitter_and_shimmer(signal, SAMPLING_RATE, yin(signal, SAMPLING_RATE))
        return float(np.nanmean(pair[0])), float(np.nanmean(pair[1]))

    steady = measured(pulses(hertz))
    shaken = measured(pulses(hertz, jitter=0.01))
    uneven = measured(pulses(hertz, shimmer=1.0))
    assert steady[0] < 0.005
    assert 0.006 < shaken[0] < 0.02
    assert uneven[1] > steady[1] + 0.5
    assert uneven[0] < 0.01


def test_noise_lowers_the_harmonicity() -> None:
    rng = np.random.default_rng(0)
    clean = harmonic(150.0)
    ratios = []
    for level in (0.0, 0.02, 0.1):
        hiss = level * rng.standard_normal(len(clean))
        track = yin((clean + hiss).astype(np.float32), SAMPLING_RATE)
        ratios.append(harmonicity(track.aperiodicity[track.voiced]).mean())
    assert ratios[0] > ratios[1] > ratios[2]


# Rhythm


def test_pauses_lie_between_spans_of_speech() -> None:
    speech = (Span(start=0, end=1), Span(start=1.5, end=2), Span(start=2.1, end=3))
    found = find_pauses(speech)
    assert found.spans == (Span(start=1.0, end=1.5),)
    assert found.share == pytest.approx(0.5 / 3.0)
    assert find_pauses(()).share == 0.0


@pytest.mark.parametrize("rate", [2, 4, 6])
def test_syllables_are_the_bumps_of_the_level(rate: int) -> None:
    times = np.arange(300) / 100
    level = 60.0 - 10.0 * np.cos(2 * np.pi * rate * times)
    nuclei = syllable_nuclei(level.astype(np.float32), np.ones(300, dtype=bool))
    assert abs(len(nuclei) - 3 * rate) <= 1


@given(st.floats(-8.0, 8.0))
def test_the_movement_at_the_end_is_in_semitones(change: float) -> None:
    melody = np.r_[np.full(60, 200.0), 200.0 * 2 ** (np.linspace(0, change, 40) / 12)]
    track = Pitch(0.01, melody.astype(np.float32), np.zeros(100, np.float32))
    assert final_pitch_movement(track) == pytest.approx(change, abs=0.3)


def test_an_unvoiced_ending_has_no_movement() -> None:
    nothing = np.zeros(50, np.float32)
    assert final_pitch_movement(Pitch(0.01, nothing, nothing)) is None


# The sense


def test_a_voice_gives_a_summary_then_facts() -> None:
    clip = voice()
    summary, *facts = voice_evidence(clip)
    assert summary.id == "P1"
    assert summary.distribution is not None
    assert list(summary.distribution) == list(BASIC_EMOTIONS)
    assert sum(summary.distribution.values()) == pytest.approx(1.0)
    assert 0.0 < summary.quality < 1.0
    assert 2 <= len(facts) <= 7
    assert all(fact.distribution is None and fact.measurements for fact in facts)
    assert clip.kept(EMBEDDING_KEY).ndim == 1


def test_no_rate_is_told_where_noise_hides_syllables() -> None:
    clear = Clip.open(DEMO).audio()
    noise = np.random.default_rng(0).standard_normal(len(clear)).astype(np.float32)
    measured = voice_evidence(Clip.open(clear + np.float32(0.05) * noise))[
        0
    ].measurements
    assert "pitch" in measured and "rate" not in measured
    assert "rate" in voice_evidence(Clip.open(clear))[0].measurements


def test_the_flat_voice_of_the_demo_is_called_flat() -> None:
    found = voice_evidence(voice())
    assert found[0].measurements["pitch"].value == pytest.approx(134.7, rel=0.02)
    assert found[0].measurements["pitch_range"].direction == "low"
    assert any("Pitch moves little" in evidence.observation for evidence in found)


def test_every_range_says_where_it_comes_from() -> None:
    for evidence in voice_evidence(voice()):
        for measurement in evidence.measurements.values():
            assert (measurement.low is None) == (measurement.baseline == "")


@pytest.mark.parametrize("gain", [0.1, 0.3, 3.0])
def test_louder_is_not_angrier(gain: float) -> None:
    plain, louder = voice_evidence(voice(0.3))[0], voice_evidence(voice(0.3 * gain))[0]
    assert plain.distribution is not None
    assert louder.distribution is not None
    for emotion in BASIC_EMOTIONS:
        assert louder.distribution[emotion] == pytest.approx(
            plain.distribution[emotion], abs=0.05
        )


@pytest.mark.parametrize("level", [0.0, 0.001, 0.3])
def test_silence_and_noise_do_not_vote(level: float) -> None:
    rng = np.random.default_rng(0)
    hiss = level * rng.uniform(-1, 1, 4 * SAMPLING_RATE)
    with pytest.raises(SenseError, match="no speech found"):
        voice_evidence(Clip.open(hiss.astype(np.float32)))


def test_the_timeline_has_at_most_one_moment_a_second_in_order() -> None:
    summary = voice_evidence(voice())[0]
    assert 5 <= len(summary.timeline) <= 7
    for one, two in zip(summary.timeline, summary.timeline[1:], strict=False):
        assert two.span.start - one.span.start >= 1.0 - 1e-6
        assert one.span.end <= two.span.start + 1e-6


def test_a_pause_is_told_with_its_span() -> None:
    sentence = Clip.open(DEMO).audio()
    silence = np.zeros(2 * SAMPLING_RATE, np.float32)
    clip = Clip.open(np.concatenate([sentence, silence, sentence]))
    pause = next(e for e in voice_evidence(clip) if "Pauses" in e.observation)
    assert 1.8 < pause.span.seconds < 2.8


def test_segments_of_a_long_clip_get_their_own_summary() -> None:
    clip = Clip.open(np.tile(Clip.open(DEMO).audio(), 7))
    found = voice_evidence(clip)
    segments = [e for e in found if e.distribution is not None]
    assert len(segments) == 2
    assert segments[0].span.end <= segments[1].span.start
    assert found[: len(segments)] == segments


def test_a_closer_look_at_a_span_stays_in_it() -> None:
    clip, span = voice(), Span(start=2.0, end=5.0)
    whole = voice_evidence(clip)[0]
    kept = clip.kept(EMBEDDING_KEY).copy()
    closer = prosody.perceive(clip, span, first=9, fine=True)
    assert closer[0].id == "P9"
    assert span.overlap(closer[0].span) == pytest.approx(closer[0].span.seconds)
    assert closer[0].measurements["pitch"].value == pytest.approx(
        whole.measurements["pitch"].value, rel=0.02
    )
    np.testing.assert_array_equal(clip.kept(EMBEDDING_KEY), kept)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.3, 30), st.floats(0.3, 30))
def test_quality_rises_with_confidence_and_length(
    sure: float, surer: float, short: float, long: float
) -> None:
    (sure, surer), (short, long) = sorted((sure, surer)), sorted((short, long))
    assert 0.0 <= estimate_quality(sure, short) <= estimate_quality(surer, long) <= 1.0


# Stress


def five_words(third: tuple[float, float]) -> tuple[Clip, list[tuple[float, float]]]:
    """Five buzzes at 120 Hz, the third with its own pitch in Hz and gain."""
    tones = [(120.0, 1.0)] * 5
    tones[2] = third
    silence = np.zeros(SAMPLING_RATE // 10, dtype=np.float32)
    parts = [part for hz, gain in tones for part in (gain * harmonic(hz, 0.3), silence)]
    times = [(0.4 * number, 0.4 * number + 0.3) for number in range(5)]
    return Clip.open(np.concatenate(parts).astype(np.float32)), times


def test_the_louder_and_higher_word_is_stressed() -> None:
    clip, times = five_words((160.0, 2.0))
    found = stressed_word(clip_contours(clip, clip.span), times)
    assert found is not None and found.index == 2
    assert found.louder == pytest.approx(6.0, abs=1.0)
    assert found.higher == pytest.approx(5.0, abs=0.5)


@pytest.mark.parametrize("third", [(120.0, 1.0), (160.0, 1.0), (120.0, 2.0)])
def test_loudness_or_pitch_alone_is_no_stress(third: tuple[float, float]) -> None:
    clip, times = five_words(third)
    assert stressed_word(clip_contours(clip, clip.span), times) is None


# The speaker


def test_a_known_speaker_is_compared_with_that_speaker() -> None:
    earlier = [voice(gain) for gain in (0.2, 0.5, 1.0)]
    for clip in earlier:
        voice_evidence(clip)
    speaker = VoiceBaseline.of_clips(earlier)
    assert speaker.clips == 3
    known = voice()
    speaker.attach(known)
    plain, compared = voice_evidence(voice())[0], voice_evidence(known)[0]
    assert compared.distribution is not None
    assert compared.distribution != plain.distribution
    assert sum(compared.distribution.values()) == pytest.approx(1.0)


def test_the_typical_ranges_of_a_known_speaker_are_moved_to_that_speaker() -> None:
    earlier, known = voice(), voice()
    voice_evidence(earlier)
    speaker = VoiceBaseline.of_clips([earlier] * 20)
    speaker.attach(known)
    plain, moved = (
        voice_evidence(voice())[0].measurements,
        voice_evidence(known)[0].measurements,
    )
    own = "this speaker's earlier clips"
    for name, feature in (("effort", "effort.mean"), ("rate", "level.syllable_rate")):
        by = speaker.offset[FEATURE_NAMES.index(feature)]
        assert by != 0 and moved[name].baseline == own
        assert moved[name].low == pytest.approx(plain[name].low + by)
        assert moved[name].high == pytest.approx(plain[name].high + by)
    assert moved["jitter"] == plain["jitter"] and plain["jitter"].baseline != own
    # Every earlier clip is this very voice.
    assert moved["pitch"].baseline == own
    assert moved["pitch"].low == pytest.approx(plain["pitch"].low, rel=1e-3)
    assert moved["pitch"].high == pytest.approx(plain["pitch"].high, rel=1e-3)


def test_the_fewer_clips_the_less_the_speaker_counts() -> None:
    clip = voice()
    voice_evidence(clip)
    one, many = (VoiceBaseline.of_clips([clip] * count) for count in (1, 20))
    for less, more in ((one.offset, many.offset), (one.mean, many.mean)):
        assert 0.0 < np.abs(less).sum() < np.abs(more).sum() / 2
    assert one.deviation == pytest.approx(np.ones(len(one.deviation)))
    assert max(many.deviation) < 1.0


def test_a_speaker_needs_a_clip_that_was_heard() -> None:
    with pytest.raises(ValueError, match="at least one clip"):
        VoiceBaseline.of([])
    with pytest.raises(KeyError):
        VoiceBaseline.of_clips([voice()])
