"""Perturbations: as strong as they say, the same for a seed, and judged by a sense."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.tools.emotions import Distribution, distribution
from affectgraph.tools.errors import SettingError

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
from face_perturbations import FACE
from label_check import check_label
from voice_perturbations import VOICE

RATE = 16_000


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    """Two seconds of a buzz at 200 Hz that swells and fades."""
    time = np.arange(2 * RATE) / RATE
    buzz = sum(np.sin(2 * np.pi * 200 * n * time) / n for n in range(1, 6))
    return (0.2 * buzz * np.sin(np.pi * time / 2) ** 2).astype(np.float32)


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """A round head with eyes and a mouth, uint8 [96, 80, 3]."""
    picture = np.full((96, 80, 3), 60, np.uint8)
    cv2.circle(picture, (40, 48), 34, (210, 170, 150), -1)
    cv2.circle(picture, (28, 38), 4, (30, 30, 30), -1)
    cv2.circle(picture, (52, 38), 4, (30, 30, 30), -1)
    cv2.ellipse(picture, (40, 62), (14, 8), 0, 0, 180, (120, 40, 50), 2)
    return picture


def loudest(samples: np.ndarray) -> float:
    """Frequency of the strongest partial, Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * RATE / len(samples))


def decibels(signal: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(signal**2) / np.mean(other**2)))


@pytest.mark.parametrize("name", VOICE)
@pytest.mark.parametrize("strength", [0.0, 0.4, 1.0])
def test_a_voice_stays_a_voice(name: str, strength: float, voice: np.ndarray) -> None:
    before = voice.copy()
    one, other = (VOICE[name](voice, strength, seed=3) for _ in range(2))
    assert (one.data == other.data).all() and (voice == before).all()
    assert one.data.dtype == np.float32 and np.abs(one.data).max() <= 1
    assert 0.8 < len(one.data) / len(voice) < 1.2
    assert one.statement and (one.name, one.strength, one.seed) == (name, strength, 3)


@pytest.mark.parametrize("name", FACE)
@pytest.mark.parametrize("strength", [0.0, 0.4, 1.0])
def test_a_face_stays_a_picture(name: str, strength: float, face: np.ndarray) -> None:
    before = face.copy()
    one, other = (FACE[name](face, strength, seed=3) for _ in range(2))
    assert (one.data == other.data).all() and (face == before).all()
    assert one.data.dtype == np.uint8 and one.data.shape == face.shape


@pytest.mark.parametrize("name", FACE)
def test_a_face_changes_more_the_stronger(name: str, face: np.ndarray) -> None:
    changed = [
        np.mean([np.abs(FACE[name](face, s, n).data - face * 1.0) for n in range(8)])
        for s in (0.0, 0.5, 1.0)
    ]
    assert changed[0] < 3 and changed[0] < changed[1] < changed[2]


def test_pitch_moves_by_what_it_says_and_keeps_the_length(voice: np.ndarray) -> None:
    heard = {loudest(VOICE["pitch"](voice, 1.0, seed).data) for seed in range(6)}
    assert {round(12 * np.log2(f / 200)) for f in heard} == {-2, 2}
    assert len(VOICE["pitch"](voice, 1.0, 0).data) == len(voice)


def test_tempo_changes_the_length_and_not_the_pitch(voice: np.ndarray) -> None:
    changed = [VOICE["tempo"](voice, 1.0, seed) for seed in range(6)]
    assert {round(len(voice) / len(c.data), 2) for c in changed} == {0.85, 1.15}
    assert all(abs(loudest(c.data) - 200) < 3 for c in changed)


@pytest.mark.parametrize(("strength", "apart"), [(0.0, 40), (1.0, 5)])
def test_noise_is_as_far_below_as_it_says(
    strength: float, apart: float, voice: np.ndarray
) -> None:
    changed = VOICE["noise"](voice, strength, seed=1)
    assert decibels(voice, changed.data - voice) == pytest.approx(apart, abs=0.5)
    assert f"{apart} dB" in changed.statement


def test_a_room_rings_after_the_voice_has_ended() -> None:
    click = np.zeros(RATE, np.float32)
    click[100] = 0.5
    tails = [VOICE["room"](click, s, 0).data[2000:] for s in (0.1, 1.0)]
    assert np.abs(tails[0]).max() < np.abs(tails[1]).max()


def test_silence_and_single_samples_pass() -> None:
    for perturbation in VOICE.values():
        for length in (1, 400, RATE):
            changed = perturbation(np.zeros(length, np.float32), 1.0, 0)
            assert np.isfinite(changed.data).all() and np.abs(changed.data).max() < 0.01


@pytest.mark.parametrize("perturbation", [VOICE["noise"], FACE["blur"]])
def test_a_strength_outside_its_range_or_nothing_at_all_is_refused(
    perturbation: object,
) -> None:
    with pytest.raises(SettingError, match=r"strength of \w+ is 1.5"):
        perturbation(np.zeros(10), 1.5, 0)  # type: ignore[operator]
    with pytest.raises(SettingError, match="empty"):
        perturbation(np.zeros(0), 0.5, 0)  # type: ignore[operator]


SAD: Distribution = distribution({"sad": 8, "fear": 2})


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        (SAD, SAD, True),
        (SAD, distribution({"sad": 5, "fear": 4, "happy": 1}), True),
        (SAD, distribution({"sad": 3, "fear": 2, "happy": 2, "angry": 3.1}), False),
        (SAD, distribution({"sad": 3, "fear": 2.5, "happy": 2.5, "angry": 2}), False),
        (distribution({"fear": 1}), distribution({"fear": 1}), True),
        (distribution({"fear": 1}), distribution({"happy": 1}), False),
    ],
)
def test_a_label_is_kept_while_the_sense_still_hears_it(
    before: Distribution, after: Distribution, kept: bool
) -> None:
    found = check_label("sad", before, after)
    assert found.kept is kept and found.before == before["sad"]


Shares = st.lists(st.floats(0.01, 1), min_size=7, max_size=7).map(distribution)


@given(Shares, st.sampled_from(["happy", "sad", "angry"]))
def test_what_did_not_change_keeps_its_label(shares: Distribution, label: str) -> None:
    assert check_label(label, shares, shares).kept
