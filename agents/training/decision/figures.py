"""Figures of the decision by corpus left out, as its card shows them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.evaluation.bootstrap import mean_interval
from affectgraph.agents.evaluation.metrics import aurc, ece, risk_curve
from affectgraph.agents.training.decision.confidence import FusedTake
from affectgraph.agents.training.decision.domains import Domain
from affectgraph.agents.training.decision.softmax_fit import soft_log_loss
from affectgraph.graphs.claims.stance import measurement_votes
from affectgraph.graphs.schema import Fused
from affectgraph.graphs.verdict import calibration
from affectgraph.graphs.verdict.parameters import DecisionParameters
from affectgraph.graphs.verdict.pooling import equal_pool
from affectgraph.graphs.verdict.votes import calibrate_vote
from affectgraph.tools.emotions import Distribution, distribution, top_emotion
from affectgraph.tools.sense_votes import SenseVote

Floats = NDArray[np.float64]

_FLAT = distribution({})
_COVERAGES = (0.2, 0.4, 0.6, 0.8)


def print_answers(
    name: str, fused: Sequence[FusedTake], parameters: DecisionParameters
) -> None:
    """Print how good the answer about takes is, beside those of simpler ways."""
    truth = np.stack([each.take.truth for each in fused])
    groups = [each.take.group for each in fused]
    print(f"{name}: {len(fused)} takes")
    for way, shares in _ways(fused, parameters).items():
        loss = mean_interval(soft_log_loss(shares, truth), groups)
        right = (shares.argmax(axis=1) == truth.argmax(axis=1)).astype(float)
        error = ece(shares.max(axis=1), right.astype(bool))
        accuracy = mean_interval(right, groups)
        print(f"  {way}: accuracy {accuracy}, log loss {loss}, ECE {error:.3f}")


def print_decisions(
    name: str, fused: Sequence[FusedTake], parameters: DecisionParameters
) -> None:
    """Print calibration, risk and coverage, abstention and sets."""
    right = np.array([each.right for each in fused])
    confidence = np.array([decided_confidence(e.fused, parameters) for e in fused])
    answered = confidence >= parameters.least_confidence
    risk = risk_curve(confidence, right)
    risks = ", ".join(
        f"{risk[round(share * len(risk)) - 1]:.2f}" for share in _COVERAGES
    )
    of_answered = right[answered].mean() if answered.any() else float("nan")
    print(
        f"{name}: mean confidence {confidence.mean():.3f}, ECE "
        f"{ece(confidence, right):.3f}, AURC {aurc(confidence, right):.3f}, risk at "
        f"coverage {_COVERAGES}: {risks}; answers {answered.mean():.2f}, right "
        f"{of_answered:.3f}"
    )
    for coverage in (0.8, 0.9):
        sets = [
            calibration.prediction_set(each.fused, coverage, parameters)
            for each in fused
        ]
        held = [e.take.label in s for e, s in zip(fused, sets, strict=True)]
        size = np.mean([len(each) for each in sets])
        print(f"  sets at {coverage}: hold {np.mean(held):.3f}, {size:.1f} labels")


def decided_confidence(fused: Fused, parameters: DecisionParameters) -> float:
    """Confidence as the graph computes it."""
    if len(fused.by_modality) < 2:
        return max(fused.distribution.values())
    features = calibration.confidence_features(fused)
    return calibration.confidence(features, parameters.confidence)


def print_checks(fused: Sequence[FusedTake]) -> None:
    """Print how well each check tells right answers from wrong ones.

    AUC alone, and the gain in log-likelihood of being right where the check is added
    to the log-odds of the answer, on the other half of the actors.
    """
    right = np.array([each.right for each in fused])
    odds = np.array(
        [calibration.confidence_features(e.fused)["log_odds"] for e in fused]
    )
    groups = np.array([each.take.group for each in fused])
    print(f"fused probability: AUC {_auc(odds, right):.3f}, n {len(right)}")
    for name, values in _check_results(fused).items():
        known = ~np.isnan(values)
        if not known.any():
            continue
        auc = _auc(values[known], right[known])
        gain = _likelihood_gain(odds[known], values[known], right[known], groups[known])
        print(f"check {name}: AUC {auc:.3f}, log-likelihood {gain}, n {known.sum()}")


def _ways(
    fused: Sequence[FusedTake], parameters: DecisionParameters
) -> Mapping[str, Floats]:
    """Answers of chance, each sense alone, the equal pool and ours: [n, 7]."""
    ways: dict[str, list[Distribution]] = {"chance": [_FLAT] * len(fused)}
    for sense in parameters.senses:
        if any(sense in each.fused.by_modality for each in fused):
            ways[sense] = [_alone(each.fused, sense, parameters) for each in fused]
    ways["equal pool"] = [equal_pool(each.fused.by_modality) for each in fused]
    ways["ours"] = [each.fused.distribution for each in fused]
    return {
        name: np.array([list(answer.values()) for answer in answers])
        for name, answers in ways.items()
    }


def _alone(fused: Fused, sense: str, parameters: DecisionParameters) -> Distribution:
    """The calibrated vote of one sense; uniform where it is missing."""
    if sense not in fused.by_modality:
        return _FLAT
    vote = SenseVote(fused.by_modality[sense], fused.quality[sense])
    return calibrate_vote(vote, parameters.sense(sense).temperature)


def _check_results(fused: Sequence[FusedTake]) -> Mapping[str, Floats]:
    """Result of each check for the top label; NaN where it cannot tell."""
    results: dict[str, list[float]] = {
        name: []
        for name in ("equal weights", "leads a sense", "no conflict", "physical")
    }
    for each in fused:
        label, _ = calibration.top_two(each.fused.distribution)
        features = calibration.confidence_features(each.fused)
        tops = map(top_emotion, each.fused.by_modality.values())
        votes = [measurement_votes(p.measurements, label) for p in each.take.evidence]
        backed, opposed = np.sum(votes, axis=0)
        for name, value in (
            ("equal weights", features["equal weights"]),
            ("leads a sense", label in tops),
            ("no conflict", not each.fused.conflicts),
            ("physical", backed - opposed if backed or opposed else np.nan),
        ):
            results[name].append(float(value))
    return {name: np.array(values) for name, values in results.items()}


def print_novelty(
    domains: Sequence[Domain], distances: Sequence[NDArray[np.floating]]
) -> None:
    """Print how well nearness tells right from wrong, beside the sense's confidence."""
    for domain, far in zip(domains, distances, strict=True):
        right = domain.shares.argmax(axis=1) == domain.truth
        quarters = np.array_split(right[np.argsort(far)], 4)
        print(
            f"{domain.name}: AUC of nearness {_auc(-far, right):.3f}, of confidence "
            f"{_auc(domain.shares.max(axis=1), right):.3f}; right by distance",
            *(f"{quarter.mean():.2f}" for quarter in quarters),
        )


