"""The faces to learn from: FER2013 images with their labels and FERPlus votes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from affectgraph.tools.emotions import BASIC_EMOTIONS

# The words of the two label sets, in the order of the house; FERPlus adds contempt.
LABEL_WORDS = ("neutral", "happy", "sad", "angry", "fear", "disgust", "surprise")
VOTE_WORDS = (
    "neutral",
    "happiness",
    "sadness",
    "anger",
    "fear",
    "disgust",
    "surprise",
    "contempt",
)


@dataclass(frozen=True)
class Faces:
    """Aligned grey faces and what annotators said about them.

    Attributes:
        pixels: uint8 [n, 48, 48].
        labels: int64 [n], the FER2013 label as an index into `BASIC_EMOTIONS`; -1
            where nobody gave one.
        votes: float32 [n, 8], shares of the votes in the order of `VOTE_WORDS`;
            all zero where annotators saw no face or could not tell, and of a smaller
            sum for a face that counts less.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    votes: NDArray[np.float32]

    def take(self, index: NDArray[np.int64]) -> "Faces":
        """Those faces alone."""
        return Faces(self.pixels[index], self.labels[index], self.votes[index])

    def beside(self, more: "Faces") -> "Faces":
        """These faces and more."""
        return Faces(
            np.concatenate([self.pixels, more.pixels]),
            np.concatenate([self.labels, more.labels]),
            np.concatenate([self.votes, more.votes]),
        )

    @property
    def majority(self) -> NDArray[np.int64]:
        """Index of the emotion with most votes; -1 where it is none of the seven."""
        best = self.votes.argmax(1)
        clear = (self.votes.sum(1) > 0) & (best < len(BASIC_EMOTIONS))
        return np.where(clear, best, -1)


def read(path: Path) -> Faces:
    """Read one `.npz` of the shared data layout."""
    with np.load(path, allow_pickle=False) as file:
        classes = [str(word) for word in file["fer_classes"]]
        voted = [str(word) for word in file["ferplus_classes"]]
        to_house = np.array([LABEL_WORDS.index(word) for word in classes])
        counts = file["ferplus_votes"].astype(np.float32)
        pixels = file["pixels"]
        labels = to_house[file["fer_label"]]
    # A single stray vote among ten is noise (Barsoum et al. 2016, section 3).
    counts = np.where(counts > 1, counts, 0.0)
    kept = counts[:, [voted.index(word) for word in VOTE_WORDS]]
    doubt = counts[:, [voted.index(word) for word in ("unknown", "NF")]]
    clear = kept.max(1) > doubt.max(1)
    shares = kept / np.maximum(kept.sum(1, keepdims=True), 1.0)
    return Faces(pixels, labels, np.where(clear[:, None], shares, 0.0))


def ballots(path: Path) -> NDArray[np.float32]:
    """How many people voted for each of `VOTE_WORDS`, [n, 8], stray votes and all."""
    with np.load(path, allow_pickle=False) as file:
        voted = [str(word) for word in file["ferplus_classes"]]
        counts: NDArray[np.float32] = file["ferplus_votes"].astype(np.float32)
    return counts[:, [voted.index(word) for word in VOTE_WORDS]]


def _hashes(pixels: NDArray[np.uint8]) -> list[bytes]:
    return [hashlib.sha256(face.tobytes()).digest() for face in pixels]


def without_duplicates(faces: Faces, seen: Faces | None = None) -> Faces:
    """Drop every face whose exact pixels came before, or occur in `seen`."""
    return faces.take(fresh(faces, seen))


def fresh(faces: Faces, seen: Faces | None = None) -> NDArray[np.int64]:
    """Numbers of the faces that did not come before, nor occur in `seen`."""
    known = set(_hashes(seen.pixels)) if seen else set()
    index = []
    for number, key in enumerate(_hashes(faces.pixels)):
        if key not in known:
            index.append(number)
        known.add(key)
    return np.array(index)


def as_array(faces: Faces) -> NDArray[np.float32]:
    """Pixels as float32 [n, 1, 48, 48] in 0 to 1."""
    return faces.pixels.astype(np.float32)[:, None] / np.float32(255.0)


def as_input(faces: Faces, index: Tensor) -> Tensor:
    """The faces of those numbers, laid out as the network learns them fastest."""
    batch = torch.from_numpy(as_array(faces.take(index.numpy())))
    return batch.contiguous(memory_format=torch.channels_last)
