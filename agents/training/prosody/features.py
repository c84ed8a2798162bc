"""Features of every training recording, clean and distorted."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.prosody.data import distort, read_recordings
from affectgraph.tools.audio.spectrogram import signal_log_mel
from affectgraph.tools.audio.voice_activity import find_speech
from affectgraph.tools.clip import SAMPLING_RATE
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Span
from affectgraph.tools.prosody.acoustics import measure_contours
from affectgraph.tools.prosody.measures import UNITS, measure
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.prosody.voice_features import (
    EncodedVoice,
    encode_voice,
    speech_frames,
)

_MAX_SECONDS = 30.0
# Of a corpus much larger than the others, one in so many recordings is used.
_STEPS = {"nemo": 3}
_MEASURES = tuple(UNITS)

_Times = list[tuple[float, float]]


@dataclass(frozen=True)
class Voices:
    """The n training recordings as arrays.

    Attributes:
        features: float32 [n, copies, f]; the first copy is clean.
        measures: Of the clean copy, in the order of `UNITS`; NaN if unknown: [n, m].
        seconds: Of speech, [n].
        emotion: Index into the basic emotions, int64 [n].
        corpus: Name, [n].
        speaker: Name, [n].
        sentence: Name, [n].
    """

    features: Array
    measures: NDArray[np.float64]
    seconds: NDArray[np.float64]
    emotion: NDArray[np.int64]
    corpus: NDArray[np.str_]
    speaker: NDArray[np.str_]
    sentence: NDArray[np.str_]

    def take(self, rows: NDArray[np.int64]) -> "Voices":
        """Select recordings."""
        return Voices(*(values[rows] for values in vars(self).values()))


@dataclass(frozen=True)
class RecordingVersions:
    """Features of one recording.

    Attributes:
        features: float32 [copies, f]; the first copy is clean.
        clean: Voice of the clean copy.
        speech: Spans of speech in it.
    """

    features: Array
    clean: EncodedVoice
    speech: tuple[Span, ...]


def extract_voices(
    data: Path, *, copies: int, seed: int, without: tuple[str, ...]
) -> Voices:
    """Extract features of recordings with speech; takes about six minutes of one core.

    Args:
        data: A folder in the shared layout.
        copies: Number of versions of each, with the clean one.
        seed: Of the distortions.
        without: Corpora to leave out.

    Raises:
        SettingError: If there is no recording.
    """
    rows, measures, seconds, used = [], [], [], []
    of_corpus: Counter[str] = Counter()
    for number, recording in enumerate(read_recordings(data, without=without)):
        of_corpus[recording.corpus] += 1
        if of_corpus[recording.corpus] % _STEPS.get(recording.corpus, 1):
            continue
        rng = np.random.default_rng((seed, number))
        versions = extract_versions(recording.signal, copies, rng)
        if versions is None:
            continue
        rows.append(versions.features)
        values = measure(versions.clean.contours, versions.speech)
        measures.append([values.get(name, np.nan) for name in _MEASURES])
        seconds.append(sum(span.seconds for span in versions.speech))
        used.append(replace(recording, signal=recording.signal[:0]))
        if len(used) % 1000 == 0:
            print(f"{len(used)} recordings done", flush=True)
    if not used:
        raise SettingError(
            f"{data / 'speech'}: no recordings to learn from; see the model card"
        )
    return Voices(
        np.array(rows),
        np.array(measures),
        np.array(seconds),
        np.array([BASIC_EMOTIONS.index(r.emotion) for r in used]),
        np.array([r.corpus for r in used]),
        np.array([r.speaker for r in used]),
        np.array([r.sentence for r in used]),
    )


def extract_versions(
    signal: Array, copies: int, rng: np.random.Generator
) -> RecordingVersions | None:
    """Extract features of a recording and of distorted copies of it.

    Args:
        signal: At 16 kHz; only the first 30 s are used.
        copies: Number of versions, with the clean one.
        rng: Of the distortions.

    Returns:
        None if there is no speech.
    """
    signal = signal[: int(_MAX_SECONDS * SAMPLING_RATE)]
    times = find_speech(signal)
    if not times:
        return None
    clean = _analyze(signal, times, 1.0)
    distorted = (_analyze(*_distort(signal, times, rng)) for _ in range(copies - 1))
    rows = [clean.features(), *(voice.features() for voice in distorted)]
    speech = tuple(Span(start=start, end=end) for start, end in times)
    return RecordingVersions(np.array(rows, dtype=np.float32), clean, speech)


def _distort(
    signal: Array, times: _Times, rng: np.random.Generator
) -> tuple[Array, _Times, float]:
    changed, speed = distort(signal, rng)
    return changed, times, speed


def _analyze(signal: Array, times: _Times, speed: float) -> EncodedVoice:
    mel = signal_log_mel(signal)
    scaled = [(start / speed, end / speed) for start, end in times]
    spoken = speech_frames(scaled, mel.shape[1])
    contours = measure_contours(signal, SAMPLING_RATE, mel, spoken)
    return encode_voice(contours, mel, contours.speech)
