"""Text corpora of the recipe: reading, removal of duplicates, splits."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip import Turn
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.language.vocabulary import to_basic
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
class TextExample:
    """One labelled text.

    Attributes:
        text: The words.
        context: Up to three turns before it.
        basic: Weights over the basic emotions, which sum to one.
        words: One or zero for each of the 28 words; all zero if unknown.
        group: Number of its dialogue; of the comment itself if it is one.
        weight: Relative to a labelled text.
    """

    text: str
    context: tuple[Turn, ...]
    basic: NDArray[np.float32]
    words: NDArray[np.float32]
    group: int
    weight: float = 1.0


def read_word_labels(folder: Path) -> list[str]:
    """Read the 28 words of GoEmotions, in the order of its label ids."""
    return (folder / "goemotions_labels.txt").read_text().split()


def read_comments(folder: Path, split: str) -> list[TextExample]:
    """Read GoEmotions, `train` or `dev`; of equal texts, the first is used."""
    labels = read_word_labels(folder)
    path = folder / f"goemotions_{split}.tsv"
    examples: dict[str, TextExample] = {}
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
            examples.setdefault(text, TextExample(text, (), basic, words, number))
    return list(examples.values())


def read_dialogues(folder: Path, split: str) -> list[TextExample]:
    """Read MELD, `train` or `dev`; each turn with the three before it."""
    with (folder / f"meld_{split}.csv").open(encoding="utf-8", newline="") as lines:
        rows = sorted(
            csv.DictReader(lines),
            key=lambda row: (int(row["Dialogue_ID"]), int(row["Utterance_ID"])),
        )
    examples = []
    unknown = np.zeros(WORDS, dtype=np.float32)
    for number, row in enumerate(rows):
        before = [
            Turn(text=r["Utterance"], same_speaker=r["Speaker"] == row["Speaker"])
            for r in rows[max(0, number - MAX_TURNS) : number]
            if r["Dialogue_ID"] == row["Dialogue_ID"]
        ]
        basic = np.zeros(len(BASIC_EMOTIONS), dtype=np.float32)
        basic[BASIC_EMOTIONS.index(_MELD[row["Emotion"]])] = 1.0
        examples.append(
            TextExample(
                row["Utterance"], tuple(before), basic, unknown, int(row["Dialogue_ID"])
            )
        )
    return examples


@dataclass(frozen=True)
class SarcasmScene:
    """The last line of a sit-com scene, with what was said before it.

    Attributes:
        line: The line; its target is the emotion that was meant.
        sarcastic: Whether annotators found it sarcastic.
        show: The sit-com.
    """

    line: TextExample
    sarcastic: bool
    show: str


def read_scenes(data: Path) -> list[SarcasmScene]:
    """Read the scenes of MUStARD++ whose meant emotion is a basic one."""
    scenes: dict[str, list[dict[str, str]]] = {}
    with (data / "sarcasm" / "mustard.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            scenes.setdefault(row["SCENE"], []).append(row)
    return [
        _scene(number, rows)
        for number, rows in enumerate(scenes.values())
        if to_basic(rows[-1]["Implicit_Emotion"])
    ]


def _scene(number: int, rows: Sequence[dict[str, str]]) -> SarcasmScene:
    *before, last = rows
    turns = [
        Turn(text=row["SENTENCE"], same_speaker=row["SPEAKER"] == last["SPEAKER"])
        for row in before[-MAX_TURNS:]
    ]
    meant = to_basic(last["Implicit_Emotion"]) or ""
    basic = np.zeros(len(BASIC_EMOTIONS), dtype=np.float32)
    basic[BASIC_EMOTIONS.index(meant)] = 1.0
    unknown = np.zeros(WORDS, dtype=np.float32)
    line = TextExample(last["SENTENCE"], tuple(turns), basic, unknown, number)
    return SarcasmScene(line, float(last["Sarcasm"]) > 0, last["SHOW"])


# The sentences of CREMA-D, which actors spoke with every emotion.
_CREMA_SENTENCES = {
    "IEO": "It's eleven o'clock.",
    "TIE": "That is exactly what happened.",
    "IOM": "I'm on my way to the meeting.",
    "IWW": "I wonder what this is about.",
    "TAI": "The airplane is almost full.",
    "MTI": "Maybe tomorrow it will be cold.",
    "IWL": "I would like a new alarm clock.",
    "ITH": "I think I have a doctor's appointment.",
    "DFA": "Don't forget a jacket.",
    "ITS": "I think I've seen this before.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}


def read_neutral_sentences(data: Path) -> list[TextExample]:
    """Read what people heard and saw in CREMA-D, by sentence: votes as targets."""
    votes = {code: np.zeros(len(BASIC_EMOTIONS)) for code in _CREMA_SENTENCES}
    with (data / "crema_votes" / "votes.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            for index, emotion in enumerate(BASIC_EMOTIONS):
                votes[row["sentence"]][index] += float(row.get(f"both_{emotion}") or 0)
    unknown = np.zeros(WORDS, dtype=np.float32)
    return [
        TextExample(
            text, (), (votes[code] / votes[code].sum()).astype(np.float32), unknown, n
        )
        for n, (code, text) in enumerate(_CREMA_SENTENCES.items())
    ]


def split_by_group(
    examples: Sequence[TextExample], share: float, seed: int
) -> tuple[list[TextExample], list[TextExample]]:
    """Split by group into a training set and a held-out share."""
    groups = np.unique([example.group for example in examples])
    chosen = np.random.default_rng(seed).permutation(groups)
    held_out = set(chosen[: round(share * len(groups))].tolist())
    train = [example for example in examples if example.group not in held_out]
    return train, [example for example in examples if example.group in held_out]


def class_indices(examples: Sequence[TextExample]) -> NDArray[np.int64]:
    """Return the index of the basic emotion of each example, -1 if it has several."""
    basic = np.stack([example.basic for example in examples])
    return np.where(basic.max(axis=1) == 1.0, basic.argmax(axis=1), -1)
