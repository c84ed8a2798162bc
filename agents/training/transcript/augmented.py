"""Augmented clips as the network learns them: the words of each."""

from collections.abc import Iterator, Sequence

import numpy as np

from affectgraph.agents.training.transcript.data import WORDS, Example
from affectgraph.tools.augment.augmented import AugmentedClip
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SenseError
from affectgraph.tools.transcript.sense import read_passages


def said_in(clips: Sequence[AugmentedClip]) -> Iterator[tuple[AugmentedClip, str]]:
    """The clips in which something is said, given or recognised, and what.

    Raises:
        SettingError: If a clip cannot be opened; names its row.
        WeightsError: If speech has to be recognised, and the weights are missing.
    """
    for one in clips:
        text = _words(one.open())
        if text:
            yield one, text


def example(one: AugmentedClip, text: str) -> Example:
    """A text without context whose 28 words are unknown; it is in no dialogue."""
    basic = np.array(list(one.target.values()), dtype=np.float32)
    unknown = np.zeros(WORDS, dtype=np.float32)
    return Example(text, (), basic, unknown, -1, one.weight)


def _words(clip: Clip) -> str:
    try:
        found = read_passages(clip, clip.span)
    except SenseError:
        return ""
    return " ".join(passage.text for passage in found)
