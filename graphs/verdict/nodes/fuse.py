"""The fast answer: calibrated senses pooled by arithmetic.

A logarithmic opinion pool (Genest & Zidek 1986, "Combining probability distributions",
Statistical Science 1): log p(e) is the sum over the modalities present of w_m q_m
log (p_m(e) / u_m(e)), where w_m is learned, q_m is the quality that the sense gives
itself, and u_m is what the sense usually says: neutral words are the rule in speech of
any emotion, and tell little. An absent modality has no term: nothing is imputed. A
sense that is alone is calibrated already, and is taken at its word.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from math import exp, log, sqrt
from pathlib import Path

from langgraph.runtime import Runtime
from pydantic import Field

from affectgraph.graphs.schema import Conflict, Fused
from affectgraph.graphs.verdict.state import Context, State
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    mean_distribution,
    top,
    valence_arousal,
)
from affectgraph.tools.evidence import Evidence, Frozen

# No sense may rule out an emotion by more than this: each is wrong now and then.
FLOOR = 0.01
_SHORTEST_SECONDS = 0.5
_CONFLICT_DISTANCE = 0.35


class MemoryGate(Frozen):
    """How far memory may move the answer.

    Attributes:
        cases: Weight of the nearest cases; 0 is a gate that is shut.
        senses: What is left of the weight of the pool beside them, for the cases know
            nothing that the senses did not tell.
    """

    cases: float = Field(default=0.0, ge=0)
    senses: float = Field(default=1.0, ge=0)


class PoolParameters(Frozen):
    """Learned numbers of the pool; `fusion.json` beside this file, with its card.

    Attributes:
        weights: Weight of each modality.
        usual: What each modality says when there is nothing to tell; uniform if absent.
        other: Weight of a modality that was never trained with, such as a plug-in's.
        gate: How far recalled cases count, as in `prior`.
    """

    weights: dict[str, float]
    usual: dict[str, Distribution] = Field(default_factory=dict)
    other: float = Field(ge=0)
    gate: MemoryGate = MemoryGate()


@cache
def pool_parameters() -> PoolParameters:
    """The numbers that ship with the package."""
    file = Path(__file__).parent / "fusion.json"
    return PoolParameters.model_validate_json(file.read_text())


def fuse(state: State, runtime: Runtime[Context]) -> State:
    """Pool what the senses say."""
    fused = pool(state.get("evidence", []))
    runtime.stream_writer(
        {"node": "fuse", "event": "done", "top": top(fused.distribution)}
    )
    return {"fused": fused}


def pool(
    evidence: Sequence[Evidence],
    without: Collection[str] = (),
    learned: PoolParameters | None = None,
) -> Fused:
    """The fused answer from evidence.

    Args:
        evidence: All that was perceived; pieces without a distribution do not vote.
        without: Modalities to leave out.
        learned: Numbers of the pool; those that ship if None.

    Returns:
        The answer; uniform where nothing votes.
    """
    voting = vote_by_modality(evidence)
    voting = {name: vote for name, vote in voting.items() if name not in without}
    numbers = learned or pool_parameters()
    trust = {name: _trust(name, evidence, numbers) for name in voting}
    weights = {name: trust[name][0] * quality for name, (_, quality) in voting.items()}
    usual = {name: trust[name][1] for name in voting}
    said = {name: vote for name, (vote, _) in voting.items()}
    total = sum(weights.values())
    alone = len(said) == 1
    fused = next(iter(said.values())) if alone else log_pool(said, weights, usual)
    valence, arousal = valence_arousal(fused) if said else (None, None)
    return Fused(
        distribution=fused,
        by_modality=said,
        weights={n: w / total if total else 0.0 for n, w in weights.items()},
        quality={name: quality for name, (_, quality) in voting.items()},
        conflicts=_conflicts(said),
        valence=valence,
        arousal=arousal,
    )


def vote_by_modality(
    evidence: Sequence[Evidence],
) -> dict[str, tuple[Distribution, float]]:
    """What each modality says, and with which quality, averaged over its evidence.

    A piece counts by its quality and its length, so a closer look at a short span
    refines the answer about the whole and does not replace it. One that saw worse than
    the look before it does not count.
    """
    said = {}
    for name in dict.fromkeys(piece.modality for piece in evidence):
        votes = [
            (piece.distribution, piece.quality, _length(piece))
            for piece in _standing([p for p in evidence if p.modality == name])
            if piece.distribution is not None
        ]
        weight = sum(quality * length for _, quality, length in votes)
        if weight > 0:
            length = sum(length for _, _, length in votes)
            mean = mean_distribution((d, q * seconds) for d, q, seconds in votes)
            said[name] = (mean, weight / length)
    return said


def log_pool(
    said: Mapping[str, Distribution],
    weights: Mapping[str, float],
    usual: Mapping[str, Distribution],
) -> Distribution:
    """Logarithmic opinion pool of distributions, each with weight and usual vote."""
    scores = {
        emotion: sum(
            weights[name]
            * log(max(vote[emotion], FLOOR) / max(usual[name][emotion], FLOOR))
            for name, vote in said.items()
        )
        for emotion in BASIC_EMOTIONS
    }
    highest = max(scores.values())
    return distribution({e: exp(score - highest) for e, score in scores.items()})


def js_distance(one: Distribution, other: Distribution) -> float:
    """Jensen-Shannon distance, base 2, in [0, 1] (Endres & Schindelin 2003)."""
    divergence = 0.0
    for emotion in BASIC_EMOTIONS:
        p, q = one[emotion], other[emotion]
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
    modality: str, evidence: Sequence[Evidence], learned: PoolParameters
) -> tuple[float, Distribution]:
    """Weight and usual vote: a plug-in's own, or as learned for the modality."""
    flat = distribution({})
    own = next(
        (p.calibration for p in evidence if p.modality == modality and p.calibration),
        None,
    )
    if own is None:
        weight = learned.weights.get(modality, learned.other)
        return weight, learned.usual.get(modality, flat)
    return learned.other if own.weight is None else own.weight, own.usual or flat


def _standing(pieces: Sequence[Evidence]) -> Iterator[Evidence]:
    """The pieces of one sense that no other piece outdoes.

    Those of the longest span, as all of a text are, stand without being compared: a
    text of thousands of passages would take millions of comparisons.
    """
    longest = max(piece.span.seconds for piece in pieces)
    voting = [piece for piece in pieces if piece.distribution is not None]
    for piece in pieces:
        if piece.span.seconds == longest or not any(
            _outdoes(other, piece) for other in voting
        ):
            yield piece


def _outdoes(other: Evidence, piece: Evidence) -> bool:
    """The other is about a longer span that holds this one, and saw better."""
    within = other.span.start <= piece.span.start and piece.span.end <= other.span.end
    longer = other.span.seconds > piece.span.seconds
    return within and longer and other.quality > piece.quality


def _length(piece: Evidence) -> float:
    return max(piece.span.seconds, _SHORTEST_SECONDS)


def _conflicts(said: Mapping[str, Distribution]) -> tuple[Conflict, ...]:
    found = [
        Conflict(
            modalities=(one, other),
            labels=(top(said[one]), top(said[other])),
            amount=js_distance(said[one], said[other]),
        )
        for one, other in combinations(said, 2)
        if top(said[one]) != top(said[other])
    ]
    strong = [conflict for conflict in found if conflict.amount >= _CONFLICT_DISTANCE]
    return tuple(sorted(strong, key=lambda conflict: -conflict.amount))
