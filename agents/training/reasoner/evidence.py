"""Takes for the small reasoner to learn from: what the senses say of real material.

No corpus at hand has faces, voices and words together, so a face (FER2013 validation),
a voice (RAVDESS and EmoDB, each recording disturbed) and words (GoEmotions and MELD
dev) are put together, and every sense perceives its part. By the label alone a take may
be congruent, have one sense that contradicts the other two, or be sarcastic: happy
words, and a voice and a face that are not. So no sense can be copied: face and voice
are contradicted in a sixth of the takes, words in a third.
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
_CONGRUENT, _SARCASTIC = 0.35, 0.2
_MISSING = 0.3
_MOVING = 0.6
# A face as large as in a video, before a grey wall; it moves by a few pixels.
_LARGER, _WALL, _MOST_PIXELS = 4, 40, 3
_FRAMES, _FRAME_RATE = 8, 4.0

Image = NDArray[np.uint8]
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class EvidenceTake:
    """Evidence of a composed take.

    Attributes:
        evidence: What the senses said of it.
        label: What it was composed to express.
    """

    evidence: tuple[Evidence, ...]
    label: str


@dataclass(frozen=True)
class ClipMaterial:
    """Clips of one kind by label; they are made when they are drawn."""

    pixels: Mapping[str, Sequence[Image]]
    signals: Mapping[str, Sequence[Array]]
    lines: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, data: Path) -> "ClipMaterial":
        """Read a folder in the shared layout."""
        seen = faces.read(data / "faces" / "fer2013_validation.npz")
        heard = list(voices.read_recordings(data, without=("nemo",)))
        read = [*texts.read_comments(data / "text", "dev")]
        read += texts.read_dialogues(data / "text", "dev")
        which = texts.class_indices(read)
        return cls(
            _by_label(seen.pixels, [BASIC_EMOTIONS[n] for n in seen.labels]),
            _by_label([r.signal for r in heard], [r.emotion for r in heard]),
            _by_label(
                [
                    example.text
                    for example, n in zip(read, which, strict=True)
                    if n >= 0
                ],
                [BASIC_EMOTIONS[n] for n in which if n >= 0],
            ),
        )


def compose_takes(
    material: ClipMaterial, count: int, *, seed: int
) -> Iterator[EvidenceTake]:
    """Composed takes of balanced labels, each with evidence of one sense at least."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        label = BASIC_EMOTIONS[number % len(BASIC_EMOTIONS)]
        while True:
            shown = compose_labels(label, rng)
            evidence = [
                piece
                for modality in _MODALITIES
                if modality in shown
                for piece in _perceived(material, modality, shown[modality], rng)
            ]
            if evidence:
                break
        yield EvidenceTake(tuple(evidence), label)


def compose_labels(label: str, rng: np.random.Generator) -> dict[str, str]:
    """Which emotion each modality of a take shows; one of them may be missing."""
    shown = dict.fromkeys(_MODALITIES, label)
    kind = rng.random()
    if kind > _CONGRUENT and (kind > _CONGRUENT + _SARCASTIC or label == "happy"):
        odd = _MODALITIES[rng.integers(len(_MODALITIES))]
        others = [emotion for emotion in BASIC_EMOTIONS if emotion != label]
        shown[odd] = others[rng.integers(len(others))]
    elif kind > _CONGRUENT:
        shown["transcript"] = "happy"
    if rng.random() < _MISSING:
        del shown[_MODALITIES[rng.integers(len(_MODALITIES))]]
    return shown


def _perceived(
    material: ClipMaterial, modality: str, label: str, rng: np.random.Generator
) -> list[Evidence]:
    """What the sense says of a clip of its kind; nothing where it finds nothing."""
    if modality == "face":
        picture = _drawn(material.pixels[label], rng)
        moving = _video(picture, rng) if rng.random() < _MOVING else _framed(picture)
        tool, clip = face, Clip.open(moving, frame_rate=_FRAME_RATE)
    elif modality == "prosody":
        signal, _ = voices.distort(_drawn(material.signals[label], rng), rng)
        tool, clip = prosody, Clip.open(signal)
    else:
        tool, clip = transcript, Clip.open(text=_drawn(material.lines[label], rng))
    try:
        return tool.perceive(clip, clip.span)
    except SenseError:
        return []


def _framed(pixels: Image) -> Image:
    large = pixels.repeat(_LARGER, axis=0).repeat(_LARGER, axis=1)
    return np.pad(large, _WALL, constant_values=128)


def _video(pixels: Image, rng: np.random.Generator) -> Image:
    """The face, moved and lit otherwise from frame to frame: [n, h, w, 3]."""
    still = _framed(pixels)
    frames = []
    for _ in range(_FRAMES):
        moved = np.roll(still, rng.integers(-_MOST_PIXELS, _MOST_PIXELS + 1, 2), (0, 1))
        light = rng.uniform(0.8, 1.2)
        frames.append(np.clip(light * moved, 0, 255).astype(np.uint8))
    return np.repeat(np.stack(frames)[..., None], 3, axis=3)


def _by_label(things: Iterable[Thing], labels: Iterable[str]) -> dict[str, list[Thing]]:
    found: dict[str, list[Thing]] = {emotion: [] for emotion in BASIC_EMOTIONS}
    for thing, label in zip(things, labels, strict=True):
        found[label].append(thing)
    return found


def _drawn(things: Sequence[Thing], rng: np.random.Generator) -> Thing:
    return things[int(rng.integers(len(things)))]
