"""Training and test data of the affect space: vectors of the senses.

Training: faces (FER2013 training images), voices (four of five speakers) and comments
(GoEmotions training). Test: half of the validation images, the fifth speakers and the
dev comments. A speaker is in one part only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from affectgraph.agents.training.face import recipe as faces
from affectgraph.agents.training.face.data import Faces
from affectgraph.agents.training.prosody.features import Voices
from affectgraph.agents.training.prosody.head import fit
from affectgraph.agents.training.prosody.network import HeadSettings
from affectgraph.agents.training.prosody.recipe import load_voices
from affectgraph.agents.training.transcript import data as texts
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.face import expression
from affectgraph.tools.io.atomic_write import atomic_savez
from affectgraph.tools.prosody import head
from affectgraph.tools.transcript.emotion import NETWORK, TextReading, classify
from affectgraph.tools.weights import onnx

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

WEIGHTS = {
    "face": expression.EXPRESSION,
    "prosody": head.HEAD,
    "transcript": NETWORK,
}
_TRAIN_PER_LABEL, _TEST_PER_LABEL = 600, 120
_BATCH = 256


@dataclass(frozen=True)
class SenseVectors:
    """Vectors of one sense.

    Attributes:
        vectors: float32 [n, d].
        shares: Distributions of the sense, float32 [n, 7].
        label: Index of the label, int64 [n].
    """

    vectors: Floats
    shares: Floats
    label: Indices

    def take(self, rows: Indices) -> "SenseVectors":
        """Select rows."""
        return SenseVectors(self.vectors[rows], self.shares[rows], self.label[rows])

    def sample_per_label(
        self, max_count: int, rng: np.random.Generator
    ) -> "SenseVectors":
        """Draw at most so many rows of each label, in the order of labels."""
        return self.take(sample_per_label(self.label, max_count, rng))


@dataclass(frozen=True)
class VectorSplit:
    """Training and test vectors by modality."""

    train: dict[str, SenseVectors]
    test: dict[str, SenseVectors]


def load_vectors(
    data: Path, out: Path, *, seed: int, shipped_head: bool = True
) -> VectorSplit:
    """Load the vectors of all modalities, cached in `out` per weights file.

    Args:
        data: A folder in the shared layout.
        out: Folder that caches vectors, and voices of the prosody recipe.
        seed: Of the choice of faces and comments.
        shipped_head: Use the shipped head, which was fitted on every speaker; else one
            that is fitted here without the test speakers.
    """
    parts = {
        "face": (_faces(data, seed), WEIGHTS["face"]),
        "prosody": (
            _voices(data, out, seed, shipped_head=shipped_head),
            WEIGHTS["prosody"],
        ),
        "transcript": (_comments(data, seed), WEIGHTS["transcript"]),
    }
    split = VectorSplit({}, {})
    for modality, (make, weights) in parts.items():
        name = "unheard" if weights == head.HEAD and not shipped_head else modality
        file = out / f"affect-{name}-{onnx.load(weights).sha256[:12]}-{seed}.npz"
        split.train[modality], split.test[modality] = _load_or_make(file, make)
    return split


def face_vectors(pictures: Faces, label: Indices) -> SenseVectors:
    """Classify faces, and return their vectors."""
    readings = [
        expression.classify(list(pictures.pixels[first : first + _BATCH]), still=True)
        for first in range(0, len(label), _BATCH)
    ]
    return SenseVectors(
        np.concatenate([reading.embeddings for reading in readings]),
        np.concatenate([reading.probabilities for reading in readings]),
        label,
    )


def text_vectors(readings: Sequence[TextReading], label: Indices) -> SenseVectors:
    """Return the vectors of texts."""
    shares = [list(reading.distribution.values()) for reading in readings]
    vectors = np.stack([reading.embedding for reading in readings])
    return SenseVectors(vectors, np.array(shares, np.float32), label)


def sample_per_label(
    label: Indices, max_count: int, rng: np.random.Generator
) -> Indices:
    """Draw rows of at most so many of each label; -1 is no label."""
    by_label = [
        np.flatnonzero(label == number) for number in range(len(BASIC_EMOTIONS))
    ]
    return np.concatenate([rng.permutation(rows)[:max_count] for rows in by_label])


def is_test_speaker(voices: Voices) -> NDArray[np.bool_]:
    """Whether the speaker of each recording is a test speaker: every fifth is."""
    return np.isin(voices.speaker, np.unique(voices.speaker)[4::5])


_Parts = tuple[SenseVectors, SenseVectors]


def _faces(data: Path, seed: int) -> Callable[[], _Parts]:
    def make() -> _Parts:
        rng = np.random.default_rng(seed)
        train, _, test = faces.load(data)
        return draw(train, _TRAIN_PER_LABEL, rng), draw(test, _TEST_PER_LABEL, rng)

    def draw(pictures: Faces, max_count: int, rng: np.random.Generator) -> SenseVectors:
        clear = pictures.votes.max(axis=1) > 0.5
        label = np.where(clear, pictures.majority, -1)
        chosen = sample_per_label(label, max_count, rng)
        return face_vectors(pictures.take(chosen), label[chosen])

    return make


def _comments(data: Path, seed: int) -> Callable[[], _Parts]:
    def draw(part: str, max_count: int) -> SenseVectors:
        comments = texts.read_comments(data / "text", part)
        label = texts.class_indices(comments)
        chosen = sample_per_label(label, max_count, np.random.default_rng(seed))
        return text_vectors(
            classify([comments[number].text for number in chosen]), label[chosen]
        )

    return lambda: (draw("train", _TRAIN_PER_LABEL), draw("dev", _TEST_PER_LABEL))


def _voices(
    data: Path, out: Path, seed: int, *, shipped_head: bool
) -> Callable[[], _Parts]:
    def make() -> _Parts:
        voices = load_voices(data, out, seed=seed)
        perceive = _with_shipped_head if shipped_head else _with_held_out_head
        vectors, shares = perceive(voices, seed)
        both = SenseVectors(vectors, shares, voices.emotion)
        test = is_test_speaker(voices)
        return both.take(np.flatnonzero(~test)), both.take(np.flatnonzero(test))

    return make


def _with_shipped_head(voices: Voices, seed: int) -> tuple[Floats, Floats]:
    readings = head.classify_voice(voices.features[:, 0])
    vectors = np.stack([reading.embedding for reading in readings])
    return vectors, head.probability_matrix(readings).astype(np.float32)


def _with_held_out_head(voices: Voices, seed: int) -> tuple[Floats, Floats]:
    train = np.flatnonzero(~is_test_speaker(voices))
    network = fit(voices, train, HeadSettings(), seed, cold_only=True)
    clean = torch.tensor(voices.features[:, 0])
    with torch.no_grad():
        anybody = torch.tensor(head.population_norms(clean.shape[1]))
        shares, vectors, *_ = network(clean, anybody, torch.zeros(1))
    return vectors.numpy(), shares.numpy()


def _load_or_make(file: Path, make: Callable[[], _Parts]) -> _Parts:
    names = ("vectors", "shares", "label")
    if not file.is_file():
        arrays = {
            f"{part}_{name}": getattr(material, name)
            for part, material in zip(("learned", "judged"), make(), strict=True)
            for name in names
        }
        atomic_savez(file, **arrays)
    with np.load(file, allow_pickle=False) as arrays:
        train, test = (
            SenseVectors(*(arrays[f"{part}_{name}"] for name in names))
            for part in ("learned", "judged")
        )
    return train, test
