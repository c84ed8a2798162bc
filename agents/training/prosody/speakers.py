"""Statistics of the training speakers, apart from emotion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.prosody.features import Voices
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.prosody.acoustics import MEDIAN_PITCH
from affectgraph.tools.prosody.baseline import feature_norms
from affectgraph.tools.prosody.pitch import Array

Indices = NDArray[np.int64]

_RIDGE = 3000.0


@dataclass(frozen=True)
class SpeakerStatistics:
    """Statistics of the features over the training speakers.

    Attributes:
        mean: Of each feature, [f].
        scale: Deviation of each feature, [f].
        emotion_effects: Mean change of a speaker's features by each emotion, [7, f].
        pitch_slope: From standardised features to the usual pitch in semitones, [f].
        pitch_mean: Constant of that regression.
    """

    mean: Array
    scale: Array
    emotion_effects: Array
    pitch_slope: Array
    pitch_mean: float


def speaker_statistics(voices: Voices, train: Indices) -> SpeakerStatistics:
    """Compute means, deviations, effects of emotions, and the usual pitch."""
    clean = voices.features[train, 0]
    mean, scale = clean.mean(axis=0), clean.std(axis=0) + 1e-6
    slope, constant = _usual_pitch(
        voices, train, np.clip((clean - mean) / scale, -5, 5)
    )
    return SpeakerStatistics(mean, scale, _effects(voices, train), slope, constant)


def _effects(voices: Voices, train: Indices) -> Array:
    """Average over speakers: the mean of an emotion less the mean of all emotions."""
    emotion, speaker = voices.emotion[train], voices.speaker[train]
    clean = voices.features[train, 0]
    effects: list[list[Array]] = [[] for _ in BASIC_EMOTIONS]
    for name in np.unique(speaker):
        rows = speaker == name
        means = {e: clean[rows & (emotion == e)].mean(0) for e in set(emotion[rows])}
        centre = np.mean(list(means.values()), axis=0)
        for index, value in means.items():
            effects[index].append(value - centre)
    no_effect = np.zeros((1, clean.shape[1]), dtype=np.float32)
    return np.array(
        [np.mean(rows or no_effect, axis=0) for rows in effects], np.float32
    )


def _usual_pitch(voices: Voices, train: Indices, z: Array) -> tuple[Array, float]:
    """Fit a ridge regression from features to the median neutral pitch of a speaker."""
    pitch, speaker = voices.features[train, 0, MEDIAN_PITCH], voices.speaker[train]
    neutral = (voices.emotion[train] == 0) & (pitch > 0)
    names = np.unique(speaker[neutral])
    usual = {s: np.median(pitch[neutral & (speaker == s)]) for s in names}
    rows = np.isin(speaker, names)
    z, target = z[rows], np.array([usual[s] for s in speaker[rows]])
    constant = float(target.mean())
    gram = z.T @ z + _RIDGE * np.eye(z.shape[1], dtype=np.float32)
    slope = np.linalg.solve(gram, z.T @ (target - constant).astype(np.float32))
    return slope.astype(np.float32), constant


def speaker_baselines(
    voices: Voices, train: Indices, statistics: SpeakerStatistics
) -> tuple[Array, Indices]:
    """Return the baseline of each speaker, [s, 2, f], and who speaks, [t]."""
    normal = (voices.features[train, 0] - statistics.mean) / statistics.scale
    names, speaker = np.unique(voices.speaker[train], return_inverse=True)
    baselines = [
        feature_norms(normal[speaker == number]) for number in range(len(names))
    ]
    return np.stack(baselines), speaker
