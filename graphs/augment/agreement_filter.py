"""The agreement filter: judges must agree on the emotion and on the sentiment.

Lian et al. (2025), "AffectGPT", kept of 115,595 clips the 31,327 on which judges agree.
"""

from collections.abc import Mapping, Sequence
from math import log
from typing import Literal

from affectgraph.graphs.verdict.pooling import sense_term
from affectgraph.memory import Recalled
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    top_emotion,
)
from affectgraph.tools.evidence import Evidence, Fraction, Frozen
from affectgraph.tools.sense_votes import vote_by_modality

Sentiment = Literal["positive", "neutral", "negative"]
AgreementDecision = Literal["keep", "drop", "doubtful"]

# `label_source` of cases that the graph labelled: they may not vote on later labels.
GRAPH_SOURCE: Literal["affectgraph"] = "affectgraph"

# A label is kept if at least two judges vote and two thirds of them agree.
_MIN_AGREEMENT = 2 / 3
_MIN_JUDGES = 2
# With less agreement than this a label is not doubtful but contradicted.
_MIN_UNCONTRADICTED = 1 / 2

# A label less probable than this is doubtful even if the judges agree: a count of votes
# ignores how certain they are. Of 793 voices unheard in training, 0.84 of the labels
# kept are then right, not 0.80, and 0.83 are kept, not 0.89.
_MIN_PROBABILITY = 1 / 2

# A vote that makes its label no more than twice as likely as the other emotions are on
# average is no judge's: neutral words are the rule in speech of any emotion.
_MIN_LOG_ODDS = log(2.0)

_MAX_NEAREST_CASES = 3
_SENTIMENTS: dict[Sentiment, tuple[str, ...]] = {
    "positive": ("happy",),
    "neutral": ("neutral", "surprise"),
    "negative": ("sad", "angry", "fear", "disgust"),
}


class Vote(Frozen):
    """The vote of one judge.

    Attributes:
        judge: A modality, `memory` or `reasoner`.
        label: The most probable emotion.
        share: Its probability.
        sentiment: Sentiment of the whole distribution.
    """

    judge: str
    label: str
    share: Fraction
    sentiment: Sentiment


class AgreementResult(Frozen):
    """Result of the agreement filter.

    Attributes:
        label: The label.
        votes: The votes of all judges.
        emotion: Share of the judges that give the label.
        sentiment: Share of the judges that give its sentiment.
        decision: `keep`, `drop`, or `doubtful`: for a person to review.
        reason: Why.
    """

    label: str
    votes: tuple[Vote, ...]
    emotion: Fraction
    sentiment: Fraction
    decision: AgreementDecision
    reason: str


def sentiment_of(shares: Distribution) -> Sentiment:
    """Sentiment of a distribution: the one with the most probability.

    Surprise counts as neutral. If several negative emotions share more probability than
    neutral has, the label can be neutral while the sentiment is negative.
    """
    return max(_SENTIMENTS, key=lambda s: sum(shares[e] for e in _SENTIMENTS[s]))


def check_agreement(
    label: str, judges: Mapping[str, Distribution], probability: float = 1.0
) -> AgreementResult:
    """Check whether judges agree with a label and with its sentiment.

    Args:
        label: One of the basic emotions.
        judges: Distribution of each judge, by name; none of them made the label.
        probability: Probability that the label's maker gives it.
    """
    votes = tuple(
        Vote(
            judge=name,
            label=top_emotion(d),
            share=d[top_emotion(d)],
            sentiment=sentiment_of(d),
        )
        for name, d in judges.items()
    )
    agreeing = [vote for vote in votes if vote.label == label]
    same_sentiment = [vote for vote in votes if label in _SENTIMENTS[vote.sentiment]]
    emotion = len(agreeing) / max(len(votes), 1)
    sentiment = len(same_sentiment) / max(len(votes), 1)
    decision, reason = _decide(label, votes, emotion, sentiment)
    if decision == "keep" and probability < _MIN_PROBABILITY:
        decision = "doubtful"
        reason = f"{label} is not even likely ({probability:.2f}), though {reason}"
    return AgreementResult(
        label=label,
        votes=votes,
        emotion=emotion,
        sentiment=sentiment,
        decision=decision,
        reason=reason,
    )


def collect_judges(
    evidence: Sequence[Evidence],
    cases: Sequence[Recalled],
    reasoner_vote: Distribution | None = None,
) -> dict[str, Distribution]:
    """The judges of one clip: senses, nearest cases and reasoner.

    Fusion is no judge, since it made the label, nor is a sense whose vote hardly moves
    the answer. Cases are found by what the senses perceived, so these two are less
    independent than two senses.

    Args:
        evidence: Evidence of the senses.
        cases: Recalled cases; those that the graph labelled do not vote.
        reasoner_vote: Vote of the reasoner; None if it did not vote.
    """
    judges = {
        name: vote
        for name, (vote, _) in vote_by_modality(evidence).items()
        if not is_uninformative(name, vote)
    }
    if (memory_vote := _memory_vote(cases)) is not None:
        judges["memory"] = memory_vote
    if reasoner_vote is not None:
        judges["reasoner"] = reasoner_vote
    return judges


def is_uninformative(modality: str, vote: Distribution) -> bool:
    """Whether the vote of a sense hardly moves the answer."""
    term, label = sense_term(modality, vote), top_emotion(vote)
    mean = sum(term.values()) / len(term)
    return term[label] - mean < _MIN_LOG_ODDS


def _decide(
    label: str, votes: Sequence[Vote], emotion: float, sentiment: float
) -> tuple[AgreementDecision, str]:
    labels = ", ".join(f"{vote.judge} {vote.label}" for vote in votes)
    labels = labels or "nobody judges"
    if len(votes) < _MIN_JUDGES:
        return "doubtful", f"too few judges ({labels})"
    if emotion < _MIN_UNCONTRADICTED:
        return "drop", f"most judges do not say {label} ({labels})"
    if emotion < _MIN_AGREEMENT:
        return "doubtful", f"the judges are split over {label} ({labels})"
    if sentiment < _MIN_AGREEMENT:
        sentiments = ", ".join(f"{vote.judge} {vote.sentiment}" for vote in votes)
        return "doubtful", f"the judges are split over the sentiment ({sentiments})"
    return "keep", f"the judges agree on {label} ({labels})"


def _memory_vote(cases: Sequence[Recalled]) -> Distribution | None:
    """The labels of the nearest cases, weighted by similarity; None without any."""
    independent = [r for r in cases if r.case.label_source != GRAPH_SOURCE]
    independent.sort(key=lambda recalled: -recalled.similarity)
    nearest = independent[:_MAX_NEAREST_CASES]
    if not sum(recalled.similarity for recalled in nearest):
        return None
    shares = dict.fromkeys(BASIC_EMOTIONS, 0.0)
    for recalled in nearest:
        shares[recalled.case.label] += recalled.similarity
    return distribution(shares)
