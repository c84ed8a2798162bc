"""Fitting of temperatures and of trust."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from affectgraph.agents.evaluation.bootstrap import resampled_rows
from affectgraph.agents.training.decision.domains import Domain
from affectgraph.agents.training.decision.softmax_fit import (
    fit_softmax,
    soft_log_loss,
)
from affectgraph.agents.training.decision.takes import SENSES, Take
from affectgraph.graphs.schema import MeasuredTrust
from affectgraph.graphs.verdict.parameters import (
    DecisionParameters,
    SenseParameters,
)
from affectgraph.graphs.verdict.pooling import sense_term
from affectgraph.graphs.verdict.votes import calibrate_vote
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution
from affectgraph.tools.sense_votes import SenseVote

Floats = NDArray[np.float64]

# Neutral words say nothing: they are the rule in speech of any emotion.
_SPOKEN = {emotion: float(emotion != "neutral") for emotion in BASIC_EMOTIONS}
# A sense is never made surer than its network says.
_TEMPERATURES = (1.0, 8.0)
_TRUST_RIDGE = 3e-3
_RESAMPLES = 20
_NOVELTY_LIMIT = 0.995
_UNMEASURED = MeasuredTrust(value=0.0)
# By `tests/benchmarks/seed_trust.py`.
_SEED = MeasuredTrust(value=0.0, n=1064, measured_on="clips of ck+, meld and mustard++")


def fit_pool(
    domains: Sequence[Domain],
    takes: Sequence[Take],
    people: Mapping[str, Mapping[str, float]],
    *,
    intervals: bool = False,
) -> DecisionParameters:
    """Fit temperatures and trust; confidence and sets are left empty.

    Args:
        domains: For the temperatures.
        takes: For the trust.
        people: Modality to people's trust in each emotion; only its shape is used.
        intervals: Whether to compute the intervals of trust, by resampling actors.
    """
    unit = _unit_parameters(domains, people)
    features = np.stack([_features(take, unit) for take in takes])
    truth = np.stack([take.truth for take in takes])
    fitted = _fit_trust(features, truth)
    low = high = fitted
    if intervals:
        low, high = _trust_interval(features, truth, takes)
    senses = {
        name: unit.senses[name].model_copy(
            update={
                "trust": MeasuredTrust(
                    value=round(float(fitted[number]), 4),
                    low=round(float(low[number]), 4),
                    high=round(float(high[number]), 4),
                    n=sum(name in take.senses for take in takes),
                    measured_on=_measured_on(name, domains),
                )
            }
        )
        for number, name in enumerate(SENSES)
    }
    least = min(sense.trust.value for sense in senses.values())
    return unit.model_copy(
        update={"senses": senses, "other": MeasuredTrust(value=least)}
    )


def fit_temperatures(domains: Sequence[Domain]) -> dict[str, float]:
    """Fit the temperature of each sense; each of its corpora counts the same."""
    by_sense: dict[str, list[Domain]] = {}
    for domain in domains:
        by_sense.setdefault(domain.sense, []).append(domain)
    return {name: _fit_temperature(corpora) for name, corpora in by_sense.items()}


def calibrated_shares(domain: Domain, temperature: float) -> Floats:
    """Votes of a domain, as sure as the graph takes them: [n, 7]."""
    rows = zip(domain.shares, domain.quality, strict=True)
    votes = (SenseVote(distribution(p.tolist()), float(q)) for p, q in rows)
    calibrated = (calibrate_vote(vote, temperature) for vote in votes)
    return np.array([list(vote.values()) for vote in calibrated])


def _fit_temperature(domains: Sequence[Domain]) -> float:
    def loss(temperature: float) -> float:
        losses = [
            soft_log_loss(calibrated_shares(d, temperature), d.labels).mean()
            for d in domains
        ]
        return float(np.mean(losses))

    return float(
        minimize_scalar(
            loss, bounds=_TEMPERATURES, method="bounded", options={"maxiter": 20}
        ).x
    )


def _unit_parameters(
    domains: Sequence[Domain], people: Mapping[str, Mapping[str, float]]
) -> DecisionParameters:
    """Parameters with a trust of one, in the shape of people's trust."""
    temperatures = fit_temperatures([d for d in domains if not d.familiar])
    senses = {}
    for name, temperature in temperatures.items():
        shape = people.get(name, _SPOKEN)
        mean = sum(shape.values()) / len(shape)
        senses[name] = SenseParameters(
            temperature=round(temperature, 4),
            trust=MeasuredTrust(value=1.0),
            by_emotion={e: round(value / mean, 4) for e, value in shape.items()},
        )
    return DecisionParameters(
        senses=senses,
        other=_UNMEASURED,
        seed=_SEED,
        confidence={},
        thresholds={},
        least_confidence=0.0,
        novelty_limit=_NOVELTY_LIMIT,
    )


def _features(take: Take, unit: DecisionParameters) -> Floats:
    """What the trust in each sense is multiplied with, [7, senses]."""
    columns = np.zeros((len(BASIC_EMOTIONS), len(SENSES)))
    for piece in take.evidence:
        vote = SenseVote(piece.distribution or {}, piece.quality)
        calibrated = calibrate_vote(vote, unit.sense(piece.modality).temperature)
        term = sense_term(piece.modality, calibrated, unit)
        columns[:, SENSES.index(piece.modality)] = [term[e] for e in BASIC_EMOTIONS]
    return columns


def _fit_trust(features: Floats, truth: Floats) -> Floats:
    """Fit on takes whose emotions count the same, however frequent they are."""
    frequency = truth.mean(axis=0)
    weights = (truth / frequency).sum(axis=1)
    every = range(features.shape[2])
    start = np.ones(len(every))
    return fit_softmax(
        features,
        truth,
        weights=weights,
        start=start,
        nonnegative=every,
        ridge=_TRUST_RIDGE,
    )


def _trust_interval(
    features: Floats, truth: Floats, takes: Sequence[Take]
) -> tuple[Floats, Floats]:
    """95% interval of the parameters, by resampling actors."""
    groups = np.array([take.group for take in takes])
    fitted = [
        _fit_trust(features[rows], truth[rows])
        for rows in resampled_rows(groups, _RESAMPLES)
    ]
    low, high = np.percentile(fitted, [2.5, 97.5], axis=0)
    return low, high


def _measured_on(sense: str, domains: Sequence[Domain]) -> str:
    corpora = ", ".join(
        domain.name
        for domain in domains
        if domain.sense == sense and not domain.familiar
    )
    return f"takes that follow people's votes, of {corpora}, left out of its training"
