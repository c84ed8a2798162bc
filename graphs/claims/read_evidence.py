"""Readers of clauses about what the senses read, and how it compares and changes."""

from affectgraph.graphs.claims.clause import Clause
from affectgraph.graphs.claims.verify_evidence import MOVES
from affectgraph.graphs.schema.statements import (
    AgreementStatement,
    ChangeStatement,
    ComparisonStatement,
    QuotationStatement,
    ReadingStatement,
    Statement,
)


def read_without_words(clause: Clause) -> list[Statement]:
    """Read such as: Without 'miss' the sadness falls from 0.72 to 0.57."""
    numbers = [token.value for token in clause.numbers]
    if (
        not clause.only("quote without emotion number falls rises low high sense not")
        or len(clause.quotes) != 1
        or len(set(clause.emotions)) != 1
        or len(numbers) not in (0, 2)
        or not clause.has("falls rises low high")
    ):
        return []
    before, after = numbers or (None, None)
    return [
        ChangeStatement(
            what=clause.emotions[0],
            direction="rises" if clause.has("rises high") else "falls",
            before=before,
            after=after,
            words=clause.quotes[0],
            denied=clause.denied,
        )
    ]


def read_agreement(clause: Clause) -> list[Statement]:
    """Read such as: The face and the voice disagree: happy against angry."""
    allowed = "sense emotion agree disagree count not nothing against level reads"
    smiles = "happy expression high" in clause.values("level")
    if not clause.only(allowed) or clause.has("level") > smiles:
        return []
    senses = clause.experts
    if smiles and "face" not in senses:
        senses = (*senses, "face")
    if len(senses) == 1:
        senses = (*senses, *(s for s in clause.context.senses if s not in senses))
    if not senses:
        cited = clause.context.cited
        senses = tuple(dict.fromkeys(p.modality for p in cited if p.distribution))
    if len(senses) < 2:
        return []
    apart = clause.has("disagree")
    negated = clause.denied or clause.has("nothing")
    return [
        AgreementStatement(
            senses=senses, agree=apart == negated, emotions=tuple(clause.emotions)
        )
    ]


def read_change(clause: Clause) -> list[Statement]:
    """Read such as: The pitch rises, the face turns from neutral to happy."""
    if clause.emotions:
        return _read_turn(clause)
    allowed = "measure sense rises falls turn changes number end not to"
    numbers = clause.numbers
    if not clause.only(allowed) or len(numbers) > 1:
        return []
    if numbers and numbers[0].unit == "Hz":
        return []
    measures = dict.fromkeys(clause.values("measure"))
    if list(measures) != ["pitch"]:
        what = next(iter(measures), "")
        moves: list[str] = [what] if what else []
    else:
        wanted = ("ending",) if clause.has("end") else MOVES
        cited = clause.context.cited
        moves = [m for m in wanted if any(m in p.measurements for p in cited)]
    rises, falls = clause.has("rises"), clause.has("falls")
    if not moves or (rises and falls):
        return []
    return [
        ChangeStatement(
            what=moves[0],
            direction="rises" if rises else "falls" if falls else None,
            amount=numbers[0].value if numbers else None,
            unit=numbers[0].unit if numbers else None,
            denied=clause.denied,
        )
    ]


def _read_turn(clause: Clause) -> list[Statement]:
    allowed = "sense emotion turn changes since time later end instead not reads"
    emotions = clause.emotions
    if not clause.only(allowed) or not clause.sense or len(emotions) > 2:
        return []
    if len(emotions) == 1:
        before, after = None, emotions[0]
    elif clause.has("instead") or 0 <= clause.place("to") < clause.place("from"):
        after, before = emotions
    else:
        before, after = emotions
    times = clause.values("since") + clause.values("time")
    return [
        ChangeStatement(
            what=clause.sense,
            before=before,
            after=after,
            at=times[0] if times else None,
            direction="falls" if clause.has("end") else None,
            denied=clause.denied,
        )
    ]


