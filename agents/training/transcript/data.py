"""The text sets of the training recipe: read, without duplicates, split."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip import Turn
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.transcript.encoding import MAX_TURNS

NON_COMMERCIAL = ("meld",)
WORDS = 28

# The Ekman grouping of the GoEmotions paper (Demszky et al. 2020, section 5.1).
FAMILIES = {
    "angry": "anger annoyance disapproval",
    "disgust": "disgust",
    "fear": "fear nervousness",
    "happy": "joy amusement approval excitement gratitude love optimism relief pride "
    "admiration desire caring",
    "sad": "sadness disappointment embarrassment grief remorse",
    "surprise": "surprise realization confusion curiosity",
    "neutral": "neutral",
}
_BASIC_OF = {word: basic for basic, words in FAMILIES.items() for word in words.split()}
_MELD = {
    "neutral": "neutral",
    "joy": "happy",
    "sadness": "sad",
    "anger": "angry",
    "fear": "fear",
    "disgust": "disgust",
    "surprise": "surprise",
}


@dataclass(frozen=True)
class Example:
    """One labelled text.

    Attributes:
        text: The words.
        context: Up to three turns before it.
        basic: Weights over the basic emotions, sum one, in the order of the house.
        words: One or zero for each of the 28 words; all zero where they are unknown.
        group: The dialogue it is part of; its own number for a comment.
        weight: Against a labelled text.
    """

    text: str
    context: tuple[Turn, ...]
    basic: NDArray[np.float32]
    words: NDArray[np.float32]
    group: int
    weight: float = 1.0


def word_labels(folder: Path) -> list[str]:
    """The 28 words of GoEmotions, in the order of its label ids."""
    return (folder / "goemotions_labels.txt").read_text().split()


def comments(folder: Path, split: str) -> list[Example]:
    """GoEmotions: `train` or `dev`; the first of equal texts is kept."""
    labels = word_labels(folder)
    path = folder / f"goemotions_{split}.tsv"
    found: dict[str, Example] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for number, (text, ids, _) in enumerate(
            csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        ):
            words = np.zeros(len(labels), dtype=np.float32)
            words[[int(label) for label in ids.split(",")]] = 1.0
            basic = np.zeros(len(BASIC_EMOTIONS), dtype=np.float32)
            for label in np.flatnonzero(words):
                basic[BASIC_EMOTIONS.index(_BASIC_OF[labels[label]])] = 1.0
            basic /= basic.sum()
            found.setdefault(text, Example(text, (), basic, words, number))
    return list(found.values())


def dialogues(folder: Path, split: str) -> list[Example]:
    """MELD: `train` or `dev`, each turn with the three before it."""
    with (folder / f"meld_{split}.csv").open(encoding="utf-8", newline="") as lines:
        rows = sorted(
            csv.DictReader(lines),
            key=lambda row: (int(row["Dialogue_ID"]), int(row["Utterance_ID"])),
        )
    found = []
    unknown = np.zeros(WORDS, dtype=np.float32)
    for number, row in enumerate(rows):
        before = [
            Turn(text=r["Utterance"], same_speaker=r["Speaker"] == row["Speaker"])
            for r in rows[max(0, number - MAX_TURNS) : number]
            if r["Dialogue_ID"] == row["Dialogue_ID"]
        ]
        basic = np.zeros(len(BASIC_EMOTIONS), dtype=np.float32)
        basic[BASIC_EMOTIONS.index(_MELD[row["Emotion"]])] = 1.0
        found.append(
            Example(
                row["Utterance"], tuple(before), basic, unknown, int(row["Dialogue_ID"])
            )
        )
    return found


def held_out(
    examples: Sequence[Example], share: float, seed: int
) -> tuple[list[Example], list[Example]]:
    """Split by group: what is learned from, and the share that is held out."""
    groups = np.unique([example.group for example in examples])
    chosen = np.random.default_rng(seed).permutation(groups)
    apart = set(chosen[: round(share * len(groups))].tolist())
    kept = [example for example in examples if example.group not in apart]
    return kept, [example for example in examples if example.group in apart]


def classes(examples: Sequence[Example]) -> NDArray[np.int64]:
    """Index of the one basic emotion of each example, -1 where it has several."""
    basic = np.stack([example.basic for example in examples])
    return np.where(basic.max(axis=1) == 1.0, basic.argmax(axis=1), -1)
