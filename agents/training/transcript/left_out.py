"""Readings of domains that a reading was not learned on, for fitting trust in it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.transcript.data import (
    TextExample,
    read_comments,
    read_dialogues,
    read_neutral_sentences,
    read_scenes,
)
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.transcript.emotion import classify
from affectgraph.tools.transcript.irony import read_irony, shift_vote


@dataclass(frozen=True)
class LeftOutReadings:
    """How texts of a domain were read by a head that did not learn it.

    The encoder has seen other comments and dialogue, but none of these texts; scenes
    and neutral sentences served for a few numbers of the calibration only.

    Attributes:
        domain: `comments` and `dialogue`, each read by the head for the other one;
            `scenes` (sarcastic or not, the meant emotion) and `neutral sentences`.
        probabilities: Calibrated votes, `[n, 7]`.
        targets: Weights over the basic emotions, `[n, 7]`.
        qualities: `[n]`.
        groups: Number of the dialogue, scene, comment or sentence, `[n]`.
    """

    domain: str
    probabilities: NDArray[np.float64]
    targets: NDArray[np.float32]
    qualities: NDArray[np.float64]
    groups: NDArray[np.int64]


def read_left_out(data: Path) -> list[LeftOutReadings]:
    """Read the development texts of each domain as the sense does.

    Args:
        data: Folder in the shared layout.

    Raises:
        WeightsError: If the weights are missing.
    """
    folder = data / "text"
    scenes = [scene.line for scene in read_scenes(data)]
    return [
        _read("comments", read_comments(folder, "dev"), written=False),
        _read("dialogue", read_dialogues(folder, "dev"), written=True),
        _read("scenes", scenes, written=False),
        _read("neutral sentences", read_neutral_sentences(data), written=False),
    ]


def _read(
    domain: str, examples: list[TextExample], *, written: bool
) -> LeftOutReadings:
    contexts = [None if written else example.context for example in examples]
    texts = [example.text for example in examples]
    readings = classify(texts, contexts)
    votes = [
        shift_vote(reading.distribution, read_irony(text, context))
        for reading, text, context in zip(readings, texts, contexts, strict=True)
    ]
    return LeftOutReadings(
        domain,
        np.array([[vote[emotion] for emotion in BASIC_EMOTIONS] for vote in votes]),
        np.stack([example.basic for example in examples]),
        np.array([reading.quality for reading in readings]),
        np.array([example.group for example in examples]),
    )
