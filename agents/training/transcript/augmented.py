"""Augmented clips as training data of the network: the words of each."""

from collections.abc import Iterator, Sequence

import numpy as np

from affectgraph.agents.training.transcript.data import WORDS, TextExample
from affectgraph.tools.augment.augmented import AugmentedClip
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SenseError
from affectgraph.tools.transcript.sense import read_passages


def extract_texts(
    clips: Sequence[AugmentedClip],
) -> Iterator[tuple[AugmentedClip, str]]:
    """Yield the clips with words, given or recognised, and their text.

    Raises:
        SettingError: If a clip cannot be opened; names its row.
        WeightsError: If speech has to be recognised, and its weights are missing.
    """
    for clip in clips:
        text = _words(clip.open())
        if text:
            yield clip, text


def to_text_example(clip: AugmentedClip, text: str) -> TextExample:
    """Make an example without context or dialogue, whose 28 words are unknown."""
    basic = np.array(list(clip.target.values()), dtype=np.float32)
    unknown = np.zeros(WORDS, dtype=np.float32)
    return TextExample(text, (), basic, unknown, -1, clip.weight)


def _words(clip: Clip) -> str:
    try:
        passages = read_passages(clip, clip.span)
    except SenseError:
        return ""
    return " ".join(passage.text for passage in passages)
