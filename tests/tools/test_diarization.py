"""Who speaks when, told by voice alone."""

from itertools import pairwise

import numpy as np
import pytest

from affectgraph.tools.audio.filterbank import filterbank
from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.diarization import SpeakerTurn, diarize
from affectgraph.tools.diarization.clustering import cluster_voices
from affectgraph.tools.diarization.speaker_vector import speaker_vector
from affectgraph.tools.errors import SettingError


def clip_of(*parts: np.ndarray) -> Clip:
    return Clip.open(np.concatenate(parts), sampling_rate=SAMPLING_RATE)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * SAMPLING_RATE), dtype=np.float32)


def speakers(turns: tuple[SpeakerTurn, ...]) -> list[str]:
    """Who speaks, in order, each once until somebody else does."""
    people = [turn.person for turn in turns]
    return people[:1] + [b for a, b in pairwise(people) if a != b]


@pytest.mark.slow
@pytest.mark.parametrize("people", [None, 2])
def test_two_people_in_turn(
    voices: tuple[np.ndarray, np.ndarray], people: int | None
) -> None:
    low, high = voices
    gap = silence(0.5)
    clip = clip_of(low, gap, high, gap, low, gap, high)
    turns = diarize(clip, people=people)
    assert speakers(turns) == ["A", "B", "A", "B"]
    change = len(low) / SAMPLING_RATE + 0.5
    begin = next(turn.span.start for turn in turns if turn.person == "B")
    assert begin == pytest.approx(change, abs=0.3)


@pytest.mark.slow
def test_one_person_is_one_person(voices: tuple[np.ndarray, np.ndarray]) -> None:
    low, _ = voices
    turns = diarize(clip_of(low, silence(1.0), low, silence(1.0), low))
    assert {turn.person for turn in turns} == {"A"}


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 0.2, 3.0, 25.0])
def test_nobody_in_silence(seconds: float) -> None:
    clip = Clip.open(text="Hello.") if not seconds else clip_of(silence(seconds))
    assert diarize(clip) == ()


@pytest.mark.parametrize("people", [0, 27])
def test_a_number_of_people_that_cannot_be_is_refused(people: int) -> None:
    with pytest.raises(SettingError, match="people"):
        diarize(clip_of(silence(1.0)), people=people)


@pytest.mark.slow
def test_vectors_of_one_voice_are_alike(voices: tuple[np.ndarray, np.ndarray]) -> None:
    low, high = (filterbank(voice) for voice in voices)
    half = len(low) // 2
    first, second = speaker_vector(low[:half]), speaker_vector(low[half:])
    assert np.linalg.norm(first) == pytest.approx(1.0, abs=1e-5)
    assert first @ second > first @ speaker_vector(high) + 0.2


def labels_of(
    *directions: int, seconds: float = 4.0, people: int | None = None
) -> list[int]:
    """People of stretches whose vectors lie along some axes of the space."""
    vectors = np.eye(192, dtype=np.float32)[list(directions)]
    return cluster_voices(vectors, np.full(len(vectors), seconds), people).tolist()


def test_as_many_people_as_there_are_kinds_of_voices() -> None:
    one, other, *rest = labels_of(5, 7, 7, 5)
    assert one != other
    assert rest == [other, one]


def test_a_given_number_of_people_is_kept() -> None:
    labels = labels_of(1, 2, 3, 1, people=2)
    assert set(labels) == {0, 1}
    assert labels[0] == labels[3]


def test_a_short_sound_makes_no_person() -> None:
    vectors = np.eye(192, dtype=np.float32)[[1, 1, 9]]
    assert cluster_voices(vectors, np.array([4.0, 4.0, 0.4])).tolist() == [0, 0, 0]


def test_no_stretches_are_nobody() -> None:
    assert len(cluster_voices(np.zeros((0, 192), np.float32), np.zeros(0))) == 0


def test_filterbank_has_a_row_every_ten_milliseconds() -> None:
    assert filterbank(silence(1.0)).shape == (98, 80)
    assert filterbank(silence(0.01)).shape == (0, 80)
    tone = np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000).astype(np.float32)
    loudest = filterbank(tone).mean(axis=0).argmax()
    # 1000 Hz is 1000 mel, of 2840 mel between 20 and 8000 Hz in 81 steps.
    assert loudest == pytest.approx((1000 - 32) / (2840 - 32) * 81 - 1, abs=1)
