"""Fitting of temperatures, trust, confidence and sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from affectgraph.agents.evaluation.confidence_fit import COVERAGES, conformal_threshold
from affectgraph.agents.training.decision.domains import Domain
from affectgraph.agents.training.decision.softmax_fit import (
    fit_softmax,
    soft_log_loss,
)
from affectgraph.agents.training.decision.takes import SENSES, Take
from affectgraph.graphs.schema import Fused, MeasuredTrust
from affectgraph.graphs.verdict import calibration
from affectgraph.graphs.verdict.parameters import (
    ANY_SITUATION,
    DecisionParameters,
    SenseParameters,
)
from affectgraph.graphs.verdict.pooling import sense_term
from affectgraph.graphs.verdict.votes import SenseVote, calibrate_vote
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution, top_emotion

Floats = NDArray[np.float64]

CONFIDENCE_FEATURES = ("log_odds", "equal weights")
# Neutral words say nothing: they are the rule in speech of any emotion.
_SPOKEN = {emotion: float(emotion != "neutral") for emotion in BASIC_EMOTIONS}
# A sense is never made surer than its network says.
_TEMPERATURES = (1.0, 8.0)
_TRUST_RIDGE, _CONFIDENCE_RIDGE = 3e-3, 1e-3
_RESAMPLES = 20
# Cost of a wrong answer, relative to the value of a right one.
_WRONG_COST = 0.5
_NOVELTY_LIMIT = 0.995
_MAX_SHORTFALL, _MIN_GROUP = 0.05, 100
_UNMEASURED = MeasuredTrust(value=0.0)
# By `tests/benchmarks/seed_trust.py`.
_SEED = MeasuredTrust(value=0.0, n=1064, measured_on="clips of ck+, meld and mustard++")


@dataclass(frozen=True)
class FusedTake:
    """A take, and the fused answer about it."""

    take: Take
    fused: Fused

    @property
    def right(self) -> bool:
        """Whether the answer is what most people say."""
        return top_emotion(self.fused.distribution) == self.take.label


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


def fit_confidence(fused: Sequence[FusedTake]) -> dict[str, float]:
    """Fit a logistic regression of being right; no feature may count against it."""
    rows = [calibration.confidence_features(each.fused) for each in fused]
    x = np.array([[row[name] for name in CONFIDENCE_FEATURES] for row in rows])
    x = np.concatenate([np.ones((len(x), 1)), x], axis=1)
    sign = np.array([1.0 if each.right else -1.0 for each in fused])

    def loss(weights: Floats) -> float:
        log_loss = np.logaddexp(0.0, -sign * (x @ weights))
        penalty = _CONFIDENCE_RIDGE * np.square(weights[1:]).sum()
        return float(log_loss.mean() + penalty)

    bounds = [(None, None), *[(0.0, None)] * len(CONFIDENCE_FEATURES)]
    weights = minimize(loss, np.zeros(x.shape[1]), method="L-BFGS-B", bounds=bounds).x
    names = ("constant", *CONFIDENCE_FEATURES)
    return dict(zip(names, weights.round(4).tolist(), strict=True))


def fit_thresholds(fused: Sequence[FusedTake]) -> dict[str, dict[str, float]]:
    """Fit the thresholds of prediction sets, by situation.

    A corpus counts as a group: on none may coverage fall short by more than
    `_MAX_SHORTFALL` (Vovk 2012, "Conditional validity of inductive conformal
    predictors").
    """
    situations: dict[str, list[FusedTake]] = {ANY_SITUATION: list(fused)}
    for each in fused:
        situations.setdefault(calibration.situation(each.fused), []).append(each)
    return {
        name: {
            f"{coverage:g}": round(_threshold(takes, coverage), 5)
            for coverage in COVERAGES
        }
        for name, takes in sorted(situations.items())
    }


def _threshold(fused: Sequence[FusedTake], coverage: float) -> float:
    """Threshold that holds over all takes, and nearly so on each corpus."""
    right = np.array([e.fused.distribution[e.take.label] for e in fused])
    thresholds = [conformal_threshold(right, coverage)]
    for corpus in {name for each in fused for name in each.take.corpora}:
        rows = np.array([corpus in each.take.corpora for each in fused])
        if rows.sum() >= _MIN_GROUP:
            least = coverage - _MAX_SHORTFALL
            thresholds.append(conformal_threshold(right[rows], least))
    return min(thresholds)


def abstention_threshold(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Return the lowest confidence at which answering gains more than it costs.

    It is the point of the risk-coverage curve with the most right answers less half
    the wrong ones (Chow 1970, "On optimum recognition error and reject tradeoff").
    """
    order = np.argsort(-confidence, kind="stable")
    gain = np.cumsum(np.where(right[order], 1.0, -_WRONG_COST))
    return float(confidence[order[int(gain.argmax())]])


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
    names, group = np.unique([take.group for take in takes], return_inverse=True)
    members = [np.flatnonzero(group == number) for number in range(len(names))]
    rng = np.random.default_rng(0)
    fitted = []
    for _ in range(_RESAMPLES):
        drawn = rng.integers(0, len(members), len(members))
        rows = np.concatenate([members[number] for number in drawn])
        fitted.append(_fit_trust(features[rows], truth[rows]))
    low, high = np.percentile(fitted, [2.5, 97.5], axis=0)
    return low, high


def _measured_on(sense: str, domains: Sequence[Domain]) -> str:
    corpora = ", ".join(
        domain.name
        for domain in domains
        if domain.sense == sense and not domain.familiar
    )
    return f"takes that follow people's votes, of {corpora}, left out of its training"
