"""Takes composed of pieces: a face, a voice and words; see `composition`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from affectgraph.agents.training.decision.composition import (
    MODALITIES,
    MOVING_FACE_CONGRUENT,
    MOVING_FACES_SHARE,
    NEUTRAL_WORDS_SHARE,
    STILL_FACE_CONGRUENT,
    Piece,
)
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Evidence

Kind = Literal[
    "mixed", "congruent", "conflict", "no face", "no prosody", "no transcript"
]
KINDS: tuple[Kind, ...] = (
    "mixed",
    "congruent",
    "conflict",
    "no face",
    "no prosody",
    "no transcript",
)

_ONE_MISSING, _TWO_MISSING = 0.35, 0.15


@dataclass(frozen=True)
class ComposedTake:
    """One composed take.

    Attributes:
        kind: How it was composed.
        label: Of voice and words; the face may show another emotion.
        pieces: By modality.
    """

    kind: Kind
    label: str
    pieces: Mapping[str, Piece]

    @property
    def evidence(self) -> list[Evidence]:
        """Evidence of all senses."""
        return [e for piece in self.pieces.values() for e in piece.evidence]

    @property
    def group(self) -> str:
        """The speaker; without a voice, the dialogue or the photograph."""
        present = [name for name in ("prosody", *MODALITIES) if name in self.pieces]
        return self.pieces[present[0]].group


def compose(
    pieces: Mapping[str, Sequence[Piece]],
    *,
    fold: int,
    kind: Kind,
    n: int,
    seed: int,
) -> list[ComposedTake]:
    """Compose takes of balanced labels.

    `mixed` takes are composed as `composition` says. In `congruent` ones all modalities
    agree; in `conflict` the face always shows another emotion than the voice; and
    `no face` and the like are mixed, but lack just that modality.

    Args:
        pieces: By modality.
        fold: Of the pieces.
        kind: Of the takes.
        n: Number of takes.
        seed: Of the draws.
    """
    rng = np.random.default_rng((seed, fold, KINDS.index(kind)))
    available: dict[tuple[str, str, bool], list[Piece]] = {}
    for modality, modality_pieces in pieces.items():
        for piece in modality_pieces:
            if piece.fold == fold:
                key = (modality, piece.label, piece.moving)
                available.setdefault(key, []).append(piece)
    return [_compose_one(available, kind, rng) for _ in range(n)]


def _compose_one(
    available: Mapping[tuple[str, str, bool], Sequence[Piece]],
    kind: Kind,
    rng: np.random.Generator,
) -> ComposedTake:
    label = str(rng.choice(BASIC_EMOTIONS))
    moving = bool(rng.random() < MOVING_FACES_SHARE)
    neutral_words = kind != "congruent" and rng.random() < NEUTRAL_WORDS_SHARE
    shown = _face_emotion(label, kind, rng, moving=moving)
    present = _present(kind, rng)
    # The label of a single photograph or text is its own.
    if len(present) == 1:
        shown, neutral_words = (shown if moving else label), False
    wanted = {
        "face": (shown, moving),
        "prosody": (label, False),
        "transcript": ("neutral" if neutral_words else label, False),
    }
    pieces = {}
    for modality in present:
        choices = available[(modality, *wanted[modality])]
        pieces[modality] = choices[int(rng.integers(len(choices)))]
    return ComposedTake(kind, label, pieces)


def _face_emotion(
    label: str, kind: Kind, rng: np.random.Generator, *, moving: bool
) -> str:
    share = MOVING_FACE_CONGRUENT if moving else STILL_FACE_CONGRUENT
    congruent = rng.random() < share
    if kind == "congruent" or (kind != "conflict" and congruent):
        return label
    others = [e for e in BASIC_EMOTIONS if e != label or kind != "conflict"]
    return str(rng.choice(others))


def _present(kind: Kind, rng: np.random.Generator) -> tuple[str, ...]:
    if kind in ("congruent", "conflict"):
        return MODALITIES
    if kind != "mixed":
        return tuple(name for name in MODALITIES if kind != f"no {name}")
    draw = rng.random()
    count = 2 if draw < _TWO_MISSING else int(draw < _TWO_MISSING + _ONE_MISSING)
    missing = cast(list[str], rng.permutation(MODALITIES)[:count].tolist())
    return tuple(name for name in MODALITIES if name not in missing)
