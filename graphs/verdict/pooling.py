"""Pooling: calibrated senses combined by arithmetic into the fast answer.

A logarithmic opinion pool (Genest & Zidek 1986, "Combining probability distributions",
Statistical Science 1): log p(e) is the sum over the modalities present of w_m q_m
log (p_m(e) / u_m(e)), where w_m is a learned weight, q_m the quality that the sense
reports, and u_m the sense's base rate: neutral words are the rule in speech of any
emotion, so they tell little. An absent modality has no term: nothing is imputed. A
single sense is calibrated already, so its distribution is the answer.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from math import exp, log, sqrt
from pathlib import Path

from pydantic import Field

from affectgraph.graphs.schema import Conflict, Fused
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    mean_distribution,
    top_emotion,
    valence_arousal,
)
from affectgraph.tools.evidence import Evidence, Frozen

# Lowest probability in the pool: no single sense may rule an emotion out.
FLOOR = 0.01
_MIN_SECONDS = 0.5
_MIN_CONFLICT_DISTANCE = 0.35


class MemoryGate(Frozen):
    """How far memory may move the answer.

    Attributes:
        cases: Weight of the nearest cases; 0 shuts the gate.
        senses: Weight of the pool beside them; below 1, since cases are found by what
            the senses perceived.
    """

    cases: float = Field(default=0.0, ge=0)
    senses: float = Field(default=1.0, ge=0)


class PoolParameters(Frozen):
    """The learned numbers of `fusion.json`; `fusion.md` is their card.

    Attributes:
        weights: Weight of each modality.
        usual: Base rate of each modality: its mean distribution; uniform if absent.
        other: Weight of a modality without training, such as a plug-in's.
        gate: How far recalled cases count, as in `memory_prior`.
    """

    weights: dict[str, float]
    usual: dict[str, Distribution] = Field(default_factory=dict)
    other: float = Field(ge=0)
    gate: MemoryGate = MemoryGate()


@cache
def pool_parameters() -> PoolParameters:
    """The parameters that ship with the package."""
    file = Path(__file__).parent / "fusion.json"
    return PoolParameters.model_validate_json(file.read_text())


def pool(
    evidence: Sequence[Evidence],
    without: Collection[str] = (),
    parameters: PoolParameters | None = None,
) -> Fused:
    """Fuse evidence.

    Args:
        evidence: All evidence; pieces without a distribution do not vote.
        without: Modalities to leave out.
        parameters: Parameters of the pool; those that ship if None.

    Returns:
        The fast answer; uniform where nothing votes.
    """
    parameters = parameters or pool_parameters()
    votes: dict[str, Distribution] = {}
    quality: dict[str, float] = {}
    weights: dict[str, float] = {}
    base_rates: dict[str, Distribution] = {}
    for name, vote in vote_by_modality(evidence).items():
        if name not in without:
            votes[name], quality[name] = vote
            weight, base_rates[name] = _trust(name, evidence, parameters)
            weights[name] = weight * quality[name]
    total = sum(weights.values())
    single = next(iter(votes.values())) if len(votes) == 1 else None
    fused = single or log_pool(votes, weights, base_rates)
    valence, arousal = valence_arousal(fused) if votes else (None, None)
    return Fused(
        distribution=fused,
        by_modality=votes,
        weights={n: w / total if total else 0.0 for n, w in weights.items()},
        quality=quality,
        conflicts=_conflicts(votes),
        valence=valence,
        arousal=arousal,
    )


def vote_by_modality(
    evidence: Sequence[Evidence],
) -> dict[str, tuple[Distribution, float]]:
    """Distribution and quality of each modality, averaged over its evidence.

    A piece is weighted by quality and length, so that a closer look at a short span
    refines the answer about the whole clip and does not replace it. A closer look of
    lower quality than the first look does not count.
    """
    means = {}
    for name in dict.fromkeys(piece.modality for piece in evidence):
        votes = [
            (piece.distribution, piece.quality, _length(piece))
            for piece in _not_superseded([p for p in evidence if p.modality == name])
            if piece.distribution is not None
        ]
        weight = sum(quality * length for _, quality, length in votes)
        if weight > 0:
            length = sum(length for _, _, length in votes)
            mean = mean_distribution((d, q * seconds) for d, q, seconds in votes)
            means[name] = (mean, weight / length)
    return means


def log_pool(
    votes: Mapping[str, Distribution],
    weights: Mapping[str, float],
    base_rates: Mapping[str, Distribution],
) -> Distribution:
    """Logarithmic opinion pool of distributions, each with weight and base rate."""
    scores = {
        emotion: sum(
            weights[name]
            * log(max(vote[emotion], FLOOR) / max(base_rates[name][emotion], FLOOR))
            for name, vote in votes.items()
        )
        for emotion in BASIC_EMOTIONS
    }
    highest = max(scores.values())
    return distribution({e: exp(score - highest) for e, score in scores.items()})


def js_distance(first: Distribution, second: Distribution) -> float:
    """Jensen-Shannon distance, base 2, in [0, 1] (Endres & Schindelin 2003)."""
    divergence = 0.0
    for emotion in BASIC_EMOTIONS:
        p, q = first[emotion], second[emotion]
        middle = (p + q) / 2
        divergence += sum(v / 2 * log(v / middle, 2) for v in (p, q) if v > 0)
    return min(1.0, sqrt(max(0.0, divergence)))


def strongest_modality(fused: Fused, label: str) -> str:
    """The modality that speaks most for a label: by weight times probability."""
    return max(
        fused.weights,
        key=lambda m: fused.weights[m] * fused.by_modality[m][label],
        default="",
    )


def _trust(
    modality: str, evidence: Sequence[Evidence], parameters: PoolParameters
) -> tuple[float, Distribution]:
    """Weight and base rate: a plug-in's own, or as learned for the modality."""
    uniform = distribution({})
    calibration = next(
        (p.calibration for p in evidence if p.modality == modality and p.calibration),
        None,
    )
    if calibration is None:
        weight = parameters.weights.get(modality, parameters.other)
        return weight, parameters.usual.get(modality, uniform)
    weight = parameters.other if calibration.weight is None else calibration.weight
    return weight, calibration.usual or uniform


