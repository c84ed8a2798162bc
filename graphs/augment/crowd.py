"""The high filter: a crowd of judges has to agree on the emotion and the sentiment.

Lian et al. (2025), "AffectGPT", kept of 115,595 clips the 31,327 on which judges agree.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from affectgraph.graphs.verdict.nodes.fuse import pool_parameters, vote_by_modality
from affectgraph.memory import Recalled
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    top_emotion,
)
from affectgraph.tools.evidence import Evidence, Fraction, Frozen

Sentiment = Literal["positive", "neutral", "negative"]
Decision = Literal["keep", "drop", "doubtful"]

# What the graph labels its cases with: they may not vote on what it labels next.
OURS: Literal["affectgraph"] = "affectgraph"

# One dissenter in three is borne with, two judges have to be of one mind.
_AGREED = 2 / 3
_FEWEST = 2
# With less than half of the judges a label is not in doubt but contradicted.
_CONTRADICTED = 1 / 2

# A label that is as likely wrong as right is in doubt, whoever agrees: counting heads
# forgets how sure they are. Of 793 voices unheard in training the labels kept are then
# right at 0.84, not 0.80, and 0.83 are kept, not 0.89.
_LIKELY = 1 / 2

# What a sense says of more clips than this, whatever they express, is no vote: neutral
# words are the rule (0.45 of takes) in speech of any emotion.
_THE_RULE = 0.4

_NEAREST = 3
_SENTIMENTS: dict[Sentiment, tuple[str, ...]] = {
    "positive": ("happy",),
    "neutral": ("neutral", "surprise"),
    "negative": ("sad", "angry", "fear", "disgust"),
}


class Vote(Frozen):
    """What one judge says.

    Attributes:
        judge: A modality, `memory` or `reasoner`.
        label: The emotion.
        share: Its probability.
        sentiment: Of the whole distribution.
    """

    judge: str
    label: str
    share: Fraction
    sentiment: Sentiment


class Crowd(Frozen):
    """What a crowd of judges says about a label.

    Attributes:
        label: The label.
        votes: Every judge's.
        emotion: Share of the judges that give the label.
        sentiment: Share of the judges that give its sentiment.
        decision: `keep`, `drop`, or `doubtful`: for people to decide.
        reason: Why.
    """

    label: str
    votes: tuple[Vote, ...]
    emotion: Fraction
    sentiment: Fraction
    decision: Decision
    reason: str


def sentiment(shares: Distribution) -> Sentiment:
    """Whether a distribution is positive, neutral or negative as a whole.

    Surprise is neither good nor bad. Where several negative emotions share what a
    neutral one has alone, the label is neutral and the sentiment is not.
    """
    return max(_SENTIMENTS, key=lambda s: sum(shares[e] for e in _SENTIMENTS[s]))


def crowd(
    label: str, judges: Mapping[str, Distribution], probability: float = 1.0
) -> Crowd:
    """Let judges say whether they agree with a label, and with its sentiment.

    Args:
        label: One of the basic emotions.
        judges: What each says, by name; none of them may have made the label.
        probability: Of the label, as whoever made it has it.
    """
    votes = tuple(
        Vote(
            judge=name,
            label=top_emotion(d),
            share=d[top_emotion(d)],
            sentiment=sentiment(d),
        )
        for name, d in judges.items()
    )
    agreed = [vote for vote in votes if vote.label == label]
    akin = [vote for vote in votes if label in _SENTIMENTS[vote.sentiment]]
    emotion = len(agreed) / max(len(votes), 1)
    tone = len(akin) / max(len(votes), 1)
    decision, reason = _decided(label, votes, emotion, tone)
    if decision == "keep" and probability < _LIKELY:
        decision = "doubtful"
        reason = f"{label} is not even likely ({probability:.2f}), though {reason}"
    return Crowd(
        label=label,
        votes=votes,
        emotion=emotion,
        sentiment=tone,
        decision=decision,
        reason=reason,
    )


def judges(
    evidence: Sequence[Evidence],
    cases: Sequence[Recalled],
    told: Distribution | None = None,
) -> dict[str, Distribution]:
    """What there is of judges for one clip; fusion, which made its label, is none.

    Each sense that has more to say than it always has, the nearest cases, and the
    reasoner. What a sense found is also what the cases were found by, so these two are
    less of a crowd than a sense and another.

    Args:
        evidence: Of the senses.
        cases: That were recalled; those that the graph labelled itself do not vote.
        told: What the reasoner says, where it was asked.
    """
    found = {
        name: vote
        for name, (vote, _) in vote_by_modality(evidence).items()
        if not is_the_rule(name, vote)
    }
    remembered = _memory_vote(cases)
    if remembered is not None:
        found["memory"] = remembered
    if told is not None:
        found["reasoner"] = told
    return found


def is_the_rule(modality: str, vote: Distribution) -> bool:
    """A sense has no more to say than it has of most clips, whatever they express."""
    usual = pool_parameters().usual.get(modality)
    if usual is None:
        return False
    favourite = top_emotion(vote)
    return usual[favourite] >= _THE_RULE or vote[favourite] <= usual[favourite]


def _decided(
    label: str, votes: Sequence[Vote], emotion: float, tone: float
) -> tuple[Decision, str]:
    said = ", ".join(f"{vote.judge} {vote.label}" for vote in votes) or "nobody judges"
    if len(votes) < _FEWEST:
        return "doubtful", f"too few judges ({said})"
    if emotion < _CONTRADICTED:
        return "drop", f"most judges do not say {label} ({said})"
    if emotion < _AGREED:
        return "doubtful", f"the judges are split over {label} ({said})"
    if tone < _AGREED:
        tones = ", ".join(f"{vote.judge} {vote.sentiment}" for vote in votes)
        return "doubtful", f"the judges are split over the sentiment ({tones})"
    return "keep", f"the judges agree on {label} ({said})"


def _memory_vote(cases: Sequence[Recalled]) -> Distribution | None:
    """The labels of the nearest cases, each by how similar it is."""
    others = [one for one in cases if one.case.label_source != OURS]
    nearest = sorted(others, key=lambda one: -one.similarity)[:_NEAREST]
    if not sum(one.similarity for one in nearest):
        return None
    shares = dict.fromkeys(BASIC_EMOTIONS, 0.0)
    for one in nearest:
        shares[one.case.label] += one.similarity
    return distribution(shares)
