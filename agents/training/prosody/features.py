"""The features of every training recording, clean and disturbed."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.prosody.data import disturbed, recordings
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

_LONGEST = 30.0
_MEASURES = tuple(UNITS)

Times = list[tuple[float, float]]


@dataclass(frozen=True)
class Voices:
    """The training material as numbers; n recordings.

    Attributes:
        features: float32 [n, copies, f]; the first copy is the clean one.
        measures: Of the clean one, in the order of `UNITS`, NaN where unknown: [n, m].
        seconds: Of speech, [n].
        emotion: Index into the basic emotions, int64 [n].
        corpus: Its name, [n].
        speaker: Its name, [n].
        sentence: Its name, [n].
    """

    features: Array
    measures: NDArray[np.float64]
    seconds: NDArray[np.float64]
    emotion: NDArray[np.int64]
    corpus: NDArray[np.str_]
    speaker: NDArray[np.str_]
    sentence: NDArray[np.str_]


@dataclass(frozen=True)
class Versions:
    """One recording, listened to.

    Attributes:
        features: float32 [copies, f]; the first copy is the clean one.
        clean: The voice in that one.
        speech: Where somebody speaks in it.
    """

    features: Array
    clean: EncodedVoice
    speech: tuple[Span, ...]


def extract(data: Path, *, copies: int, seed: int, without: tuple[str, ...]) -> Voices:
    """Features of every recording that holds speech; takes about ten minutes.

    Args:
        data: A folder in the shared layout.
        copies: How many versions of each, the clean one included.
        seed: Of the disturbances.
        without: Corpora to leave out.

    Raises:
        SettingError: If there is no recording.
    """
    rows, measures, seconds, found = [], [], [], []
    for number, recording in enumerate(recordings(data, without=without)):
        rng = np.random.default_rng((seed, number))
        heard = versions(recording.signal, copies, rng)
        if heard is None:
            continue
        rows.append(heard.features)
        values = measure(heard.clean.contours, heard.speech)
        measures.append([values.get(name, np.nan) for name in _MEASURES])
        seconds.append(sum(span.seconds for span in heard.speech))
        found.append(replace(recording, signal=recording.signal[:0]))
        if len(found) % 1000 == 0:
            print(f"{len(found)} recordings heard", flush=True)
    if not found:
        raise SettingError(
            f"{data / 'speech'}: no recordings to learn from; see the model card"
        )
    return Voices(
        np.array(rows),
        np.array(measures),
        np.array(seconds),
        np.array([BASIC_EMOTIONS.index(r.emotion) for r in found]),
        np.array([r.corpus for r in found]),
        np.array([r.speaker for r in found]),
        np.array([r.sentence for r in found]),
    )


def versions(signal: Array, copies: int, rng: np.random.Generator) -> Versions | None:
    """Listen to a recording, and to disturbed copies of it.

    Args:
        signal: At 16 kHz; of more than 30 s only the first are heard.
        copies: How many versions, the clean one included.
        rng: Of the disturbances.

    Returns:
        None where nobody speaks.
    """
    signal = signal[: int(_LONGEST * SAMPLING_RATE)]
    times = find_speech(signal)
    if not times:
        return None
    clean = _listen(signal, times, 1.0)
    others = (_listen(*_disturbed(signal, times, rng)) for _ in range(copies - 1))
    rows = [clean.features(), *(other.features() for other in others)]
    speech = tuple(Span(start=start, end=end) for start, end in times)
    return Versions(np.array(rows, dtype=np.float32), clean, speech)


def _disturbed(
    signal: Array, times: Times, rng: np.random.Generator
) -> tuple[Array, Times, float]:
    changed, speed = disturbed(signal, rng)
    return changed, times, speed


def _listen(signal: Array, times: Times, speed: float) -> EncodedVoice:
    mel = signal_log_mel(signal)
    faster = [(start / speed, end / speed) for start, end in times]
    spoken = speech_frames(faster, mel.shape[1])
    return encode_voice(measure_contours(signal, SAMPLING_RATE, mel, spoken), mel)
