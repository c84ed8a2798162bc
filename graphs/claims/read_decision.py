"""Readers of clauses about the decision: what experts add, what would change it."""

from affectgraph.graphs.claims.clause import Clause, reads_only
from affectgraph.graphs.schema.statements import (
    ConclusionStatement,
    ContributionStatement,
    CounterfactualStatement,
    PrecedentStatement,
    Statement,
)


@reads_only(
    "without sense emotion still changes not nothing nolonger more most each reads "
    "instead agree turn"
)
def read_counterfactual(clause: Clause) -> list[Statement]:
    """Read such as: Without the face it would be angry."""
    facts, labels, each = clause.context.facts, clause.labels, clause.has("each")
    leading = facts.leading
    experts = clause.experts or (facts.experts if each else clause.context.senses)
    changes, denied = _changes_and_denied(clause)
    if len(labels) == 2 and leading in labels and clause.has("instead verdict"):
        changes = True
        labels = [label for label in labels if label != leading]
    elif labels == [leading] and not clause.has("without"):
        labels = []  # "The verdict of happy hinges on the face" names it as it is.
    if not experts or len(labels) > 1 or (changes is None and not labels):
        return []
    return [
        CounterfactualStatement(
            without=experts,
            label=labels[0] if labels else None,
            changes=changes,
            each=each,
            denied=denied,
        )
    ]


def _changes_and_denied(clause: Clause) -> tuple[bool | None, bool]:
    """Whether the answer changes, if that is said, and whether the label is denied."""
    if clause.has("nolonger"):
        return True, True
    if clause.has("changes"):
        return not (clause.denied or clause.has("nothing still agree")), False
    return (clause.denied if clause.has("still agree") else None), clause.denied


@reads_only(
    "case emotion number nearest more less than count id not most against instead reads"
)
def read_precedent(clause: Clause) -> list[Statement]:
    """Read such as: The nearest case is labelled sad (0.83)."""
    counts = clause.values("count")
    if not 0 < len(clause.labels) <= 2:
        return []
    if not {*clause.values("id")} <= {*clause.context.facts.cases}:
        return []
    if counts and (counts != ["1"] or not clause.numbers):
        return _read_case_count(clause, counts)
    if len(clause.labels) == 2:
        return _read_nearer_case(clause)
    if len(clause.numbers) > 1 or clause.has("than less"):
        return []
    place = clause.place("nearest")
    following = [token.tag for token in clause.tokens[place + 1 : place + 2]]
    nearest = "label" if following == ["emotion"] else "all"
    return [
        PrecedentStatement(
            label=clause.labels[0],
            similarity=clause.number,
            nearest=nearest if clause.has("nearest") else None,
            denied=clause.denied,
        )
    ]


def _read_case_count(clause: Clause, counts: list[str]) -> list[Statement]:
    """Read such as: Two of the three cases are sad."""
    if len(clause.labels) > 1 or clause.numbers or clause.denied:
        return []
    count, of = min(counts), max(counts)
    return [
        PrecedentStatement(
            label=clause.labels[0],
            count="all" if count == "all" else int(count),
            of=int(of) if len(counts) > 1 and of != "all" else None,
        )
    ]


def _read_nearer_case(clause: Clause) -> list[Statement]:
    """Read such as: The sad case is nearer (0.83) than the angry one (0.71)."""
    if not clause.has("more less nearest") or not clause.has("than against more"):
        return []
    step = -1 if clause.has("less") else 1
    nearer, farther = clause.labels[::step]
    numbers = [token.value for token in clause.numbers][::step]
    higher, lower = numbers if len(numbers) == 2 else (None, None)
    return [
        PrecedentStatement(
            label=nearer,
            similarity=higher,
            than=farther,
            than_similarity=lower,
            denied=clause.denied,
        )
    ]