def _not_superseded(pieces: Sequence[Evidence]) -> Iterator[Evidence]:
    """The pieces of one sense that no other piece supersedes.

    Pieces of the longest span, as all of a text are, cannot be superseded and are not
    compared: a text of thousands of passages would take millions of comparisons.
    """
    longest = max(piece.span.seconds for piece in pieces)
    votes = [piece for piece in pieces if piece.distribution is not None]
    for piece in pieces:
        if piece.span.seconds == longest or not any(
            _supersedes(vote, piece) for vote in votes
        ):
            yield piece


def _supersedes(vote: Evidence, piece: Evidence) -> bool:
    """Whether a vote covers a piece with a longer span and has a higher quality."""
    covers = vote.span.start <= piece.span.start and piece.span.end <= vote.span.end
    longer = vote.span.seconds > piece.span.seconds
    return covers and longer and vote.quality > piece.quality


def _length(piece: Evidence) -> float:
    return max(piece.span.seconds, _MIN_SECONDS)


def _conflicts(votes: Mapping[str, Distribution]) -> tuple[Conflict, ...]:
    """Pairs of modalities with different top labels, the largest distance first."""
    conflicts = [
        Conflict(
            modalities=(first, second),
            labels=(top_emotion(votes[first]), top_emotion(votes[second])),
            amount=js_distance(votes[first], votes[second]),
        )
        for first, second in combinations(votes, 2)
        if top_emotion(votes[first]) != top_emotion(votes[second])
    ]
    strong = [
        conflict for conflict in conflicts if conflict.amount >= _MIN_CONFLICT_DISTANCE
    ]
    return tuple(sorted(strong, key=lambda conflict: -conflict.amount))
