"""Training takes of the small reasoner: evidence of the senses about real clips.

No available corpus has faces, voices and words together. A take combines a face
(FER2013 validation), a voice (RAVDESS and EmoDB, distorted) and words (GoEmotions and
MELD dev), each perceived by its sense. A take is congruent, has one modality that
contradicts the others, or is sarcastic: happy words with another voice and face. So
copying one sense does not pay: face and voice are wrong in a sixth of the takes, words
in a third.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.face import data as faces
from affectgraph.agents.training.prosody import data as voices
from affectgraph.agents.training.transcript import data as texts
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.face.sense import face
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.prosody.sense import prosody
from affectgraph.tools.transcript.sense import transcript

_MODALITIES = ("face", "prosody", "transcript")
_CONGRUENT_SHARE, _SARCASTIC_SHARE = 0.35, 0.2
_MISSING_SHARE = 0.3
_VIDEO_SHARE = 0.6
# A face is enlarged to the size in a video, on a grey background, and moves slightly.
_SCALE, _BORDER, _MAX_SHIFT = 4, 40, 3
_FRAMES, _FRAME_RATE = 8, 4.0

Image = NDArray[np.uint8]
T = TypeVar("T")


@dataclass(frozen=True)
class EvidenceTake:
    """Evidence of a composed take.

    Attributes:
        evidence: Of the senses.
        label: The emotion that it is composed to express.
    """

    evidence: tuple[Evidence, ...]
    label: str


@dataclass(frozen=True)
class ClipMaterial:
    """Faces, voices and lines by label."""

    pixels: Mapping[str, Sequence[Image]]
    signals: Mapping[str, Sequence[Array]]
    lines: Mapping[str, Sequence[str]]

    @classmethod
    def read(cls, data: Path) -> "ClipMaterial":
        """Read a folder in the shared layout."""
        images = faces.read(data / "faces" / "fer2013_validation.npz")
        recordings = list(voices.read_recordings(data, without=("nemo",)))
        examples = [*texts.read_comments(data / "text", "dev")]
        examples += texts.read_dialogues(data / "text", "dev")
        labels = texts.class_indices(examples)
        return cls(
            _by_label(images.pixels, [BASIC_EMOTIONS[n] for n in images.labels]),
            _by_label([r.signal for r in recordings], [r.emotion for r in recordings]),
            _by_label(
                [
                    example.text
                    for example, n in zip(examples, labels, strict=True)
                    if n >= 0
                ],
                [BASIC_EMOTIONS[n] for n in labels if n >= 0],
            ),
        )


def compose_takes(
    material: ClipMaterial, count: int, *, seed: int
) -> Iterator[EvidenceTake]:
    """Compose takes of balanced labels, each with evidence of at least one sense."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        label = BASIC_EMOTIONS[number % len(BASIC_EMOTIONS)]
        while True:
            shown = compose_labels(label, rng)
            evidence = [
                piece
                for modality in _MODALITIES
                if modality in shown
                for piece in _perceive(material, modality, shown[modality], rng)
            ]
            if evidence:
                break
        yield EvidenceTake(tuple(evidence), label)


def compose_labels(label: str, rng: np.random.Generator) -> dict[str, str]:
    """Choose the emotion that each modality shows; one modality may be missing."""
    shown = dict.fromkeys(_MODALITIES, label)
    kind = rng.random()
    if kind > _CONGRUENT_SHARE and (
        kind > _CONGRUENT_SHARE + _SARCASTIC_SHARE or label == "happy"
    ):
        contradicting = _MODALITIES[rng.integers(len(_MODALITIES))]
        others = [emotion for emotion in BASIC_EMOTIONS if emotion != label]
        shown[contradicting] = others[rng.integers(len(others))]
    elif kind > _CONGRUENT_SHARE:
        shown["transcript"] = "happy"
    if rng.random() < _MISSING_SHARE:
        del shown[_MODALITIES[rng.integers(len(_MODALITIES))]]
    return shown


def _perceive(
    material: ClipMaterial, modality: str, label: str, rng: np.random.Generator
) -> list[Evidence]:
    """Perceive a random clip of the label; no evidence if the sense finds none."""
    if modality == "face":
        picture = _draw(material.pixels[label], rng)
        video = rng.random() < _VIDEO_SHARE
        frames = _video(picture, rng) if video else _framed(picture)
        tool, clip = face, Clip.open(frames, frame_rate=_FRAME_RATE)
    elif modality == "prosody":
        signal, _ = voices.distort(_draw(material.signals[label], rng), rng)
        tool, clip = prosody, Clip.open(signal)
    else:
        tool, clip = transcript, Clip.open(text=_draw(material.lines[label], rng))
    try:
        return tool.perceive(clip, clip.span)
    except SenseError:
        return []


def _framed(pixels: Image) -> Image:
    large = pixels.repeat(_SCALE, axis=0).repeat(_SCALE, axis=1)
    return np.pad(large, _BORDER, constant_values=128)


def _video(pixels: Image, rng: np.random.Generator) -> Image:
    """Move the face, and change its brightness, from frame to frame: [n, h, w, 3]."""
    still = _framed(pixels)
    frames = []
    for _ in range(_FRAMES):
        shifted = np.roll(still, rng.integers(-_MAX_SHIFT, _MAX_SHIFT + 1, 2), (0, 1))
        brightness = rng.uniform(0.8, 1.2)
        frames.append(np.clip(brightness * shifted, 0, 255).astype(np.uint8))
    return np.repeat(np.stack(frames)[..., None], 3, axis=3)


def _by_label(items: Iterable[T], labels: Iterable[str]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {emotion: [] for emotion in BASIC_EMOTIONS}
    for item, label in zip(items, labels, strict=True):
        groups[label].append(item)
    return groups


def _draw(items: Sequence[T], rng: np.random.Generator) -> T:
    return items[int(rng.integers(len(items)))]
