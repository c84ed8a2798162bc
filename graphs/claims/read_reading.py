"""Readers of clauses about what a sense reads, and which words it reads it from."""

from affectgraph.graphs.claims.clause import Clause, reads_only
from affectgraph.graphs.schema.statements import (
    QuotationStatement,
    ReadingStatement,
    Statement,
)


@reads_only(
    "sense emotion number span most nearest rank not reads agree for tends instead sure"
)
def read_reading(clause: Clause) -> list[Statement]:
    """Read such as: The voice sounds angry (0.55), then neutral (0.28)."""
    named = clause.named_emotions()
    # A second emotion that is affirmed must be said to come second.
    affirmed = [one for one in named if not one.denied and not one.second]
    if (
        not clause.sense
        or len(affirmed) > 1
        or len(clause.numbers) > len(named)
        or (clause.has("agree") and len(clause.senses) > 1)
    ):
        return []
    return [
        ReadingStatement(
            sense=clause.sense,
            emotion=one.emotion,
            share=one.number,
            rank=2 if one.second else 1,
            denied=one.denied,
            span=clause.span,
        )
        for one in named
    ]


@reads_only(
    "quote sense emotion number span time since until most nearest add negate not "
    "reads for sure"
)
def read_quotation(clause: Clause) -> list[Statement]:
    """Read such as: The word 'miss' carries the sadness."""
    named = clause.named_emotions()
    times = clause.values("time") + clause.values("since")
    ends = clause.has("until")
    if (
        len(clause.quotes) != 1
        or not {*clause.senses} <= {"transcript"}
        or len(named) > 1
        or len(clause.numbers) > len(named)
        or len(times) > 1 + ends
    ):
        return []
    return [
        QuotationStatement(
            words=clause.quotes[0],
            emotion=named[0].emotion if named else None,
            share=named[0].number if named else None,
            negates=clause.has("negate"),
            denied=clause.denied,
            span=clause.span,
            starts=times[0] if len(times) > ends else None,
            ends=times[-1] if times and ends else None,
        )
    ]
