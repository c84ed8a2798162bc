"""Evidence of the senses about labelled clips that they were not fitted on.

The face sense perceives photographs, still and as videos; the transcript sense lines of
dialogue. The measures of voices come from the cache of the prosody recipe, and their
votes from its cross-validation, since the shipped head is fitted on every speaker.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from affectgraph.agents.evaluation.metrics import softmax
from affectgraph.agents.training.face import data as photographs
from affectgraph.agents.training.prosody.features import Voices
from affectgraph.agents.training.prosody.recipe import load_held_out_scores
from affectgraph.agents.training.transcript import data as texts
from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.clip.artifacts import Vector
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    top,
    valence_arousal,
)
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence, Frozen, Measurement, Provenance, Span
from affectgraph.tools.face.expression import EXPRESSION
from affectgraph.tools.face.sense import RATE, face
from affectgraph.tools.io.atomic_write import atomic_write_text
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.prosody import head
from affectgraph.tools.prosody.encoder import ENCODER
from affectgraph.tools.prosody.facts import unusual
from affectgraph.tools.prosody.measures import UNITS, against_reference
from affectgraph.tools.prosody.sense import prosody
from affectgraph.tools.transcript.emotion import NETWORK
from affectgraph.tools.transcript.sense import transcript
from affectgraph.tools.weights import onnx

FOLDS = 4

# Of one label, fold and kind.
_MAX_PIECES = 40


class Piece(Frozen):
    """Evidence about one photograph, recording or line.

    Attributes:
        label: Of the clip.
        fold: One of `FOLDS`; no speaker, dialogue or photograph is in two.
        group: The photograph, speaker or dialogue that it belongs to.
        moving: Whether it is a face in a video.
        evidence: Of the sense.
        vector: Of the sense, if it was not fitted on this clip.
    """

    label: str
    fold: int
    group: str
    moving: bool = False
    evidence: tuple[Evidence, ...]
    vector: tuple[float, ...] = ()


@dataclass(frozen=True)
class _Source:
    """A labelled clip before it is perceived."""

    label: str
    fold: int
    group: str
    open: Callable[[], Clip]
    moving: bool = False


_PIECES = TypeAdapter(list[Piece])


def load_pieces(data: Path, out: Path, *, seed: int = 0) -> dict[str, list[Piece]]:
    """Load pieces by modality, cached in `out` per weights file.

    Args:
        data: A folder in the shared layout.
        out: Folder that caches pieces, and voices of the prosody recipe.
        seed: Of the choice of pieces, and of the folds.
    """
    return {
        "face": _load_or_make(
            out, EXPRESSION, seed, lambda: _perceive_sample(face, _faces(data), seed)
        ),
        "prosody": _voices(data, out, seed),
        "transcript": _load_or_make(
            out, NETWORK, seed, lambda: _perceive_sample(transcript, _lines(data), seed)
        ),
    }


def _load_or_make(
    out: Path, weights: str, seed: int, make: Callable[[], list[Piece]]
) -> list[Piece]:
    name = f"pieces-{seed}-{Path(weights).stem}-{onnx.load(weights).sha256[:12]}.json"
    file = out / name
    if not file.is_file():
        atomic_write_text(file, _PIECES.dump_json(make()).decode())
    return _PIECES.validate_json(file.read_bytes())


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
    """Perceive up to `_MAX_PIECES` clips of each label, fold and kind."""
    clips = list(sources)
    order = np.random.default_rng(seed).permutation(len(clips))
    kinds: dict[tuple[str, int, bool], list[_Source]] = {}
    for source in (clips[number] for number in order):
        kinds.setdefault((source.label, source.fold, source.moving), []).append(source)
    pieces: list[Piece] = []
    for kind in sorted(kinds):
        made = (piece for source in kinds[kind] for piece in _perceive(sense, source))
        pieces += islice(made, _MAX_PIECES)
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


def _voices(data: Path, out: Path, seed: int) -> list[Piece]:
    """Make pieces of recordings from the cache of the prosody recipe.

    Votes are those of heads that were not fitted on the speaker.
    """
    voices, scores = load_held_out_scores(data, out, seed=seed)
    contract = onnx.load(head.HEAD).contract
    shares = softmax(scores, contract["temperature"]["cold"])
    folds = _folds(voices, seed)
    chosen = _draw(voices.emotion, folds, seed)
    readings = head.read(voices.features[chosen, 0])
    pieces = []
    for number, reading in zip(chosen, readings, strict=True):
        values = zip(UNITS, voices.measures[number].tolist(), strict=True)
        measurements = against_reference(
            {name: value for name, value in values if value == value},
            contract["reference"],
            reading.usual_pitch,
        )
        vote = distribution(shares[number].tolist())
        pieces.append(
            Piece(
                label=BASIC_EMOTIONS[voices.emotion[number]],
                fold=int(folds[number]),
                group=str(voices.speaker[number]),
                evidence=_voice_evidence(
                    vote, float(voices.seconds[number]), measurements
                ),
            )
        )
    return pieces


def _folds(voices: Voices, seed: int) -> NDArray[np.int64]:
    """Assign speakers to folds at random, those of each corpus evenly."""
    rng = np.random.default_rng(seed)
    fold: dict[str, int] = {}
    for name in np.unique(voices.corpus):
        speakers = np.unique(voices.speaker[voices.corpus == name])
        for number, speaker in enumerate(rng.permutation(speakers)):
            fold[str(speaker)] = number % FOLDS
    return np.array([fold[str(speaker)] for speaker in voices.speaker])


def _draw(
    emotion: NDArray[np.int64], folds: NDArray[np.int64], seed: int
) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    drawn = [
        rng.permutation(np.flatnonzero((emotion == label) & (folds == fold)))
        for label in range(len(BASIC_EMOTIONS))
        for fold in range(FOLDS)
    ]
    return np.concatenate([rows[:_MAX_PIECES] for rows in drawn])


def _voice_evidence(
    vote: Distribution, seconds: float, measurements: dict[str, Measurement]
) -> tuple[Evidence, ...]:
    """Make evidence as the prosody sense does, from a vote and measures."""
    first = top(vote)
    second = top({**vote, first: -1.0})
    valence, arousal = valence_arousal(vote)
    span = Span(start=0.0, end=seconds)
    quality = head.quality(vote[first], seconds)
    overall = Evidence(
        id=f"{prosody.prefix}1",
        modality=prosody.modality,
        tool=prosody.name,
        span=span,
        observation=f"Speaks for {seconds:.1f} s; the voice sounds most {first} "
        f"({vote[first]:.2f}), then {second} ({vote[second]:.2f}).",
        measurements=measurements,
        distribution=vote,
        valence=valence,
        arousal=arousal,
        quality=quality,
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
            quality=quality,
            provenance=Provenance(model=ENCODER),
        )
        for number, fact in enumerate(unusual(span, measurements), 2)
    ]
    return (overall, *facts)
