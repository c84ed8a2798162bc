"""Pieces of photographs and lines of dialogue, perceived by their senses."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.decision.composition import FOLDS, MAX_PIECES, Piece
from affectgraph.agents.training.face import data as photographs
from affectgraph.agents.training.transcript import data as texts
from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
)
from affectgraph.tools.errors import SenseError
from affectgraph.tools.face.sense import RATE, face
from affectgraph.tools.io.vectors import Vector
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.transcript.sense import transcript


@dataclass(frozen=True)
class _Source:
    """A labelled clip before it is perceived."""

    label: str
    fold: int
    group: str
    open: Callable[[], Clip]
    moving: bool = False


def face_pieces(data: Path, seed: int) -> list[Piece]:
    """Perceive photographs as they are, and as videos."""
    return _perceive_sample(face, _faces(data), seed)


def line_pieces(data: Path, seed: int) -> list[Piece]:
    """Perceive lines of dialogue as if they were spoken."""
    return _perceive_sample(transcript, _lines(data), seed)


def _faces(data: Path) -> Iterator[_Source]:
    """Yield the half of the photographs that the face recipe did not select on.

    Every second one becomes a video.
    """
    validation_set = photographs.read(data / "faces" / "fer2013_validation.npz")
    distinct = photographs.without_duplicates(validation_set)
    faces = distinct.take(np.arange(len(distinct.labels))[1::2])
    for number, (pixels, label) in enumerate(
        zip(faces.pixels, faces.labels, strict=True)
    ):
        moving = number % 2 == 1
        yield _Source(
            label=BASIC_EMOTIONS[label],
            fold=number // 2 % FOLDS,
            group=f"face {number}",
            open=partial(_open_face, pixels, moving=moving),
            moving=moving,
        )


def _open_face(pixels: NDArray[np.uint8], *, moving: bool) -> Clip:
    if not moving:
        return Clip.open(pixels)
    frames = np.repeat(pixels[None, ..., None], 3, axis=-1).repeat(int(RATE), axis=0)
    return Clip.open(frames, frame_rate=RATE)


def _lines(data: Path) -> Iterator[_Source]:
    """Yield lines of dialogue as if spoken, with three seconds of silence."""
    for line in texts.read_dialogues(data / "text", "dev"):
        yield _Source(
            label=BASIC_EMOTIONS[int(line.basic.argmax())],
            fold=line.group % FOLDS,
            group=f"dialogue {line.group}",
            open=partial(
                Clip.open, np.zeros(3 * SAMPLING_RATE, np.float32), text=line.text
            ),
        )


def _perceive_sample(
    sense: PerceptionTool, sources: Iterable[_Source], seed: int
) -> list[Piece]:
    """Perceive up to `MAX_PIECES` clips of each label, fold and kind."""
    clips = list(sources)
    order = np.random.default_rng(seed).permutation(len(clips))
    kinds: dict[tuple[str, int, bool], list[_Source]] = {}
    for source in (clips[number] for number in order):
        kinds.setdefault((source.label, source.fold, source.moving), []).append(source)
    pieces: list[Piece] = []
    for kind in sorted(kinds):
        made = (piece for source in kinds[kind] for piece in _perceive(sense, source))
        pieces += islice(made, MAX_PIECES)
    return pieces


def _perceive(sense: PerceptionTool, source: _Source) -> Iterator[Piece]:
    clip = source.open()
    try:
        evidence = tuple(sense.perceive(clip, clip.span))
    except SenseError:
        return
    key = evidence[0].embedding
    yield Piece(
        label=source.label,
        fold=source.fold,
        group=source.group,
        moving=source.moving,
        evidence=evidence,
        vector=_round(clip.kept(key)) if key else (),
    )


def _round(vector: Vector) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in vector)
