"""The argument: what the verdict comes to, what speaks for it and against it, and why.

Two to five claims: the conclusion and how sure it is, the strongest expert for it, the
strongest against it, why one weighs more, and what would change the answer.
"""

from collections.abc import Iterator
from typing import Literal

from affectgraph.graphs.claims.argument_facts import (
    cite_experts,
    cite_votes,
    nearest_precedent,
    quoted_words,
    reading_of,
    shown_facts,
    vote_of,
)
from affectgraph.graphs.claims.facts import MIN_LOG_ODDS, Facts
from affectgraph.graphs.claims.matching import WITHOUT_WORDS
from affectgraph.graphs.claims.render import render_claim
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.claims.verify_decision import (
    LIKELY,
    sure_because,
    weighs_more_because,
)
from affectgraph.graphs.schema import Claim
from affectgraph.graphs.schema.statements import (
    ChangeStatement,
    ConclusionStatement,
    ContributionStatement,
    CounterfactualStatement,
    ObservationStatement,
    ReadingStatement,
    Statement,
)
from affectgraph.graphs.translations import Translation
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion

_MAX_FACTS = 2
_MAX_OBSERVATIONS = 3


def argue(facts: Facts, language: Translation) -> list[Claim]:
    """The claims of the argument for the leading emotion.

    Args:
        facts: Evidence, cases and decision.
        language: The wording of the claims.

    Returns:
        Observations alone if no sense votes.
    """
    drafts = _argument(facts) if facts.votes else _observations(facts)
    return [
        Claim(
            text=render_claim(statements, language),
            cites=cites,
            supports=supports,
            statements=statements,
        )
        for statements, cites, supports in drafts
    ]


_Draft = tuple[tuple[Statement, ...], tuple[str, ...], bool]


def _argument(facts: Facts) -> Iterator[_Draft]:
    rival, opponent = _strongest_against(facts)
    parts = _log_odds(facts, rival)
    supporter = max(parts, key=lambda name: parts[name])
    yield _conclusion(facts)
    if parts[supporter] >= MIN_LOG_ODDS:
        yield _side(facts, supporter, rival, "for")
    if opponent:
        yield _side(facts, opponent, rival, "against")
        if parts[supporter] >= MIN_LOG_ODDS:
            yield _weighing(facts, parts, supporter, opponent, rival)
    elif supporter in facts.votes and (len(parts) == 1 or facts.confidence < LIKELY):
        yield _next_reading(facts, supporter)
    else:
        nothing = ContributionStatement(
            expert=None, emotion=facts.leading, rival=rival, side="against"
        )
        yield (nothing,), cite_votes(facts, facts.votes), True
    yield from _what_would_change(facts, supporter)


def _observations(facts: Facts) -> Iterator[_Draft]:
    """What was observed, where nothing votes: descriptions speak for themselves."""
    sides = {p.id: stance(p, facts.leading) for p in facts.evidence.values()}
    pieces = [p for p in facts.evidence.values() if sides[p.id] != "neither"]
    for piece in pieces[:_MAX_OBSERVATIONS]:
        observation = ObservationStatement(text=piece.observation)
        yield (observation,), (piece.id,), sides[piece.id] != "against"


def _log_odds(facts: Facts, rival: str) -> dict[str, float]:
    return {
        name: facts.log_odds(name, facts.leading, rival) or 0.0
        for name in facts.experts
    }


def _strongest_against(facts: Facts) -> tuple[str, str]:
    """The rival emotion, and the expert that speaks for it most; empty if none does.

    If none speaks for the runner-up, it is the emotion that any expert puts furthest
    above the leading one.
    """
    against = [(facts.runner_up, name) for name in facts.experts]
    others = [
        (emotion, name)
        for emotion in BASIC_EMOTIONS
        for name, vote in facts.votes.items()
        if top_emotion(vote) != facts.leading
    ]
    for pairs in (against, others):
        rival, expert = min(
            pairs,
            key=lambda pair: facts.log_odds(pair[1], facts.leading, pair[0]) or 0,
            default=(facts.runner_up, ""),
        )
        if (facts.log_odds(expert, facts.leading, rival) or 0) <= -MIN_LOG_ODDS:
            return rival, expert
    return facts.runner_up, ""