def read_comparison(clause: Clause) -> list[Statement]:
    """Read such as: The face is more happy than neutral, or than the voice."""
    emotions = list(dict.fromkeys(clause.emotions))
    senses = list(clause.senses) or [clause.sense]
    if len(senses) == 1:
        senses *= 2
    if len(emotions) == 1 and len(clause.senses) == 2:
        emotions *= 2
    numbers = [token.value for token in clause.numbers]
    if (
        not clause.only(_COMPARISON_TAGS)
        or len(emotions) != 2
        or len(senses) != 2
        or not all(senses)
        or len(numbers) > 2
        or (emotions[0] != emotions[1]) == (senses[0] != senses[1])
    ):
        return []
    if len(numbers) == 1 and not _single_share(clause, numbers):
        return []
    if _names_lesser_first(clause):
        for pair in (emotions, senses, numbers):
            pair.reverse()
    return [
        ComparisonStatement(
            senses=(senses[0], senses[1]),
            emotions=(emotions[0], emotions[1]),
            shares=(numbers[0], numbers[1]) if len(numbers) == 2 else None,
            denied=clause.denied,
        ),
        *_single_share(clause, numbers),
    ]


def _single_share(clause: Clause, numbers: list[str]) -> list[Statement]:
    """The reading of the emotion whose number is stated, if only one is."""
    named = [one for one in clause.named_emotions() if one.number]
    if len(numbers) != 1 or len(named) != 1 or not clause.sense:
        return []
    (one,) = named
    return [
        ReadingStatement(
            sense=clause.sense,
            emotion=one.emotion,
            share=one.number,
            rank=2 if clause.emotions.index(one.emotion) > 0 else 1,
        )
    ]


_COMPARISON_TAGS = (
    "sense emotion number more less high low than not weigh against instead most reads "
    "reference rank agree for tends"
)


def _names_lesser_first(clause: Clause) -> bool:
    """Whether what a clause names first is the lesser: "less" or "compared with" it."""
    less = clause.has("less") or (clause.has("low") and not clause.has("more high"))
    tags = [token.tag for token in clause.tokens]
    reference_first = tags[:1] == ["reference"] or tags[:2] == ["more", "than"]
    named = clause.emotions
    # "Between sad and happy, it tends to happy" names the greater again.
    names_again = len(named) == 3 and named[2] == named[1] != named[0]
    return less != (reference_first or names_again)


def read_quotation(clause: Clause) -> list[Statement]:
    """Read such as: The word 'miss' carries the sadness."""
    allowed = (
        "quote sense emotion number span time since until most nearest add negate not "
        "reads"
    )
    emotions = clause.named_emotions()
    times = clause.values("time") + clause.values("since")
    ends = clause.has("until")
    if not clause.only(allowed) or len(clause.quotes) != 1 or len(emotions) > 1:
        return []
    if len(times) > 1 + ends:
        return []
    if not {*clause.senses} <= {"transcript"} or len(clause.numbers) > len(emotions):
        return []
    emotion = emotions[0] if emotions else None
    return [
        QuotationStatement(
            words=clause.quotes[0],
            emotion=emotion.emotion if emotion else None,
            share=emotion.number if emotion else None,
            negates=clause.has("negate"),
            denied=clause.denied,
            span=clause.span,
            starts=times[0] if times and not (ends and len(times) == 1) else None,
            ends=times[-1] if times and ends else None,
        )
    ]


def read_reading(clause: Clause) -> list[Statement]:
    """Read such as: The voice sounds angry (0.55), then neutral (0.28)."""
    named = clause.named_emotions()
    allowed = "sense emotion number span most nearest rank not reads agree for tends"
    sense = clause.sense or (clause.cited_sense if clause.has("rank reads") else "")
    if not clause.only(allowed) or not sense:
        return []
    # A second emotion that is affirmed must be said to come second.
    affirmed = [one for one in named if not one.denied and not one.second]
    if clause.has("agree") and len(clause.senses) > 1:
        return []
    if not named or len(affirmed) > 1 or len(clause.numbers) > len(named):
        return []
    return [
        ReadingStatement(
            sense=sense,
            emotion=one.emotion,
            share=one.number,
            rank=2 if one.second else 1,
            denied=one.denied,
            span=clause.span,
        )
        for one in named
    ]
