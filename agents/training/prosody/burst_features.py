"""Features of vocal bursts, and windows of speech, bursts and other sounds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.prosody.burst_data import make_background, read_bursts
from affectgraph.agents.training.prosody.data import read_recordings
from affectgraph.tools.audio.spectrogram import signal_log_mel
from affectgraph.tools.clip import SAMPLING_RATE
from affectgraph.tools.errors import SettingError
from affectgraph.tools.prosody.acoustics import measure_contours
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.prosody.sounds import KINDS, pool_windows
from affectgraph.tools.prosody.spectrum import frame_levels, sounding_frames
from affectgraph.tools.prosody.voice_features import EncodedVoice, encode_voice

_MAX_SECONDS = 10.0
_BACKGROUNDS, _BACKGROUND_SECONDS = 400, 3.0
# One in so many recordings of a corpus gives windows of speech.
_SPEECH_STEPS = {"ravdess": 5, "emodb": 1, "nemo": 20}
_WINDOWS_PER_SOUND = 3


@dataclass(frozen=True)
class Bursts:
    """The n vocal bursts.

    Attributes:
        features: float32 [n, f].
        word: Name of the emotion, [n].
        speaker: Name, [n].
    """

    features: Array
    word: NDArray[np.str_]
    speaker: NDArray[np.str_]


@dataclass(frozen=True)
class SoundWindows:
    """The k windows of 1 s.

    Attributes:
        windows: Pooled encoder states, float32 [k, 1024].
        kind: Index into `KINDS`, int64 [k].
        corpus: `bursts`, `made` or that of the speech, [k].
        speaker: Name, [k].
    """

    windows: Array
    kind: NDArray[np.int64]
    corpus: NDArray[np.str_]
    speaker: NDArray[np.str_]


@dataclass(frozen=True)
class _Sound:
    kind: str
    corpus: str
    speaker: str
    signal: Array
    word: str = ""


def extract_bursts(data: Path, *, seed: int) -> tuple[Bursts, SoundWindows]:
    """Extract features and windows; takes about four minutes of one core.

    Args:
        data: A folder in the shared layout.
        seed: Of made-up sounds and the choice of windows.

    Raises:
        SettingError: If there are no bursts.
    """
    features, words, speakers = [], [], []
    windows: list[tuple[Array, int, str, str]] = []
    for number, sound in enumerate(_read_sounds(data, seed)):
        rng = np.random.default_rng((seed, 1, number))
        voice = encode_recording(sound.signal)
        if sound.word:
            features.append(voice.burst_features())
            words.append(sound.word)
            speakers.append(sound.speaker)
        pooled = rng.permutation(pool_windows(voice.states))[:_WINDOWS_PER_SOUND]
        kind = KINDS.index(sound.kind)
        windows += [(row, kind, sound.corpus, sound.speaker) for row in pooled]
    if not words:
        raise SettingError(f"{data / 'bursts'}: no vocal bursts to learn from")
    rows, kinds, corpora, people = zip(*windows, strict=True)
    return (
        Bursts(np.array(features, np.float32), np.array(words), np.array(speakers)),
        SoundWindows(
            np.array(rows), np.array(kinds), np.array(corpora), np.array(people)
        ),
    )


def _read_sounds(data: Path, seed: int) -> Iterator[_Sound]:
    """Bursts, some recordings of speech, and made-up sounds."""
    bursts = (
        _Sound("burst", "bursts", burst.speaker, burst.signal, burst.word)
        for burst in read_bursts(data)
    )
    speech = (
        _Sound("speech", spoken.corpus, spoken.speaker, spoken.signal)
        for number, spoken in enumerate(read_recordings(data))
        if number % _SPEECH_STEPS[spoken.corpus] == 0
    )
    backgrounds = (
        _Sound(
            "other",
            "made",
            str(number),
            make_background(
                np.random.default_rng((seed, 2, number)), _BACKGROUND_SECONDS
            ),
        )
        for number in range(_BACKGROUNDS)
    )
    return chain(bursts, speech, backgrounds)


def encode_recording(signal: Array) -> EncodedVoice:
    """Encode the sounds of a recording, which count as speech."""
    signal = signal[: int(_MAX_SECONDS * SAMPLING_RATE)]
    mel = signal_log_mel(signal)
    frames = sounding_frames(frame_levels(mel))
    contours = measure_contours(signal, SAMPLING_RATE, mel, frames)
    frames = contours.speech
    if not frames.any():
        frames = np.ones_like(frames)
    return encode_voice(replace(contours, speech=frames), mel, frames)
