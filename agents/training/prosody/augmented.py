"""Augmented clips as the head learns from them: numbers of the voice in each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.prosody.features import Voices, versions
from affectgraph.tools.augment.augmented import AugmentedClip
from affectgraph.tools.prosody.pitch import Array

# The first features of one recording, decoded twice, differ by less; no two recordings
# agree so well in so many.
_SAME, _FIRST = 1e-3, 16


@dataclass(frozen=True)
class Added:
    """Augmented clips in which somebody speaks; n of them.

    Attributes:
        clips: Where they come from.
        features: As those of `Voices`: float32 [n, copies, f].
        target: Probability of each emotion, float32 [n, 7].
        weight: Against a labelled recording, float32 [n].
    """

    clips: tuple[AugmentedClip, ...]
    features: Array
    target: Array
    weight: Array

    def beside(self, voices: Voices) -> "Added | None":
        """Those that are not among the labelled recordings; None if all are."""
        labelled = voices.features[:, 0, :_FIRST]
        new = [
            number
            for number, row in enumerate(self.features[:, 0, :_FIRST])
            if np.abs(labelled - row).max(axis=1).min() > _SAME
        ]
        return self.take(np.array(new)) if new else None

    def take(self, index: NDArray[np.int64]) -> "Added":
        """Those clips alone."""
        clips = tuple(self.clips[number] for number in index)
        rest = (self.features[index], self.target[index], self.weight[index])
        return Added(clips, *rest)


def heard_in(clips: Sequence[AugmentedClip], *, copies: int, seed: int) -> Added | None:
    """Listen to the clips that have a voice; None if no clip has one.

    Args:
        clips: Of any kind.
        copies: As in `training_features.versions`.
        seed: Of the disturbances.

    Raises:
        SettingError: If a clip cannot be opened; names its row.
    """
    spoken, rows = [], []
    for number, one in enumerate(clips):
        clip = one.open()
        rng = np.random.default_rng((seed, number))
        heard = versions(clip.audio(), copies, rng) if clip.has_audio else None
        if heard is not None:
            spoken.append(one)
            rows.append(heard.features)
    if not spoken:
        return None
    target = np.array([list(one.target.values()) for one in spoken], np.float32)
    weight = np.array([one.weight for one in spoken], np.float32)
    return Added(tuple(spoken), np.array(rows), target, weight)
