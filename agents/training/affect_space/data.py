"""What the affect space is learned from and judged on: vectors that the senses kept.

Faces (FER2013 training images), voices (four speakers of five) and comments
(GoEmotions training) to learn from; half of the validation images, the fifth speakers
and the dev comments to judge on. A speaker is on one side only.
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
from affectgraph.agents.training.prosody.network import Settings
from affectgraph.agents.training.prosody.recipe import kept_voices
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
_LEARNED, _JUDGED = 600, 120
_BATCH = 256


@dataclass(frozen=True)
class Material:
    """Vectors of one sense.

    Attributes:
        vectors: float32 [n, d].
        shares: What the sense says, float32 [n, 7].
        label: Index of the label, int64 [n].
    """

    vectors: Floats
    shares: Floats
    label: Indices

    def take(self, rows: Indices) -> "Material":
        """Those alone."""
        return Material(self.vectors[rows], self.shares[rows], self.label[rows])

    def some(self, most: int, chance: np.random.Generator) -> "Material":
        """At random, at most so many of each label, in the order of labels."""
        return self.take(some(self.label, most, chance))


@dataclass(frozen=True)
class Split:
    """By modality: what is learned from, and what is judged on."""

    learned: dict[str, Material]
    judged: dict[str, Material]


def load(data: Path, out: Path, *, seed: int, heard: bool = True) -> Split:
    """The vectors of all modalities; kept in `out` by the weights that made them.

    Args:
        data: A folder in the shared layout.
        out: Where vectors are kept, and voices were kept by the prosody recipe.
        seed: Which faces and comments are drawn.
        heard: Listen with the shipped head, which has heard every speaker; else with
            one fitted here that has not heard those to judge on.
    """
    parts = {
        "face": (_faces(data, seed), WEIGHTS["face"]),
        "prosody": (_voices(data, out, seed, heard=heard), WEIGHTS["prosody"]),
        "transcript": (_comments(data, seed), WEIGHTS["transcript"]),
    }
    split = Split({}, {})
    for modality, (make, weights) in parts.items():
        name = "unheard" if weights == head.HEAD and not heard else modality
        file = out / f"affect-{name}-{onnx.load(weights).sha256[:12]}-{seed}.npz"
        split.learned[modality], split.judged[modality] = _kept(file, make)
    return split


def see(pictures: Faces, label: Indices) -> Material:
    """The vectors of faces."""
    readings = [
        expression.classify(list(pictures.pixels[first : first + _BATCH]))
        for first in range(0, len(label), _BATCH)
    ]
    return Material(
        np.concatenate([reading.embeddings for reading in readings]),
        np.concatenate([reading.probabilities for reading in readings]),
        label,
    )


def as_read(readings: Sequence[TextReading], label: Indices) -> Material:
    """The vectors of texts."""
    shares = [list(reading.distribution.values()) for reading in readings]
    vectors = np.stack([reading.embedding for reading in readings])
    return Material(vectors, np.array(shares, np.float32), label)


def some(label: Indices, most: int, chance: np.random.Generator) -> Indices:
    """Numbers of at most so many of each label at random; -1 is no label."""
    each = [np.flatnonzero(label == number) for number in range(len(BASIC_EMOTIONS))]
    return np.concatenate([chance.permutation(one)[:most] for one in each])


def apart(voices: Voices) -> NDArray[np.bool_]:
    """Whether a recording's speaker is one to judge on: every fifth."""
    return np.isin(voices.speaker, np.unique(voices.speaker)[4::5])


Made = tuple[Material, Material]


def _faces(data: Path, seed: int) -> Callable[[], Made]:
    def make() -> Made:
        chance = np.random.default_rng(seed)
        learned, _, judged = faces.load(data)
        return draw(learned, _LEARNED, chance), draw(judged, _JUDGED, chance)

    def draw(pictures: Faces, most: int, chance: np.random.Generator) -> Material:
        clear = pictures.votes.max(axis=1) > 0.5
        label = np.where(clear, pictures.majority, -1)
        chosen = some(label, most, chance)
        return see(pictures.take(chosen), label[chosen])

    return make


def _comments(data: Path, seed: int) -> Callable[[], Made]:
    def draw(part: str, most: int) -> Material:
        comments = texts.comments(data / "text", part)
        label = texts.classes(comments)
        chosen = some(label, most, np.random.default_rng(seed))
        return as_read(
            classify([comments[number].text for number in chosen]), label[chosen]
        )

    return lambda: (draw("train", _LEARNED), draw("dev", _JUDGED))


def _voices(data: Path, out: Path, seed: int, *, heard: bool) -> Callable[[], Made]:
    def make() -> Made:
        voices = kept_voices(data, out, seed=seed)
        listen = _shipped if heard else _unheard
        vectors, shares = listen(voices, seed)
        every = Material(vectors, shares, voices.emotion)
        others = apart(voices)
        return every.take(np.flatnonzero(~others)), every.take(np.flatnonzero(others))

    return make


def _shipped(voices: Voices, seed: int) -> tuple[Floats, Floats]:
    readings = head.classify_voice(voices.features[:, 0])
    vectors = np.stack([reading.embedding for reading in readings])
    return vectors, head.probability_matrix(readings).astype(np.float32)


def _unheard(voices: Voices, seed: int) -> tuple[Floats, Floats]:
    known = np.flatnonzero(~apart(voices))
    fitted = fit(voices, known, Settings(), seed, cold_only=True)
    clean = torch.tensor(voices.features[:, 0])
    with torch.no_grad():
        anybody = torch.tensor(head.population_norms(clean.shape[1]))
        shares, vectors, *_ = fitted(clean, anybody, torch.zeros(1))
    return vectors.numpy(), shares.numpy()


def _kept(file: Path, make: Callable[[], Made]) -> Made:
    names = ("vectors", "shares", "label")
    if not file.is_file():
        arrays = {
            f"{part}_{name}": getattr(material, name)
            for part, material in zip(("learned", "judged"), make(), strict=True)
            for name in names
        }
        atomic_savez(file, **arrays)
    with np.load(file, allow_pickle=False) as kept:
        learned, judged = (
            Material(*(kept[f"{part}_{name}"] for name in names))
            for part in ("learned", "judged")
        )
    return learned, judged
