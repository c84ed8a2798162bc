"""Pieces of voice recordings, from the cache of the prosody recipe."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.evaluation.metrics import softmax
from affectgraph.agents.training.decision.composition import FOLDS, MAX_PIECES, Piece
from affectgraph.agents.training.prosody.features import Voices
from affectgraph.agents.training.prosody.recipe import load_held_out_scores
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    top_emotion,
    valence_arousal,
)
from affectgraph.tools.evidence import Evidence, Measurement, Provenance, Span
from affectgraph.tools.prosody import head
from affectgraph.tools.prosody.encoder import ENCODER
from affectgraph.tools.prosody.facts import describe_unusual
from affectgraph.tools.prosody.measures import UNITS, compare_with_reference
from affectgraph.tools.prosody.sense import prosody
from affectgraph.tools.weights import onnx


def voice_pieces(data: Path, out: Path, seed: int) -> list[Piece]:
    """Make pieces of recordings from the cache of the prosody recipe.

    Votes are those of heads that were not fitted on the speaker.
    """
    voices, scores = load_held_out_scores(data, out, seed=seed)
    contract = onnx.load(head.HEAD).contract
    shares = softmax(scores, contract["temperature"]["cold"])
    folds = _folds(voices, seed)
    chosen = _draw(voices.emotion, folds, seed)
    readings = head.classify_voice(voices.features[chosen, 0])
    pieces = []
    for number, reading in zip(chosen, readings, strict=True):
        values = zip(UNITS, voices.measures[number].tolist(), strict=True)
        measurements = compare_with_reference(
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
    return np.concatenate([rows[:MAX_PIECES] for rows in drawn])


def _voice_evidence(
    vote: Distribution, seconds: float, measurements: dict[str, Measurement]
) -> tuple[Evidence, ...]:
    """Make evidence as the prosody sense does, from a vote and measures."""
    first = top_emotion(vote)
    second = top_emotion({**vote, first: -1.0})
    valence, arousal = valence_arousal(vote)
    span = Span(start=0.0, end=seconds)
    quality = head.estimate_quality(vote[first], seconds)
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
        for number, fact in enumerate(describe_unusual(span, measurements), 2)
    ]
    return (overall, *facts)