def _auc(values: NDArray[np.floating], right: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: a right answer has a higher value than a wrong one."""
    order = np.unique(values)
    hits = np.searchsorted(order, values[right])
    misses = np.bincount(np.searchsorted(order, values[~right]), minlength=len(order))
    below = np.concatenate([[0], np.cumsum(misses)])
    wins = below[hits] + misses[hits] / 2
    return float(wins.sum() / (right.sum() * (~right).sum()))


def _likelihood_gain(
    odds: Floats,
    values: Floats,
    right: NDArray[np.bool_],
    groups: NDArray[np.str_],
) -> str:
    """Gain per answer with its interval; fitted on one half of the groups each."""
    half = np.unique(groups, return_inverse=True)[1] % 2
    gain = np.zeros(len(odds))
    for test in (0, 1):
        rows, others = half == test, half != test
        base = _logistic(odds[others, None], right[others])
        both = np.stack([odds, values], axis=1)
        added = _logistic(both[others], right[others])
        gain[rows] = _likelihood(both[rows], right[rows], added)
        gain[rows] -= _likelihood(odds[rows, None], right[rows], base)
    return str(mean_interval(gain, list(groups)))


def _logistic(x: Floats, right: NDArray[np.bool_]) -> Floats:
    """Weights of a logistic regression, the constant first, by Newton's method."""
    x = np.concatenate([np.ones((len(x), 1)), x], axis=1)
    weights = np.zeros(x.shape[1])
    for _ in range(20):
        p = 1.0 / (1.0 + np.exp(-x @ weights))
        gradient = x.T @ (right - p) - 1e-3 * weights
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-3 * np.eye(len(weights))
        weights = weights + np.linalg.solve(hessian, gradient)
    return weights


def _likelihood(x: Floats, right: NDArray[np.bool_], weights: Floats) -> Floats:
    score = weights[0] + x @ weights[1:]
    result: Floats = -np.logaddexp(0.0, np.where(right, -score, score))
    return result
