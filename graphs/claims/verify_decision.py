"""Verification of statements about the decision: the same sums again."""

from collections.abc import Sequence
from typing import Any, Literal

from affectgraph.graphs.claims.facts import MIN_LOG_ODDS, Facts
from affectgraph.graphs.claims.matching import is_written
from affectgraph.graphs.schema.statements import (
    ConclusionStatement,
    ContributionStatement,
    CounterfactualStatement,
    PrecedentStatement,
)
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence

# Confidence from which an answer is likely, and from which it is clear.
LIKELY, CLEAR = 0.55, 0.8
# A reading is clearer than another if its probability is higher by this much.
_MIN_CLEARER = 0.1
# A contribution that "hardly counts" is at most this large, in log-odds.
_MAX_LITTLE = 0.15

# Contributions whose ratio is lower hardly differ: no reason is given for it.
_MIN_RATIO = 1.05


def confidence_level(confidence: float) -> Literal["low", "fair", "high"]:
    """A confidence in words."""
    if confidence < LIKELY:
        return "low"
    return "high" if confidence >= CLEAR else "fair"


def verify_precedent(
    said: PrecedentStatement, _: list[Evidence], facts: Facts, cites: Sequence[str]
) -> str:
    """A case has that label and similarity."""
    cited = [facts.cases[name] for name in cites if name in facts.cases]
    labels = [case.case.label for case in facts.cases.values()]
    if not cited:
        return "it cites no case"
    if said.count is not None:
        count = len(labels) if said.count == "all" else said.count
        right = labels.count(said.label) == count and said.of in (None, len(labels))
        return "" if right else f"the cases are labelled {', '.join(labels)}"
    matching = [case for case in cited if case.case.label == said.label]
    if said.denied:
        return f"the case is labelled {said.label}" if matching else ""
    for case in matching:
        rivals = [c for c in facts.cases.values() if c is not case]
        if said.nearest == "label":
            rivals = [c for c in rivals if c.case.label == said.label]
        nearest = all(case.similarity >= rival.similarity for rival in rivals)
        others = [c for c in cited if c.case.label == said.than]
        less = said.than is None or any(
            case.similarity > other.similarity
            and is_written(said.than_similarity, other.similarity)
            for other in others
        )
        if (
            (nearest or said.nearest is None)
            and less
            and is_written(said.similarity, case.similarity)
        ):
            return ""
    return f"no case cited is {said.label} so"


