"""Readers of clauses about the decision: what experts add, what would change it."""

from affectgraph.graphs.claims.clause import Clause
from affectgraph.graphs.schema.statements import (
    ConclusionStatement,
    ContributionStatement,
    CounterfactualStatement,
    PrecedentStatement,
    Statement,
)


def read_counterfactual(clause: Clause) -> list[Statement]:
    """Read such as: Without the face it would be angry."""
    allowed = (
        "without sense emotion still changes not nothing nolonger more most each reads "
        "instead agree turn"
    )
    experts = clause.experts or clause.context.senses
    each = clause.has("each")
    if each and not clause.experts:
        experts = clause.context.facts.experts
    label = list(dict.fromkeys(clause.emotions))
    leading = clause.context.facts.leading
    replaces = len(label) == 2 and leading in label and clause.has("instead verdict")
    # "The verdict of happy hinges on the face" names the label as it is.
    if replaces or (label == [leading] and not clause.has("without")):
        label.remove(leading)
    if not clause.only(allowed) or not experts or len(label) > 1:
        return []
    denied = clause.denied
    changes: bool | None = None
    if clause.has("nolonger"):
        changes = denied = True
    elif clause.has("changes"):
        changes = not (denied or clause.has("nothing"))
        denied = False
        if clause.has("still agree"):
            changes = False
    elif clause.has("still agree"):
        changes = denied
    if replaces:
        changes = True
    if changes is None and not label:
        return []
    return [
        CounterfactualStatement(
            without=experts,
            label=label[0] if label else None,
            changes=changes,
            each=each,
            denied=denied,
        )
    ]


def read_precedent(clause: Clause) -> list[Statement]:
    """Read such as: The nearest case is labelled sad (0.83)."""
    allowed = (
        "case emotion number nearest more less than count id not most against instead "
        "reads"
    )
    ids = clause.values("id")
    labels = list(dict.fromkeys(clause.emotions))
    if not clause.only(allowed) or not 0 < len(labels) <= 2:
        return []
    if not set(ids) <= {*clause.context.facts.cases}:
        return []
    counts = clause.values("count")
    if counts == ["1"] and clause.numbers:
        counts = []
    if counts:
        if len(labels) > 1 or clause.numbers or clause.denied:
            return []
        count, of = min(counts), max(counts)
        return [
            PrecedentStatement(
                label=labels[0],
                count="all" if count == "all" else int(count),
                of=int(of) if len(counts) > 1 and of != "all" else None,
            )
        ]
    numbers = [token.value for token in clause.numbers]
    if len(labels) == 2:
        if not clause.has("more less nearest") or not clause.has("than against more"):
            return []
        if clause.has("less"):
            labels.reverse()
            numbers.reverse()
        first, second = numbers if len(numbers) == 2 else (None, None)
        return [
            PrecedentStatement(
                label=labels[0],
                similarity=first,
                than=labels[1],
                than_similarity=second,
                denied=clause.denied,
            )
        ]
    if len(numbers) > 1 or clause.has("than less"):
        return []
    nearest = clause.place("nearest")
    following = clause.tokens[nearest + 1 : nearest + 2]
    of_label = nearest >= 0 and bool(following) and following[0].tag == "emotion"
    return [
        PrecedentStatement(
            label=labels[0],
            similarity=numbers[0] if numbers else None,
            nearest=None if nearest < 0 else "label" if of_label else "all",
            denied=clause.denied,
        )
    ]


def read_contribution(clause: Clause) -> list[Statement]:
    """Read such as: The face adds 2.87 for happy, the face outweighs the voice."""
    allowed = (
        "sense emotion number add for against most little nothing not weigh more less "
        "level than clearer trusted agree sure high low rank"
    )
    leading = clause.context.facts.leading
    if not clause.only(allowed) or not leading:
        return []
    emotion = next(iter(clause.emotions), leading)
    if clause.has("nothing") or (clause.has("not") and not clause.experts):
        if clause.experts or clause.numbers or not clause.has("against"):
            return []
        return [ContributionStatement(expert=None, emotion=emotion, side="against")]
    numbers = [token.value.lstrip("-") for token in clause.numbers]
    experts = clause.experts or clause.context.senses
    if clause.has("level"):
        experts = (*clause.experts, "face")
        if {*clause.values("level")} != {"happy expression high"} or clause.denied:
            return []
    if len(experts) == 2:
        return _read_outweighing(clause, emotion, numbers)
    if len(experts) != 1 or len(numbers) > 1 or len(clause.emotions) > 2:
        return []
    against = clause.has("against") and not clause.has("for")
    if len(clause.emotions) == 2:  # "For sad over neutral", "against sad over neutral".
        against = 0 <= clause.place("against") < clause.place("emotion")
    rival = clause.emotions[1] if len(clause.emotions) == 2 else None
    if rival and not (clause.has("against than") or clause.has("little")):
        return []
    signed = clause.numbers and clause.numbers[0].value.startswith("-")
    little = clause.has("little")
    side = None if little or (signed and not against) else "for"
    return [
        ContributionStatement(
            expert=experts[0],
            emotion=emotion,
            rival=rival,
            side="against" if against else side,
            log_odds=numbers[0] if numbers else None,
            most=clause.has("most") and not clause.has("rank"),
            second=clause.has("rank"),
            little=little,
            denied=clause.denied,
        )
    ]


def _read_outweighing(
    clause: Clause, emotion: str, numbers: list[str]
) -> list[Statement]:
    if not clause.has("weigh more less high low") or len(numbers) not in (0, 2):
        return []
    rival = clause.emotions[1] if len(clause.emotions) == 2 else None
    if clause.denied or (rival and not clause.has("against")):
        return []
    if len(clause.emotions) > 2 or (clause.has("clearer") and clause.has("trusted")):
        return []
    because = "clearer" if clause.has("clearer") else None
    first, second = clause.experts
    if clause.has("less low"):
        first, second = second, first
        numbers.reverse()
    more, less = numbers or (None, None)
    return [
        ContributionStatement(
            expert=first,
            emotion=emotion,
            rival=rival,
            log_odds=more,
            side="for" if clause.emotions and not clause.has("against") else None,
            over=second,
            over_log_odds=less,
            because="trusted" if clause.has("trusted") else because,
        )
    ]


def read_conclusion(clause: Clause) -> list[Statement]:
    """Read such as: It is happy (0.46) rather than angry."""
    emotions = list(dict.fromkeys(clause.emotions))
    allowed = "emotion number most not rank than more instead against sure unsure open"
    if not clause.only(allowed) or clause.context.senses or len(emotions) > 2:
        return []
    if len(clause.numbers) > 1 or not clause.context.facts.leading:
        return []
    compares = clause.has("than instead against rank open")
    if clause.has("sure") and clause.has("unsure"):
        return []
    if len(emotions) == 2 and (clause.denied or not compares):
        return []
    return [
        ConclusionStatement(
            label=emotions[0],
            rival=emotions[1] if len(emotions) == 2 else None,
            confidence=clause.numbers[0].value if clause.numbers else None,
            sure=clause.has("sure") if clause.has("sure unsure") else None,
            abstains=clause.has("open"),
            denied=clause.denied,
        )
    ]


def read_reason(clause: Clause) -> list[Statement]:
    """Read such as: Only the voice could be judged."""
    if not clause.only("only judged most sense nearest") or not clause.senses:
        return []
    return [
        ConclusionStatement(
            label=clause.context.facts.leading,
            reason="one sense" if clause.has("judged") else "doubt",
            senses=clause.senses,
        )
    ]
