"""What the senses say about labelled material that they did not learn from.

Photographs go through the face sense as they are, and as moving pictures; lines of
dialogue through the transcript sense. A voice's measures are those that the prosody
recipe kept, and its vote is that of a head that has not heard its speaker, from the
recipe's cross-validation: the head that ships has heard them all.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from affectgraph.agents.training.face import data as photographs
from affectgraph.agents.training.prosody import validation
from affectgraph.agents.training.prosody.features import Voices
from affectgraph.agents.training.prosody.recipe import heard_voices
from affectgraph.agents.training.transcript import data as texts
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    top_emotion,
    valence_arousal,
)
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence, Frozen, Measurement, Provenance, Span
from affectgraph.tools.face.expression import EXPRESSION
from affectgraph.tools.face.sense import RATE, face
from affectgraph.tools.io.atomic_write import atomic_write_text
from affectgraph.tools.io.vectors import Vector
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.prosody import head
from affectgraph.tools.prosody.encoder import ENCODER
from affectgraph.tools.prosody.facts import describe_unusual
from affectgraph.tools.prosody.measures import UNITS, compare_with_reference
from affectgraph.tools.prosody.sense import prosody
from affectgraph.tools.transcript.emotion import NETWORK
from affectgraph.tools.transcript.sense import transcript
from affectgraph.tools.weights import onnx

MODALITIES = ("face", "prosody", "transcript")
FOLDS = 4

# Most pieces of one label, fold and kind.
_PER_KIND = 40
_SECOND = 16_000


class Piece(Frozen):
    """One photograph, recording or line, perceived.

    Attributes:
        label: What it is labelled.
        fold: Which of `FOLDS` parts; no speaker, dialogue or photograph is in two.
        group: Who or what it belongs to: a photograph, a speaker, a dialogue.
        moving: It is a face in moving pictures.
        evidence: What the sense says.
        vector: The sense's vector, where it did not learn from this material.
    """

    label: str
    fold: int
    group: str
    moving: bool = False
    evidence: tuple[Evidence, ...]
    vector: tuple[float, ...] = ()


@dataclass(frozen=True)
class _Source:
    """A piece before it is perceived."""

    label: str
    fold: int
    group: str
    open: Callable[[], Clip]
    moving: bool = False


_PIECES = TypeAdapter(list[Piece])


def material(data: Path, out: Path, *, seed: int = 0) -> dict[str, list[Piece]]:
    """Pieces by modality; kept in `out`, by the weights that perceived them.

    Args:
        data: A folder in the shared layout.
        out: Where voices were kept by the prosody recipe, and pieces are kept.
        seed: Which pieces are drawn, and who is in which fold.
    """
    return {
        "face": _kept(
            out, EXPRESSION, seed, lambda: _perceived(face, _faces(data), seed)
        ),
        "prosody": _voices(data, out, seed),
        "transcript": _kept(
            out, NETWORK, seed, lambda: _perceived(transcript, _lines(data), seed)
        ),
    }


def _kept(
    out: Path, weights: str, seed: int, make: Callable[[], list[Piece]]
) -> list[Piece]:
    name = f"pieces-{seed}-{Path(weights).stem}-{onnx.load(weights).sha256[:12]}.json"
    file = out / name
    if not file.is_file():
        atomic_write_text(file, _PIECES.dump_json(make()).decode())
    return _PIECES.validate_json(file.read_bytes())


def _faces(data: Path) -> Iterator[_Source]:
    """The half of the photographs on which the face recipe chose nothing.

    Every other one is shown as moving pictures.
    """
    held = photographs.read(data / "faces" / "fer2013_validation.npz")
    distinct = photographs.without_duplicates(held)
    faces = distinct.take(np.arange(len(distinct.labels))[1::2])
    for number, (pixels, label) in enumerate(
        zip(faces.pixels, faces.labels, strict=True)
    ):
        moving = number % 2 == 1
        yield _Source(
            label=BASIC_EMOTIONS[label],
            fold=number // 2 % FOLDS,
            group=f"face {number}",
            open=partial(_shown, pixels, moving=moving),
            moving=moving,
        )


def _shown(pixels: NDArray[np.uint8], *, moving: bool) -> Clip:
    if not moving:
        return Clip.open(pixels)
    frames = np.repeat(pixels[None, ..., None], 3, axis=-1).repeat(int(RATE), axis=0)
    return Clip.open(frames, frame_rate=RATE)


def _lines(data: Path) -> Iterator[_Source]:
    """Lines of dialogue as if spoken: three seconds in which nothing else is heard."""
    for line in texts.dialogues(data / "text", "dev"):
        yield _Source(
            label=BASIC_EMOTIONS[int(line.basic.argmax())],
            fold=line.group % FOLDS,
            group=f"dialogue {line.group}",
            open=partial(Clip.open, np.zeros(3 * _SECOND, np.float32), text=line.text),
        )


def _perceived(
    sense: PerceptionTool, sources: Iterable[_Source], seed: int
) -> list[Piece]:
    """As many pieces of each label and kind as there are, up to a number."""
    listed = list(sources)
    order = np.random.default_rng(seed).permutation(len(listed))
    kinds: dict[tuple[str, int, bool], list[_Source]] = {}
    for source in (listed[number] for number in order):
        kinds.setdefault((source.label, source.fold, source.moving), []).append(source)
    pieces: list[Piece] = []
    for kind in sorted(kinds):
        found = (piece for source in kinds[kind] for piece in _perceive(sense, source))
        pieces += islice(found, _PER_KIND)
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
        vector=_rounded(clip.kept(key)) if key else (),
    )


def _rounded(vector: Vector) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in vector)


def _voices(data: Path, out: Path, seed: int) -> list[Piece]:
    """Recordings: the vote of a head that has not heard the speaker, and the measures.

    Both are kept by the prosody recipe, so nothing is decoded.
    """
    voices, scores = heard_voices(data, out, seed=seed)
    contract = onnx.load(head.HEAD).contract
    shares = validation.softmax(scores, contract["temperature"]["cold"])
    folds = _folds(voices, seed)
    chosen = _drawn(voices.emotion, folds, seed)
    readings = head.classify_voice(voices.features[chosen, 0])
    pieces = []
    for number, reading in zip(chosen, readings, strict=True):
        values = zip(UNITS, voices.measures[number].tolist(), strict=True)
        measured = compare_with_reference(
            {name: value for name, value in values if value == value},
            contract["reference"],
            reading.neutral_pitch,
        )
        vote = distribution(shares[number].tolist())
        pieces.append(
            Piece(
                label=BASIC_EMOTIONS[voices.emotion[number]],
                fold=int(folds[number]),
                group=str(voices.speaker[number]),
                evidence=_as_heard(vote, float(voices.seconds[number]), measured),
            )
        )
    return pieces


def _folds(voices: Voices, seed: int) -> NDArray[np.int64]:
    """Speakers at random, those of each corpus spread evenly."""
    rng = np.random.default_rng(seed)
    fold: dict[str, int] = {}
    for name in np.unique(voices.corpus):
        speakers = np.unique(voices.speaker[voices.corpus == name])
        for number, speaker in enumerate(rng.permutation(speakers)):
            fold[str(speaker)] = number % FOLDS
    return np.array([fold[str(speaker)] for speaker in voices.speaker])


def _drawn(
    emotion: NDArray[np.int64], folds: NDArray[np.int64], seed: int
) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    drawn = [
        rng.permutation(np.flatnonzero((emotion == label) & (folds == fold)))
        for label in range(len(BASIC_EMOTIONS))
        for fold in range(FOLDS)
    ]
    return np.concatenate([each[:_PER_KIND] for each in drawn])


def _as_heard(
    vote: Distribution, seconds: float, measured: dict[str, Measurement]
) -> tuple[Evidence, ...]:
    """Evidence as the prosody sense words it, from a vote and measures."""
    first = top_emotion(vote)
    second = top_emotion({**vote, first: -1.0})
    valence, arousal = valence_arousal(vote)
    span = Span(start=0.0, end=seconds)
    sure = head.estimate_quality(vote[first], seconds)
    whole = Evidence(
        id=f"{prosody.prefix}1",
        modality=prosody.modality,
        tool=prosody.name,
        span=span,
        observation=f"Speaks for {seconds:.1f} s; the voice sounds most {first} "
        f"({vote[first]:.2f}), then {second} ({vote[second]:.2f}).",
        measurements=measured,
        distribution=vote,
        valence=valence,
        arousal=arousal,
        quality=sure,
        provenance=Provenance(model=head.HEAD, sha256=onnx.load(head.HEAD).sha256),
    )
    facts = [
        Evidence(
            id=f"{prosody.prefix}{number}",
            modality=prosody.modality,
            tool=prosody.name,
            span=span,
            observation=fact.observation,
            measurements=dict(fact.measurements),
            quality=sure,
            provenance=Provenance(model=ENCODER),
        )
        for number, fact in enumerate(describe_unusual(span, measured), 2)
    ]
    return (whole, *facts)