def verify_counterfactual(
    said: CounterfactualStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
    """Without the terms of those experts that emotion leads."""
    unknown = [name for name in said.without if name not in facts.terms]
    if unknown or not said.without:
        return f"{' and '.join(unknown)} has no say that could be left out"
    if not any(_cites(name, cited, facts) for name in said.without):
        return f"it cites no evidence of {said.without[0]}"
    groups = [(name,) for name in said.without] if said.each else [said.without]
    for group in groups:
        leading = facts.leading_without(group)
        changes = leading != facts.leading
        names_it = said.label is None or (leading == said.label) != said.denied
        if leading is None or not names_it or said.changes not in (None, changes):
            return f"without {' and '.join(group)} it would be {leading or 'open'}"
    return ""


def verify_contribution(
    said: ContributionStatement, cited: list[Evidence], facts: Facts, _: Sequence[str]
) -> str:
    """An expert adds that much, for that emotion."""
    if not facts.terms or not facts.leading:
        return "no contribution is known"
    if said.expert not in (None, *facts.terms):
        return f"{said.expert} has no say"
    if said.expert is not None and not _cites(said.expert, cited, facts):
        return f"it cites no evidence of {said.expert}"
    problems = [_contribution_problem(said, r, facts) for r in _rivals(said, facts)]
    return "" if "" in problems else problems[0]


def _rivals(said: ContributionStatement, facts: Facts) -> list[str]:
    """The rival that is named, or the runner-up.

    Who speaks against an emotion, without a number, may do so for any other.
    """
    usual = facts.runner_up if said.emotion == facts.leading else facts.leading
    if said.rival or said.expert is None or said.side != "against" or said.log_odds:
        return [said.rival or usual]
    return [usual, *(e for e in BASIC_EMOTIONS if e not in (usual, said.emotion))]


def _contribution_problem(said: ContributionStatement, rival: str, facts: Facts) -> str:
    parts = {n: facts.log_odds(n, said.emotion, rival) or 0.0 for n in facts.experts}
    if said.expert is None:
        worst = min(parts, key=lambda name: parts[name])
        right = parts[worst] > -MIN_LOG_ODDS
        return "" if right else f"{worst} speaks against {said.emotion}"
    if _is_contribution(said, parts) and _is_because(said, parts, facts):
        return ""
    return f"{said.expert} adds {parts[said.expert]:+.2f} to {said.emotion}"


def _is_contribution(said: ContributionStatement, parts: dict[str, float]) -> bool:
    own = parts[said.expert or ""]
    sign = -1.0 if said.side == "against" else 1.0
    if said.denied:
        return abs(own) > _MAX_LITTLE if said.little else sign * own < MIN_LOG_ODDS
    same_side = [sign * part for part in parts.values()]
    return (
        (said.side is None or sign * own > 0)
        and is_written(said.log_odds, abs(own))
        and (not said.most or sign * own >= max(same_side))
        and (not said.second or sum(part > sign * own for part in same_side) == 1)
        and (not said.little or abs(own) <= _MAX_LITTLE)
        and (said.over is None or abs(own) > abs(parts.get(said.over, abs(own))))
        and (
            said.over_log_odds is None
            or is_written(said.over_log_odds, abs(parts[said.over or ""]))
        )
    )


def _is_because(
    said: ContributionStatement, parts: dict[str, float], facts: Facts
) -> bool:
    """Whether an expert outweighs another for the reason that is given."""
    if said.because is None:
        return True
    return said.because == weighs_more_because(
        said.expert or "", said.over or "", parts, facts
    )


def weighs_more_because(
    expert: str, other: str, parts: dict[str, float], facts: Facts
) -> Literal["clearer", "trusted"] | None:
    """Why a sense contributes more: trust times evidence, whichever differs more.

    Returns:
        `clearer` if its reading is surer, `trusted` if its trust is higher; None if
        neither is known or they hardly differ.
    """
    trusts = facts.trust(expert), facts.trust(other)
    known = min(trusts) > 0 and {expert, other} <= facts.votes.keys()
    ratio = abs(parts[expert] / parts[other]) if known and parts.get(other) else 0.0
    if ratio < _MIN_RATIO:
        return None
    by_trust = trusts[0] / trusts[1]
    if by_trust > 1.0 and by_trust * by_trust > ratio:
        return "trusted"
    first, second = (max(facts.votes[name].values()) for name in (expert, other))
    return "clearer" if first - second >= _MIN_CLEARER else None


def verify_conclusion(
    said: ConclusionStatement, _: list[Evidence], facts: Facts, __: Sequence[str]
) -> str:
    """The decision has that label, confidence and reason."""
    right = (
        (said.label == facts.leading) != said.denied
        and said.rival in (None, facts.runner_up)
        and is_written(said.confidence, facts.confidence)
        and (facts.abstains or not said.abstains)
        and (said.sure is None or said.sure == (facts.confidence >= LIKELY))
        and (said.reason is None or (said.reason, said.senses) == sure_because(facts))
    )
    return "" if right else f"it comes to {facts.leading} ({facts.confidence:.2f})"


def sure_because(facts: Facts) -> tuple[Any, tuple[str, ...]]:
    """What makes the answer as sure as it is, and the senses that it is about."""
    senses = tuple(facts.votes)
    if facts.unfamiliar:
        return "unfamiliar", senses
    if facts.conflicts:
        return "conflict", facts.conflicts[0].modalities
    if len(senses) == 1:
        return "one sense", senses
    tops = {name: top_emotion(vote) for name, vote in facts.votes.items()}
    leading = tuple(name for name in senses if tops[name] == facts.leading)
    return ("agreement" if len(leading) == len(senses) else "doubt"), leading


def _cites(expert: str, cited: list[Evidence], facts: Facts) -> bool:
    """Whether evidence of an expert is cited, if it is a sense."""
    modalities = {piece.modality for piece in cited}
    return expert not in facts.votes or expert in modalities
