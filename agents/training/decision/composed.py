"""Takes put together from pieces: a face, a voice and words about one emotion.

No corpus at hand has all three together. What is known of real takes is built in and
said in the card: a fifth of the words carry no emotion whatever the label, a face may
show another emotion than the take is labelled with (a fifth of still faces, over half
of moving ones), half of the takes lack one sense or two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from affectgraph.agents.training.decision.material import MODALITIES, Piece
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

_LACKING_ONE, _LACKING_TWO = 0.35, 0.15
_PLAIN_WORDS = 0.2
_MOVING = 0.7
_MOVING_RIGHT = 0.45
_STILL_RIGHT = 0.8


@dataclass(frozen=True)
class ComposedTake:
    """One composed take.

    Attributes:
        kind: How it was put together.
        label: The voice's and the words', by which it is judged; not always the face's.
        pieces: What it is made of, by modality.
    """

    kind: Kind
    label: str
    pieces: Mapping[str, Piece]

    @property
    def evidence(self) -> list[Evidence]:
        """What all senses say."""
        return [one for piece in self.pieces.values() for one in piece.evidence]

    @property
    def group(self) -> str:
        """The speaker; where there is no voice, the dialogue or the photograph."""
        present = [name for name in ("prosody", *MODALITIES) if name in self.pieces]
        return self.pieces[present[0]].group


def compose(
    material: Mapping[str, Sequence[Piece]],
    *,
    fold: int,
    kind: Kind,
    n: int,
    seed: int,
) -> list[ComposedTake]:
    """Takes of balanced labels.

    `mixed` takes are put together as the module says. In `congruent` ones all three
    agree; in `conflict` the face always shows another emotion than the voice; and
    `no face` and the like are mixed, but lack just that sense.

    Args:
        material: Pieces by modality.
        fold: Which part of the material.
        kind: How.
        n: How many.
        seed: Of the draws.
    """
    rng = np.random.default_rng((seed, fold, KINDS.index(kind)))
    stock: dict[tuple[str, str, bool], list[Piece]] = {}
    for modality, pieces in material.items():
        for piece in pieces:
            if piece.fold == fold:
                key = (modality, piece.label, piece.moving)
                stock.setdefault(key, []).append(piece)
    return [_composed(stock, kind, rng) for _ in range(n)]


def _composed(
    stock: Mapping[tuple[str, str, bool], Sequence[Piece]],
    kind: Kind,
    rng: np.random.Generator,
) -> ComposedTake:
    label = str(rng.choice(BASIC_EMOTIONS))
    moving = bool(rng.random() < _MOVING)
    plain = kind != "congruent" and rng.random() < _PLAIN_WORDS
    shown = _face_shows(label, kind, rng, moving=moving)
    present = _present(kind, rng)
    # A photograph or a text by itself is labelled by what it shows or says.
    if len(present) == 1:
        shown, plain = (shown if moving else label), False
    wanted = {
        "face": (shown, moving),
        "prosody": (label, False),
        "transcript": ("neutral" if plain else label, False),
    }
    pieces = {}
    for modality in present:
        there = stock[(modality, *wanted[modality])]
        pieces[modality] = there[int(rng.integers(len(there)))]
    return ComposedTake(kind, label, pieces)


def _face_shows(
    label: str, kind: Kind, rng: np.random.Generator, *, moving: bool
) -> str:
    right = rng.random() < (_MOVING_RIGHT if moving else _STILL_RIGHT)
    if kind == "congruent" or (kind != "conflict" and right):
        return label
    others = [e for e in BASIC_EMOTIONS if e != label or kind != "conflict"]
    return str(rng.choice(others))


def _present(kind: Kind, rng: np.random.Generator) -> tuple[str, ...]:
    if kind in ("congruent", "conflict"):
        return MODALITIES
    if kind != "mixed":
        return tuple(name for name in MODALITIES if kind != f"no {name}")
    chance = rng.random()
    lacking = 2 if chance < _LACKING_TWO else int(chance < _LACKING_TWO + _LACKING_ONE)
    gone = cast(list[str], rng.permutation(MODALITIES)[:lacking].tolist())
    return tuple(name for name in MODALITIES if name not in gone)
