"""Pooling: the experts' log-odds add up to the answer.

A logarithmic opinion pool (Genest & Zidek 1986, "Combining probability distributions",
Statistical Science 1):

    log p(e) = constant + sum over senses m of trust_m(e) z_m(e),
    z_m(e) = log(p_m(e) + 0.1), less its mean over the emotions

where p_m is the vote of the sense, made as sure as it was right on corpora that it did
not learn from. The trust in each emotion is people's: of those who hear and see a take,
compared with those who only hear or only see it. No emotion is more likely beforehand:
a clip may be of anything. A missing sense has no term. A single sense is its own
answer, since there is nothing to integrate.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from math import exp, log

from affectgraph.graphs.schema import Conflict, Contribution, Fused, MeasuredTrust
from affectgraph.graphs.verdict.parameters import (
    DecisionParameters,
    decision_parameters,
)
from affectgraph.graphs.verdict.votes import (
    calibrate_vote,
    log_probabilities,
    novel_modalities,
)
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    js_distance,
    top_emotion,
    valence_arousal,
)
from affectgraph.tools.evidence import Calibration, Evidence
from affectgraph.tools.sense_votes import SenseVote, vote_by_modality

REASONER = "reasoner"
# Added to the probabilities in the pool, so that no sense rules an emotion out: the
# rule of succession for the ten people by whose votes integration was learned.
PSEUDO_VOTE = 0.1
_MIN_PLUG_IN_PROBABILITY = 0.01
_NOVEL_SHARE = 0.5
# Two senses are in conflict if each puts its own label this far above the other's: at
# odds of two to one.
_MIN_CONFLICT_LOG_ODDS = log(2.0)

Terms = dict[str, float]


def pool(
    evidence: Sequence[Evidence],
    without: Collection[str] = (),
    parameters: DecisionParameters | None = None,
) -> Fused:
    """Fuse evidence.

    Args:
        evidence: All evidence; pieces without a distribution do not vote.
        without: Modalities to leave out.
        parameters: Parameters of the pool; those that ship if None.

    Returns:
        The fast answer; uniform where nothing votes.
    """
    parameters = parameters or decision_parameters()
    votes = {m: v for m, v in vote_by_modality(evidence).items() if m not in without}
    novel = novel_modalities(evidence, parameters) & votes.keys()
    calibrated = {
        name: calibrate_vote(
            vote,
            parameters.sense(name).temperature,
            _NOVEL_SHARE if name in novel else 1.0,
        )
        for name, vote in votes.items()
    }
    terms = {
        name: _log_ratios(calibrated[name])
        if len(votes) == 1
        else _term(name, vote, calibrated[name], evidence, parameters)
        for name, vote in votes.items()
    }
    fused = Fused(
        distribution=distribution({}),
        by_modality={name: vote.distribution for name, vote in votes.items()},
        terms=terms,
        quality={name: vote.quality for name, vote in votes.items()},
        novel=tuple(sorted(novel)),
        conflicts=_conflicts(votes, terms),
    )
    return with_terms(fused, {})


def with_terms(
    fused: Fused,
    terms: Mapping[str, Terms],
    trust: Mapping[str, MeasuredTrust] | None = None,
) -> Fused:
    """The answer after further experts have added their terms.

    Args:
        fused: The answer so far.
        terms: By expert.
        trust: In each of them, as measured.
    """
    terms = {**fused.terms, **terms}
    pooled = add_up(terms.values())
    valence, arousal = valence_arousal(pooled) if fused.by_modality else (None, None)
    return fused.model_copy(
        update={
            "terms": terms,
            "trust": {**fused.trust, **(trust or {})},
            "distribution": pooled,
            "valence": valence,
            "arousal": arousal,
        }
    )


def add_up(terms: Iterable[Terms]) -> Distribution:
    """The distribution whose log-odds are the sum of terms."""
    terms = list(terms)
    scores = {e: sum(term[e] for term in terms) for e in BASIC_EMOTIONS}
    highest = max(scores.values())
    return distribution({e: exp(score - highest) for e, score in scores.items()})


def contributions(
    fused: Fused,
    label: str,
    rival: str,
    parameters: DecisionParameters | None = None,
) -> tuple[Contribution, ...]:
    """What each expert adds to the log-odds of a label against a rival.

    They sum to log(p(label) / p(rival)); the strongest comes first.
    """
    parameters = parameters or decision_parameters()
    parts = (
        Contribution(
            expert=name,
            log_odds=term[label] - term[rival],
            trust=fused.trust.get(name) or parameters.sense(name).trust,
        )
        for name, term in fused.terms.items()
    )
    return tuple(sorted(parts, key=lambda part: -abs(part.log_odds)))


def sense_term(
    name: str, vote: Distribution, parameters: DecisionParameters | None = None
) -> Terms:
    """What a sense adds to the log-odds of each emotion where others vote too.

    Args:
        name: Its modality.
        vote: Its calibrated vote.
        parameters: Parameters of the pool; those that ship if None.
    """
    sense = (parameters or decision_parameters()).sense(name)
    evidence = _log_ratios(vote, PSEUDO_VOTE)
    return {
        emotion: sense.trust.value * sense.by_emotion.get(emotion, 1.0) * value
        for emotion, value in evidence.items()
    }


def equal_pool(votes: Mapping[str, Distribution]) -> Distribution:
    """The answer if every sense counted the same for every emotion."""
    return add_up(_log_ratios(vote, PSEUDO_VOTE) for vote in votes.values())


def strongest_modality(fused: Fused, label: str) -> str:
    """The modality that speaks most for a label, against all other labels together."""
    return max(
        fused.by_modality,
        key=lambda m: _centred(fused.terms[m])[label],
        default="",
    )


def _term(
    name: str,
    vote: SenseVote,
    calibrated: Distribution,
    evidence: Sequence[Evidence],
    parameters: DecisionParameters,
) -> Terms:
    """The term of one of several senses: of a plug-in by its own calibration."""
    own = (p.calibration for p in evidence if p.modality == name and p.calibration)
    if calibration := next(own, None):
        return _plug_in_term(vote, calibration, parameters.other.value)
    return sense_term(name, calibrated, parameters)


def _plug_in_term(vote: SenseVote, own: Calibration, other: float) -> Terms:
    """The term of a plug-in by its own calibration, as `tools.calibration` fits it."""
    weight = other if own.weight is None else own.weight
    usual = own.usual or distribution({})
    return {
        e: weight
        * vote.quality
        * log(
            max(vote.distribution[e], _MIN_PLUG_IN_PROBABILITY)
            / max(usual[e], _MIN_PLUG_IN_PROBABILITY)
        )
        for e in BASIC_EMOTIONS
    }


def _log_ratios(vote: Distribution, added: float = 0.0) -> Terms:
    """Log-probabilities, less their mean (Aitchison 1986)."""
    return _centred(log_probabilities(vote, added))


def _centred(term: Terms) -> Terms:
    mean = sum(term.values()) / len(term)
    return {emotion: value - mean for emotion, value in term.items()}


def _conflicts(
    votes: Mapping[str, SenseVote], terms: Mapping[str, Terms]
) -> tuple[Conflict, ...]:
    """Pairs of modalities that speak against each other's labels, strongest first.

    What carries no weight is no conflict: neutral words say little of a smile.
    """
    tops = {name: top_emotion(vote.distribution) for name, vote in votes.items()}
    conflicts = [
        Conflict(
            modalities=(first, second),
            labels=(tops[first], tops[second]),
            amount=js_distance(votes[first].distribution, votes[second].distribution),
        )
        for first, second in combinations(votes, 2)
        if tops[first] != tops[second]
        and _speaks_against(terms[first], tops[first], tops[second])
        and _speaks_against(terms[second], tops[second], tops[first])
    ]
    return tuple(sorted(conflicts, key=lambda conflict: -conflict.amount))


def _speaks_against(term: Terms, label: str, other: str) -> bool:
    return term[label] - term[other] >= _MIN_CONFLICT_LOG_ODDS