def _conclusion(facts: Facts) -> _Draft:
    reason, senses = sure_because(facts)
    conclusion = ConclusionStatement(
        label=facts.leading,
        rival=facts.runner_up,
        confidence=f"{facts.confidence:.2f}",
        reason=reason,
        senses=senses,
        abstains=facts.abstains,
    )
    return (conclusion,), cite_votes(facts, facts.votes), True


def _side(
    facts: Facts, expert: str, rival: str, side: Literal["for", "against"]
) -> _Draft:
    """The strongest argument on one side: who, what it reads, and what shows it."""
    supports = side == "for"
    contribution = ContributionStatement(
        expert=expert, emotion=facts.leading, rival=rival, side=side, most=True
    )
    favoured, other = (facts.leading, rival) if supports else (rival, facts.leading)
    if expert not in facts.votes:
        precedents, cites = nearest_precedent(facts, expert, favoured)
        cites = cites or cite_votes(facts, facts.votes)
        return (contribution, *precedents), cites, supports
    vote = vote_of(facts, expert)
    reading, emotion = reading_of(vote, favoured, other)
    shown = list(shown_facts(facts, vote, emotion))[:_MAX_FACTS]
    statements = [statement for statement, _ in shown]
    cites = (vote.id, *(piece.id for _, piece in shown))
    return (contribution, reading, *statements), cites, supports


def _weighing(
    facts: Facts, parts: dict[str, float], supporter: str, opponent: str, rival: str
) -> _Draft:
    """Why one side weighs more: one expert outweighs the other, or several do."""
    stronger, weaker = supporter, opponent
    if abs(parts[opponent]) > abs(parts[supporter]):
        stronger, weaker = opponent, supporter
    cites = cite_experts(facts, (stronger, weaker))
    for_it = [name for name in parts if parts[name] >= MIN_LOG_ODDS]
    if stronger == opponent and len(for_it) > 1:
        for_it.sort(key=lambda name: -parts[name])
        statements = tuple(
            _counted(facts, name, rival, parts[name]) for name in (*for_it, opponent)
        )
        return statements, cite_experts(facts, (*for_it, opponent)), True
    statement = ContributionStatement(
        expert=stronger,
        emotion=facts.leading,
        rival=rival,
        log_odds=f"{abs(parts[stronger]):.2f}",
        over=weaker,
        over_log_odds=f"{abs(parts[weaker]):.2f}",
        because=weighs_more_because(stronger, weaker, parts, facts),
    )
    return (statement,), cites, stronger == supporter


def _counted(
    facts: Facts, expert: str, rival: str, log_odds: float
) -> ContributionStatement:
    return ContributionStatement(
        expert=expert,
        emotion=facts.leading,
        rival=rival,
        side="for" if log_odds > 0 else "against",
        log_odds=f"{abs(log_odds):.2f}",
    )


def _next_reading(facts: Facts, sense: str) -> _Draft:
    """The second emotion of a sense that nothing speaks against."""
    vote = vote_of(facts, sense)
    shares = vote.distribution or {}
    second = sorted(BASIC_EMOTIONS, key=lambda e: -shares[e])[1]
    reading = ReadingStatement(
        sense=sense, emotion=second, share=f"{shares[second]:.2f}", rank=2
    )
    return (reading,), (vote.id,), False


def _what_would_change(facts: Facts, supporter: str) -> Iterator[_Draft]:
    """The answer without an expert, or else without the words that carry it."""
    experts = [supporter, *(name for name in facts.experts if name != supporter)]
    if len(experts) == 1:
        yield from _without_words(facts)
        return
    without = {name: facts.leading_without((name,)) for name in experts}
    for name, label in without.items():
        if label not in (None, facts.leading):
            change = CounterfactualStatement(without=(name,), label=label, changes=True)
            yield (change,), cite_experts(facts, [name]), False
            return
    same = CounterfactualStatement(
        without=tuple(experts), label=facts.leading, changes=False, each=True
    )
    yield (same,), cite_experts(facts, experts), True


def _without_words(facts: Facts) -> Iterator[_Draft]:
    """How much less probable the answer is without the words that carry it."""
    for piece in facts.evidence.values():
        if (quoted := quoted_words(piece, facts.leading)) is not None:
            measured = piece.measurements[WITHOUT_WORDS.format(facts.leading)]
            change = ChangeStatement(
                what=facts.leading,
                direction="falls",
                before=f"{measured.low:.2f}",
                after=f"{measured.value:.2f}",
                words=quoted.words,
            )
            yield (change,), (piece.id,), False
            return