@reads_only(
    "sense emotion number add for against most little nothing not weigh more less "
    "level than clearer trusted agree sure high low rank"
)
def read_contribution(clause: Clause) -> list[Statement]:
    """Read such as: The face adds 2.87 for happy, the face outweighs the voice."""
    if not (leading := clause.context.facts.leading):
        return []
    emotion = clause.emotions[0] if clause.emotions else leading
    if clause.has("nothing") or (clause.has("not") and not clause.experts):
        if clause.experts or clause.numbers or not clause.has("against"):
            return []
        return [ContributionStatement(expert=None, emotion=emotion, side="against")]
    experts = clause.experts or clause.context.senses
    if clause.has("level"):  # "The smile adds 2.87."
        experts = (*clause.experts, "face")
        if {*clause.values("level")} != {"happy expression high"} or clause.denied:
            return []
    if len(experts) == 2:
        return _read_outweighing(clause, emotion)
    if len(experts) == 1 and len(clause.numbers) <= 1 and len(clause.emotions) <= 2:
        return _read_one_expert(clause, experts[0], emotion)
    return []


def _read_one_expert(clause: Clause, expert: str, emotion: str) -> list[Statement]:
    """Read such as: The face adds 2.87 for happy."""
    little, rival, number = clause.has("little"), clause.rival, clause.number or ""
    against = clause.has("against") and not clause.has("for")
    if rival:
        if not (little or clause.has("against than")):
            return []
        # "For sad over neutral", "against sad over neutral".
        against = 0 <= clause.place("against") < clause.place("emotion")
    side = None if little or number.startswith("-") else "for"
    return [
        ContributionStatement(
            expert=expert,
            emotion=emotion,
            rival=rival,
            side="against" if against else side,
            log_odds=number.lstrip("-") or None,
            most=clause.has("most") and not clause.has("rank"),
            second=clause.has("rank"),
            little=little,
            denied=clause.denied,
        )
    ]


def _read_outweighing(clause: Clause, emotion: str) -> list[Statement]:
    """Read such as: The face outweighs the voice (2.87 against 1.20)."""
    if (
        len(clause.experts) != 2
        or not clause.has("weigh more less high low")
        or len(clause.numbers) not in (0, 2)
        or clause.denied
        or (clause.rival and not clause.has("against"))
        or len(clause.emotions) > 2
        or (clause.has("clearer") and clause.has("trusted"))
    ):
        return []
    step = -1 if clause.has("less low") else 1
    stronger, weaker = clause.experts[::step]
    numbers = [token.value.lstrip("-") for token in clause.numbers][::step]
    more, less = numbers or (None, None)
    because = "clearer" if clause.has("clearer") else None
    return [
        ContributionStatement(
            expert=stronger,
            emotion=emotion,
            rival=clause.rival,
            log_odds=more,
            side="for" if clause.emotions and not clause.has("against") else None,
            over=weaker,
            over_log_odds=less,
            because="trusted" if clause.has("trusted") else because,
        )
    ]


@reads_only("emotion number most not rank than more instead against sure unsure open")
def read_conclusion(clause: Clause) -> list[Statement]:
    """Read such as: It is happy (0.46) rather than angry."""
    label, *others = clause.labels
    compares = clause.has("than instead against rank open")
    if (
        clause.context.senses
        or not clause.context.facts.leading
        or len(others) > 1
        or len(clause.numbers) > 1
        or (clause.has("sure") and clause.has("unsure"))
        or (others and (clause.denied or not compares))
    ):
        return []
    return [
        ConclusionStatement(
            label=label,
            rival=others[0] if others else None,
            confidence=clause.number,
            sure=clause.has("sure") if clause.has("sure unsure") else None,
            abstains=clause.has("open"),
            denied=clause.denied,
        )
    ]


@reads_only("only judged most sense nearest")
def read_reason(clause: Clause) -> list[Statement]:
    """Read such as: Only the voice could be judged."""
    if not clause.senses:
        return []
    return [
        ConclusionStatement(
            label=clause.context.facts.leading,
            reason="one sense" if clause.has("judged") else "doubt",
            senses=clause.senses,
        )
    ]
