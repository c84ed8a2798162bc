"""Votes: what each sense says of a clip, before the senses are pooled."""

from collections.abc import Iterator, Sequence
from math import exp, log
from typing import NamedTuple

from affectgraph.graphs.verdict.parameters import DecisionParameters
from affectgraph.tools.emotions import Distribution, distribution, mean_distribution
from affectgraph.tools.evidence import Evidence

# Lowest probability of a single vote before its temperature is applied.
MIN_PROBABILITY = 1e-3
_MIN_SECONDS = 0.5


class SenseVote(NamedTuple):
    """The mean vote of a modality, and its quality, in [0, 1]."""

    distribution: Distribution
    quality: float


def vote_by_modality(evidence: Sequence[Evidence]) -> dict[str, SenseVote]:
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
            means[name] = SenseVote(mean, weight / length)
    return means


def novel_modalities(
    evidence: Sequence[Evidence], parameters: DecisionParameters
) -> set[str]:
    """Modalities with a vote about something unlike all that they were measured on."""
    return {
        piece.modality
        for piece in evidence
        if piece.distribution is not None
        and piece.novelty is not None
        and piece.novelty > parameters.novelty_limit
    }


def calibrate_vote(
    vote: SenseVote, temperature: float, share: float = 1.0
) -> Distribution:
    """A vote as sure as it deserves.

    Quality is the probability that the sense is right; a vote that is surer than its
    quality is flattened in proportion.

    Args:
        vote: The vote and its quality.
        temperature: Of the sense on strangers.
        share: Share of the evidence that is believed, in [0, 1].
    """
    highest = max(vote.distribution.values())
    power = share * min(1.0, vote.quality / highest) / temperature
    logs = log_probabilities(vote.distribution)
    return distribution(
        {emotion: exp(power * value) for emotion, value in logs.items()}
    )


def log_probabilities(vote: Distribution, added: float = 0.0) -> dict[str, float]:
    """Logarithms of a vote, with a constant added to its probabilities."""
    return {e: log(max(p, MIN_PROBABILITY) + added) for e, p in vote.items()}


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
