"""The recipe of the decision, on domains that are written here."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")
pytest.importorskip("scipy")

from affectgraph.agents.evaluation.confidence_fit import conformal_threshold
from affectgraph.agents.training.decision.confidence import (
    FusedTake,
    abstention_threshold,
    fit_confidence,
    fit_thresholds,
)
from affectgraph.agents.training.decision.domains import Domain
from affectgraph.agents.training.decision.figures import decided_confidence
from affectgraph.agents.training.decision.fitting import fit_pool, fit_temperatures
from affectgraph.agents.training.decision.novelty import spherical_k_means
from affectgraph.agents.training.decision.softmax_fit import fit_softmax
from affectgraph.agents.training.decision.takes import TakeComposer
from affectgraph.agents.training.decision.votes import (
    VOTED,
    PeopleVotes,
    evidence,
    trust_by_emotion,
)
from affectgraph.graphs.verdict.parameters import ANY_SITUATION
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.novelty import NoveltyReference, nearest_distance

pytestmark = pytest.mark.slow

N = 280
CORPORA = {"face": ("f1", "f2"), "prosody": ("p1", "p2"), "transcript": ("t1", "t2")}


def domain(sense: str, name: str, *, sharp: float = 1.0, seed: int = 0) -> Domain:
    """A sense that is as often right as it says, and then made `sharp` times surer."""
    rng = np.random.default_rng(seed)
    truth = np.arange(N) % len(BASIC_EMOTIONS)
    # Gaussian scores whose softmax is the posterior of the truth.
    scores = rng.normal(size=(N, len(BASIC_EMOTIONS)))
    scores[np.arange(N), truth] += 1.5
    shares = np.exp(1.5 * sharp * scores)
    shares /= shares.sum(axis=1, keepdims=True)
    return Domain(
        sense=sense,
        name=name,
        shares=shares,
        quality=np.ones(N),
        labels=np.eye(len(BASIC_EMOTIONS))[truth],
        groups=np.array([f"{name} {number % 20}" for number in range(N)]),
        vectors=rng.normal(size=(N, 8)).astype(np.float32),
        weights=sense,
    )


@pytest.fixture(scope="module")
def domains() -> list[Domain]:
    return [
        domain(sense, name, seed=number)
        for sense, names in CORPORA.items()
        for number, name in enumerate(names)
    ]


@pytest.fixture(scope="module")
def votes() -> PeopleVotes:
    """People who follow the face twice as far as the voice."""
    rng = np.random.default_rng(0)
    voice, face = (rng.dirichlet(np.full(len(VOTED), 0.3), 600) for _ in range(2))
    both = np.exp(0.5 * evidence(voice) + evidence(face))
    both /= both.sum(axis=1, keepdims=True)
    actors = np.array([f"actor {number % 30}" for number in range(600)])
    return PeopleVotes(voice, face, both, actors)


def test_integration_is_learned_as_people_do_it(votes: PeopleVotes) -> None:
    trust = trust_by_emotion(votes)
    for emotion in VOTED:
        assert trust["prosody"][emotion] == pytest.approx(0.5, abs=0.15)
        assert trust["face"][emotion] == pytest.approx(1.0, abs=0.2)
    mean = np.mean([trust["face"][emotion] for emotion in VOTED])
    assert trust["face"]["surprise"] == pytest.approx(mean)


def test_an_overconfident_sense_is_cooled() -> None:
    plain, sharp = domain("face", "a"), domain("prosody", "b", sharp=2.0)
    fitted = fit_temperatures([plain, sharp])
    assert fitted["face"] == pytest.approx(1.0, abs=0.2)
    assert fitted["prosody"] == pytest.approx(2.0, abs=0.4)


def test_other_people_of_known_corpora_do_not_count_for_strangers(
    domains: list[Domain], votes: PeopleVotes
) -> None:
    familiar = domain("prosody", "p1, familiar", sharp=4.0)
    familiar = Domain(**{**vars(familiar), "familiar": True})
    takes = TakeComposer(domains, seed=1).follow(votes, 100)
    temperatures = [
        fit_pool(given, takes, trust_by_emotion(votes)).senses["prosody"].temperature
        for given in (domains, [*domains, familiar])
    ]
    assert temperatures[0] == temperatures[1]


def test_takes_follow_the_votes_of_people(
    domains: list[Domain], votes: PeopleVotes
) -> None:
    takes = TakeComposer(domains, seed=1).follow(votes, 60)
    known = {name for names in CORPORA.values() for name in names}
    for take in takes:
        assert len(take.evidence) >= 2 and set(take.corpora) <= known
        assert take.truth.sum() == pytest.approx(1)
        assert take.group.startswith("actor")
    assert [t.truth.tolist() for t in takes] == [
        t.truth.tolist() for t in TakeComposer(domains, seed=1).follow(votes, 60)
    ]
    agreeing = TakeComposer(domains, seed=1).agree(14)
    assert {take.label for take in agreeing} == set(BASIC_EMOTIONS)
    assert all(len(take.evidence) == 3 for take in agreeing)


def test_what_is_fitted_decides_no_worse_than_its_best_sense(
    domains: list[Domain], votes: PeopleVotes
) -> None:
    takes = TakeComposer(domains, seed=2).follow(votes, 400)
    fitted = fit_pool(domains, takes, trust_by_emotion(votes))
    assert set(fitted.senses) == set(CORPORA)
    assert fitted.senses["transcript"].by_emotion["neutral"] == 0.0
    fused = [FusedTake(t, pool(t.evidence, parameters=fitted)) for t in takes]
    right = np.mean([each.right for each in fused])
    for sense in CORPORA:
        alone = [
            max(vote, key=lambda e: vote[e]) == each.take.label
            for each in fused
            if (vote := each.fused.by_modality.get(sense))
        ]
        assert right >= np.mean(alone)
    parameters = fitted.model_copy(update={"confidence": fit_confidence(fused)})
    confidence = [decided_confidence(each.fused, parameters) for each in fused]
    assert np.mean(confidence) == pytest.approx(right, abs=0.03)
    thresholds = fit_thresholds(fused)
    assert {ANY_SITUATION, "face and prosody"} <= set(thresholds)


def test_a_sense_that_is_at_random_earns_no_trust(
    domains: list[Domain], votes: PeopleVotes
) -> None:
    rng = np.random.default_rng(0)
    shuffled = [
        d.take(np.arange(N)) if d.sense != "prosody" else _shuffled(d, rng)
        for d in domains
    ]
    takes = TakeComposer(shuffled, seed=3).follow(votes, 400)
    fitted = fit_pool(shuffled, takes, trust_by_emotion(votes))
    assert fitted.senses["prosody"].temperature > 3.0


def _shuffled(d: Domain, rng: np.random.Generator) -> Domain:
    vote = d.shares[rng.permutation(N)]
    return Domain(**{**vars(d), "shares": vote})


def test_answering_stops_where_it_costs_more_than_it_gains() -> None:
    certain = np.array([0.9, 0.8, 0.7, 0.4, 0.3, 0.2, 0.1])
    right = np.array([True, True, True, True, False, False, False])
    assert abstention_threshold(certain, right) == 0.4


def test_a_softmax_fit_finds_the_weights_and_keeps_its_bounds() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(3000, 4, 2))
    scores = np.exp(features @ np.array([1.5, -1.0]))
    truth = scores / scores.sum(axis=1, keepdims=True)
    fitted = fit_softmax(features, truth, ridge=1e-6)
    assert fitted == pytest.approx([1.5, -1.0], abs=0.02)
    bounded = fit_softmax(features, truth, nonnegative=[1])
    assert bounded[1] == 0.0


@settings(deadline=None)
@given(seed=st.integers(0, 50), coverage=st.sampled_from([0.8, 0.9, 0.95]))
def test_sets_hold_the_right_label_as_often_as_asked(
    seed: int, coverage: float
) -> None:
    rng = np.random.default_rng(seed)
    known, fresh = rng.beta(2, 1, 2000), rng.beta(2, 1, 20_000)
    assert (known >= conformal_threshold(known, coverage)).mean() >= coverage
    held = (fresh >= conformal_threshold(known, coverage)).mean()
    assert abs(held - coverage) < 0.04


def test_few_takes_make_sets_wide_rather_than_wrong() -> None:
    assert conformal_threshold(np.array([0.4, 0.6]), 0.9) == 0.0


def test_what_lies_far_from_all_centres_is_novel() -> None:
    rng = np.random.default_rng(0)
    known = rng.normal(size=(500, 8)) + 4.0
    centres = spherical_k_means(known, seed=0)
    assert np.linalg.norm(centres, axis=1) == pytest.approx(np.ones(len(centres)))
    distances = np.sort(nearest_distance(known, centres))
    reference = NoveltyReference(centres, distances)
    assert reference.novelty(-known[0]) == 1.0
    assert np.mean([reference.novelty(v) for v in known]) == pytest.approx(0.5, abs=0.1)
