"""Votes of the senses as sure as they deserve, before they are pooled."""

from collections.abc import Sequence
from math import exp, log

from affectgraph.graphs.verdict.parameters import DecisionParameters
from affectgraph.tools.emotions import Distribution, distribution
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.sense_votes import SenseVote

# Lowest probability of a single vote before its temperature is applied.
MIN_PROBABILITY = 1e-3


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
