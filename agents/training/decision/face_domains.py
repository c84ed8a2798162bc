"""Faces: photographs that the face recipe kept out, and posed faces of another corpus.

Each as it is, and made to move and to speak, since no corpus of talking faces with
labels can be had.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from affectgraph.agents.training.decision.domains import Domain
from affectgraph.agents.training.face import data as photographs
from affectgraph.agents.training.face.data import Faces
from affectgraph.agents.training.face.mesh import TAUGHT
from affectgraph.agents.training.face.speech import Speech, Still
from affectgraph.agents.training.face.window import VoteHead, moving
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.face import expression, window
from affectgraph.tools.face.alignment import clearness
from affectgraph.tools.face.expression import Reading
from affectgraph.tools.face.quality import Conditions, quality
from affectgraph.tools.weights import onnx

Floats = NDArray[np.float64]

_BATCH = 256
_LOOKS = 12
# How far the movements of a face at rest vary from look to look.
_NOISE = 0.03


@dataclass(frozen=True)
class _SpeechSimulator:
    """Makes photographs speak as the window network's recipe does."""

    speech: Speech
    head: VoteHead

    @classmethod
    def of(cls, faces: Faces, readings: list[Reading]) -> "_SpeechSimulator":
        """Learn from photographs, of which none is judged."""
        still = _still(readings, faces.votes)
        votes = np.concatenate([reading.votes for reading in readings])
        inputs = np.column_stack([still.embeddings, np.ones(len(votes), np.float32)])
        fitted = np.linalg.lstsq(inputs, votes, rcond=None)[0]
        head = VoteHead(fitted[:-1], fitted[-1])
        return cls(Speech(still, TAUGHT, _NOISE), head)


def face_domains(data: Path, seed: int) -> Iterator[Domain]:
    """Yield photographs of FER2013, with FERPlus votes, and posed faces of CK+.

    Args:
        data: A folder in the shared layout.
        seed: Of the simulated speech.
    """
    validation = photographs.read(data / "faces" / "fer2013_validation.npz")
    faces = photographs.without_duplicates(validation)
    # The face recipe calibrated on the other half.
    chosen, judged = (
        faces.take(np.arange(len(faces.labels))[start::2]) for start in (0, 1)
    )
    simulator = _SpeechSimulator.of(chosen, _read(chosen.pixels))
    seven = judged.votes[:, : len(BASIC_EMOTIONS)]
    judged = judged.take(np.flatnonzero(seven.sum(axis=1) > 0.5))
    names = np.array([f"face {number}" for number in range(len(judged.labels))])
    posed, people = _posed_faces(data / "ck48")
    for name, corpus, groups in (("fer2013", judged, names), ("ck+", posed, people)):
        readings = _read(corpus.pixels)
        domain = _as_domain(name, corpus, groups, readings)
        yield domain
        yield _speaking(domain, corpus, readings, simulator, seed)


def _posed_faces(folder: Path) -> tuple[Faces, NDArray[np.str_]]:
    with (folder / "ck48.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    pixels = np.stack(
        [np.asarray(Image.open(folder / row["path"]).convert("L")) for row in rows]
    )
    labels = np.array([BASIC_EMOTIONS.index(row["label"]) for row in rows])
    votes = np.eye(window.VOTES, dtype=np.float32)[labels]
    people = np.array([row["speaker"] for row in rows])
    return Faces(pixels, labels, votes), people


def _read(pixels: NDArray[np.uint8]) -> list[Reading]:
    return [
        expression.classify(list(pixels[first : first + _BATCH]), still=True)
        for first in range(0, len(pixels), _BATCH)
    ]


def _as_domain(
    name: str, faces: Faces, groups: NDArray[np.str_], readings: list[Reading]
) -> Domain:
    return Domain(
        sense="face",
        name=name,
        shares=np.concatenate([r.probabilities for r in readings]).astype(float),
        quality=np.array([q for reading in readings for q in reading.qualities]),
        labels=faces.votes[:, : len(BASIC_EMOTIONS)].astype(float),
        groups=groups,
        vectors=np.concatenate([reading.embeddings for reading in readings]),
        weights=onnx.load(expression.EXPRESSION).sha256,
    )


def _speaking(
    domain: Domain,
    faces: Faces,
    readings: list[Reading],
    simulator: _SpeechSimulator,
    seed: int,
) -> Domain:
    """The same faces over seconds in which they speak, as the sense reads them."""
    still, speech = _still(readings, faces.votes), simulator.speech
    rng = np.random.default_rng(seed)
    reading = window.read(moving(still, speech, simulator.head, _LOOKS, rng))
    # The same movements again, since the seed is the same.
    movements = speech(still, _LOOKS, np.random.default_rng(seed), talk=1.0)[0]
    jaws = movements[..., TAUGHT.index("jawOpen")].std(axis=1)
    turned = np.abs(np.concatenate([r.movements.pose for r in readings])[:, 1])
    qualities = []
    for number, (pixels, angle, jaw) in enumerate(
        zip(faces.pixels, turned, jaws, strict=True)
    ):
        sharpness, contrast = clearness(pixels)
        conditions = Conditions(sharpness, contrast, float(angle), True, float(jaw))
        qualities.append(quality(reading, number, conditions))
    return replace(
        domain,
        shares=reading.probabilities.astype(float),
        quality=np.array(qualities),
        moving=True,
    )


def _still(readings: list[Reading], votes: NDArray[np.float32]) -> Still:
    return Still(
        np.concatenate([reading.movements.values for reading in readings]),
        np.concatenate([reading.embeddings for reading in readings]),
        votes,
    )
