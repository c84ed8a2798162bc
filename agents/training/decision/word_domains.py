"""Words: dialogue and comments of other people, and scenes of other comedies.

The network learned from the training parts of dialogue and comments, not from these
texts. Sarcastic scenes are left out: half of that corpus is, by choice.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.decision.domains import Domain, one_hot
from affectgraph.agents.training.transcript import data as texts
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.transcript.emotion import NETWORK, classify
from affectgraph.tools.transcript.encoding import Context
from affectgraph.tools.transcript.irony import read_irony, shift_vote
from affectgraph.tools.weights import onnx

Floats = NDArray[np.float64]

_MAX_COMMENTS = 3000
_MEANT = {
    "Anger": "angry",
    "Frustration": "angry",
    "Disgust": "disgust",
    "Ridicule": "disgust",
    "Fear": "fear",
    "Happiness": "happy",
    "Excitement": "happy",
    "Neutral": "neutral",
    "Sadness": "sad",
    "Surprise": "surprise",
}


def word_domains(data: Path) -> Iterator[Domain]:
    """Yield dialogue, comments and scenes of comedies."""
    dialogue = texts.read_dialogues(data / "text", "dev")
    yield _words(
        "meld",
        [line.text for line in dialogue],
        [None] * len(dialogue),
        np.stack([line.basic for line in dialogue]).astype(float),
        np.array([f"dialogue {line.group}" for line in dialogue]),
    )
    comments = texts.read_comments(data / "text", "dev")
    single = [line for line in comments if line.basic.max() == 1.0][:_MAX_COMMENTS]
    yield _words(
        "goemotions",
        [line.text for line in single],
        [()] * len(single),
        np.stack([line.basic for line in single]).astype(float),
        np.array([f"comment {line.group}" for line in single]),
    )
    file = data / "sarcasm" / "mustard.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        plain = [r for r in csv.DictReader(lines) if r["Sarcasm"].startswith("0")]
    rows = [row for row in plain if row["Implicit_Emotion"] in _MEANT]
    meant = [BASIC_EMOTIONS.index(_MEANT[row["Implicit_Emotion"]]) for row in rows]
    yield _words(
        "mustard++",
        [row["SENTENCE"] for row in rows],
        [()] * len(rows),
        one_hot(meant),
        np.array([row["SCENE"] for row in rows]),
    )


def _words(
    name: str,
    lines: Sequence[str],
    contexts: Sequence[Context | None],
    labels: Floats,
    groups: NDArray[np.str_],
) -> Domain:
    readings = classify(lines, contexts)
    votes = [
        shift_vote(reading.distribution, read_irony(line, context))
        for reading, line, context in zip(readings, lines, contexts, strict=True)
    ]
    return Domain(
        sense="transcript",
        name=name,
        shares=np.array([list(vote.values()) for vote in votes]),
        quality=np.array([reading.quality for reading in readings]),
        labels=labels,
        groups=groups,
        vectors=np.stack([reading.embedding for reading in readings]),
        weights=onnx.load(NETWORK).sha256,
    )
