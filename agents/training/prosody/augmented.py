"""Augmented clips as training data of the head: voice features of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.prosody.features import Voices, extract_versions
from affectgraph.tools.augment.augmented import AugmentedClip
from affectgraph.tools.prosody.pitch import Array

# The first features of a recording decoded twice differ by less than this; no two
# recordings are as close in all of them.
_MAX_SAME_DIFFERENCE, _COMPARED_FEATURES = 1e-3, 16


@dataclass(frozen=True)
class AugmentedVoices:
    """The n augmented clips with speech.

    Attributes:
        clips: The clips.
        features: As in `Voices`: float32 [n, copies, f].
        target: Probability of each emotion, float32 [n, 7].
        weight: Relative to a labelled recording, float32 [n].
    """

    clips: tuple[AugmentedClip, ...]
    features: Array
    target: Array
    weight: Array

    def without_duplicates(self, voices: Voices) -> "AugmentedVoices | None":
        """Leave out clips that are labelled recordings; None if all are."""
        labelled = voices.features[:, 0, :_COMPARED_FEATURES]
        new = [
            number
            for number, row in enumerate(self.features[:, 0, :_COMPARED_FEATURES])
            if np.abs(labelled - row).max(axis=1).min() > _MAX_SAME_DIFFERENCE
        ]
        return self.take(np.array(new)) if new else None

    def take(self, index: NDArray[np.int64]) -> "AugmentedVoices":
        """Select clips."""
        clips = tuple(self.clips[number] for number in index)
        arrays = (self.features[index], self.target[index], self.weight[index])
        return AugmentedVoices(clips, *arrays)


def extract_augmented(
    clips: Sequence[AugmentedClip], *, copies: int, seed: int
) -> AugmentedVoices | None:
    """Extract the features of clips with speech; None if no clip has any.

    Args:
        clips: Of any kind.
        copies: As in `extract_versions`.
        seed: Of the distortions.

    Raises:
        SettingError: If a clip cannot be opened; names its row.
    """
    spoken, rows = [], []
    for number, augmented in enumerate(clips):
        clip = augmented.open()
        rng = np.random.default_rng((seed, number))
        versions = (
            extract_versions(clip.audio(), copies, rng) if clip.has_audio else None
        )
        if versions is not None:
            spoken.append(augmented)
            rows.append(versions.features)
    if not spoken:
        return None
    target = np.array([list(one.target.values()) for one in spoken], np.float32)
    weight = np.array([one.weight for one in spoken], np.float32)
    return AugmentedVoices(tuple(spoken), np.array(rows), target, weight)
