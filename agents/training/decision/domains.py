"""Domains: what each sense says about corpora that its network did not learn from.

Voices are read by heads that were fitted without the corpus. Faces are the photographs
that the face recipe kept out, and posed faces of another corpus. Words are dialogue and
comments, each read by the half of the network that did not learn from them, and scenes
of other comedies. Sarcastic lines are left out: half of that corpus is, by choice.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from affectgraph.agents.evaluation.metrics import softmax
from affectgraph.agents.training.face import data as photographs
from affectgraph.agents.training.prosody.head import fit, logits
from affectgraph.agents.training.prosody.network import HeadSettings
from affectgraph.agents.training.prosody.recipe import (
    load_held_out_scores,
    load_voices,
)
from affectgraph.agents.training.transcript import data as texts
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Measurement
from affectgraph.tools.face import expression
from affectgraph.tools.prosody import head
from affectgraph.tools.prosody.measures import UNITS, compare_with_reference
from affectgraph.tools.transcript.emotion import NETWORK, classify
from affectgraph.tools.transcript.encoding import Context
from affectgraph.tools.weights import onnx

Floats = NDArray[np.float64]

# Added to the name of a corpus whose other people were learned from.
FAMILIAR = ", familiar"
_BATCH = 256
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


@dataclass(frozen=True)
class Domain:
    """Votes of one sense on n labelled clips of one corpus.

    Attributes:
        sense: Its modality.
        name: Of the corpus.
        shares: Its distributions, [n, 7].
        quality: Of its evidence, [n].
        labels: Share of each emotion in people's votes, or one for the label, [n, 7].
        groups: Speaker, dialogue or photograph, [n].
        vectors: Its embeddings, [n, d].
        weights: SHA-256 of the network that made the vectors.
        moving: Whether it is the face of a talking person.
        familiar: Whether the network learned from other people of this corpus.
        measurements: Of each clip, if the sense measures something.
    """

    sense: str
    name: str
    shares: Floats
    quality: Floats
    labels: Floats
    groups: NDArray[np.str_]
    vectors: NDArray[np.float32]
    weights: str
    moving: bool = False
    familiar: bool = False
    measurements: Sequence[Mapping[str, Measurement]] = ()

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Domain":
        """Some of the clips."""
        return replace(
            self,
            shares=self.shares[rows],
            quality=self.quality[rows],
            labels=self.labels[rows],
            groups=self.groups[rows],
            vectors=self.vectors[rows],
            measurements=[
                self.measurements[row] for row in np.arange(len(self.truth))[rows]
            ]
            if self.measurements
            else (),
        )

    @property
    def truth(self) -> NDArray[np.int64]:
        """Index of the emotion with most votes, [n]."""
        result: NDArray[np.int64] = self.labels.argmax(axis=1)
        return result


def load_domains(data: Path, out: Path, *, seed: int) -> list[Domain]:
    """Load the domains of all senses.

    Args:
        data: A folder in the shared layout.
        out: Folder in which the prosody recipe caches voices.
        seed: Of the heads for voices.
    """
    return [*face_domains(data), *voice_domains(data, out, seed), *word_domains(data)]


def face_domains(data: Path) -> Iterator[Domain]:
    """Yield photographs of FER2013, with FERPlus votes, and posed faces of CK+."""
    validation = photographs.read(data / "faces" / "fer2013_validation.npz")
    faces = photographs.without_duplicates(validation)
    # The face recipe chose its temperature on the other half.
    faces = faces.take(np.arange(len(faces.labels))[1::2])
    votes = faces.votes[:, : len(BASIC_EMOTIONS)].astype(float)
    clear = votes.sum(axis=1) > 0.5
    names = np.array([f"face {number}" for number in range(len(votes))])
    yield _faces("fer2013", list(faces.pixels), votes, names).take(clear)
    with (data / "ck48" / "ck48.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    pixels = [
        np.asarray(Image.open(data / "ck48" / row["path"]).convert("L")) for row in rows
    ]
    labels = _one_hot([BASIC_EMOTIONS.index(row["label"]) for row in rows])
    yield _faces("ck+", pixels, labels, np.array([row["speaker"] for row in rows]))


def moving_faces(faces: Domain) -> Domain:
    """The same faces as the sense would report them of a person who talks."""
    trust = expression.MOVING_TRUST
    shares = trust * faces.shares + (1.0 - trust) / len(BASIC_EMOTIONS)
    return replace(faces, shares=shares, quality=trust * faces.quality, moving=True)


def voice_domains(data: Path, out: Path, seed: int) -> Iterator[Domain]:
    """Yield each corpus of voices, read by a head fitted on the others.

    And then by one that was fitted on other speakers of the same corpus, too.
    """
    voices = load_voices(data, out, seed=seed)
    settings = replace(HeadSettings(), members=1)
    network = onnx.load(head.HEAD)
    readings = head.classify_voice(voices.features[:, 0])
    vectors = np.stack([reading.embedding for reading in readings])
    measured = [
        _measurements(row, reading.neutral_pitch)
        for row, reading in zip(voices.measures, readings, strict=True)
    ]
    _, held_out = load_held_out_scores(data, out, seed=seed)
    for corpus in np.unique(voices.corpus):
        rows = np.flatnonzero(voices.corpus == corpus)
        others = np.flatnonzero(voices.corpus != corpus)
        fitted = fit(voices, others, settings, seed, cold_only=True)
        unheard = logits(fitted, voices.features[rows, 0])
        for scores, name in (
            (unheard, str(corpus)),
            (held_out[rows], f"{corpus}{FAMILIAR}"),
        ):
            shares = softmax(scores, network.contract["temperature"]["cold"])
            pairs = zip(shares.max(axis=1), voices.seconds[rows], strict=True)
            quality = [head.estimate_quality(float(c), float(s)) for c, s in pairs]
            yield Domain(
                sense="prosody",
                name=name,
                shares=shares,
                quality=np.array(quality),
                labels=_one_hot(voices.emotion[rows]),
                groups=voices.speaker[rows],
                vectors=vectors[rows],
                weights=network.sha256,
                familiar=scores is not unheard,
                measurements=[measured[row] for row in rows],
            )


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
        _one_hot(meant),
        np.array([row["SCENE"] for row in rows]),
    )


def _faces(
    name: str,
    pixels: Sequence[NDArray[np.uint8]],
    labels: Floats,
    groups: NDArray[np.str_],
) -> Domain:
    readings = [
        expression.classify(pixels[first : first + _BATCH])
        for first in range(0, len(pixels), _BATCH)
    ]
    return Domain(
        sense="face",
        name=name,
        shares=np.concatenate([r.probabilities for r in readings]).astype(float),
        quality=np.array([q for reading in readings for q in reading.qualities]),
        labels=labels,
        groups=groups,
        vectors=np.concatenate([reading.embeddings for reading in readings]),
        weights=onnx.load(expression.EXPRESSION).sha256,
    )


def _words(
    name: str,
    lines: Sequence[str],
    contexts: Sequence[Context | None],
    labels: Floats,
    groups: NDArray[np.str_],
) -> Domain:
    readings = classify(lines, contexts)
    return Domain(
        sense="transcript",
        name=name,
        shares=np.array([list(r.distribution.values()) for r in readings]),
        quality=np.array([reading.quality for reading in readings]),
        labels=labels,
        groups=groups,
        vectors=np.stack([reading.embedding for reading in readings]),
        weights=onnx.load(NETWORK).sha256,
    )


def _measurements(values: Floats, neutral_pitch: float) -> dict[str, Measurement]:
    named = zip(UNITS, values.tolist(), strict=True)
    known = {name: value for name, value in named if not np.isnan(value)}
    reference = onnx.load(head.HEAD).contract["reference"]
    return compare_with_reference(known, reference, neutral_pitch)


def _one_hot(labels: Sequence[int] | NDArray[np.int64]) -> Floats:
    rows: Floats = np.eye(len(BASIC_EMOTIONS))[np.asarray(labels)]
    return rows
