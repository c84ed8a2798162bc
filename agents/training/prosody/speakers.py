"""What the training material says about speakers, apart from emotion."""

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
class Statistics:
    """What the training speakers tell about the features, before any fitting.

    Attributes:
        mean: Of each feature, [f].
        scale: Deviation of each feature, [f].
        emotion_effects: How each emotion moves the features of a speaker, [7, f].
        pitch_slope: From standardised features to the usual pitch in semitones, [f].
        pitch_mean: Its constant.
    """

    mean: Array
    scale: Array
    emotion_effects: Array
    pitch_slope: Array
    pitch_mean: float


def statistics(voices: Voices, train: Indices) -> Statistics:
    """Means, deviations, the effect of each emotion, and the usual pitch."""
    clean = voices.features[train, 0]
    mean, scale = clean.mean(axis=0), clean.std(axis=0) + 1e-6
    slope, constant = _usual_pitch(
        voices, train, np.clip((clean - mean) / scale, -5, 5)
    )
    return Statistics(mean, scale, _effects(voices, train), slope, constant)


def _effects(voices: Voices, train: Indices) -> Array:
    """Mean over speakers of an emotion's mean less the mean of their emotions."""
    emotion, speaker = voices.emotion[train], voices.speaker[train]
    clean = voices.features[train, 0]
    found: list[list[Array]] = [[] for _ in BASIC_EMOTIONS]
    for name in np.unique(speaker):
        mine = speaker == name
        means = {e: clean[mine & (emotion == e)].mean(0) for e in set(emotion[mine])}
        centre = np.mean(list(means.values()), axis=0)
        for index, value in means.items():
            found[index].append(value - centre)
    nothing = np.zeros((1, clean.shape[1]), dtype=np.float32)
    return np.array([np.mean(rows or nothing, axis=0) for rows in found], np.float32)


def _usual_pitch(voices: Voices, train: Indices, z: Array) -> tuple[Array, float]:
    """Ridge regression from features to the speaker's median pitch when neutral."""
    pitch, speaker = voices.features[train, 0, MEDIAN_PITCH], voices.speaker[train]
    neutral = (voices.emotion[train] == 0) & (pitch > 0)
    names = np.unique(speaker[neutral])
    usual = {s: np.median(pitch[neutral & (speaker == s)]) for s in names}
    heard = np.isin(speaker, names)
    z, target = z[heard], np.array([usual[s] for s in speaker[heard]])
    constant = float(target.mean())
    gram = z.T @ z + _RIDGE * np.eye(z.shape[1], dtype=np.float32)
    slope = np.linalg.solve(gram, z.T @ (target - constant).astype(np.float32))
    return slope.astype(np.float32), constant


def usual_of_each(
    voices: Voices, train: Indices, known: Statistics
) -> tuple[Array, Indices]:
    """What is usual for each speaker, [s, 2, f], and who speaks, [t]."""
    normal = (voices.features[train, 0] - known.mean) / known.scale
    names, speaker = np.unique(voices.speaker[train], return_inverse=True)
    each = [feature_norms(normal[speaker == number]) for number in range(len(names))]
    return np.stack(each), speaker
