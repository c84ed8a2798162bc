"""Answer: a question about a verdict, read and put into words by the reasoner.

What the reasoner says of evidence passes the checker of claims or is dropped.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints, create_model

from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.reasoner.reasoner import (
    Reasoner,
    evidence_lines,
    literal_of,
    prompt,
)
from affectgraph.graphs.schema import Claim
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Evidence

_Text = Annotated[str, StringConstraints(min_length=10, max_length=160)]
_LONGEST_QUESTION = 300


def claims_about(
    question: str, label: str, pieces: Sequence[Evidence], reasoner: Reasoner
) -> tuple[list[Claim], list[str]]:
    """A sentence about each piece of evidence, in answer to a question.

    Args:
        question: As it was asked.
        label: The emotion that it is about.
        pieces: The evidence to tell of.
        reasoner: Who writes.

    Returns:
        The claims that stand, and why others do not.
    """
    sentence: Any = (_Text, ...)
    schema = create_model("Claims", **{piece.id: sentence for piece in pieces})
    task = prompt("answer", question=_quoted(question), label=label)
    answer = reasoner.ask(_context(pieces), task, schema)
    if answer.reply is None:
        return [], [f"{reasoner.name} wrote nothing ({answer.problem})"]
    known = {piece.id: piece for piece in pieces}
    drafted = [_claim(piece, answer.reply, label) for piece in pieces]
    reasons = [claim_problem(claim, known, {}, label) for claim in drafted]
    standing = [c for c, reason in zip(drafted, reasons, strict=True) if not reason]
    return standing, [f"a claim was dropped: {reason}" for reason in reasons if reason]


def topic_of(
    question: str, topics: Sequence[str], senses: Sequence[str], reasoner: Reasoner
) -> Mapping[str, str]:
    """What a question is about, as the reasoner reads it.

    Args:
        question: As it was asked.
        topics: What it may be about.
        senses: Modalities that it may name.
        reasoner: Who reads.

    Returns:
        `topic`, `emotion` and `sense`, those that there are; empty if it is none of
        these or the reply cannot be read.
    """
    choices = {
        "topic": [*topics, "other"],
        "emotion": [*BASIC_EMOTIONS, "none"],
        "sense": [*senses, "none"],
    }
    fields: dict[str, Any] = {n: (literal_of(c), ...) for n, c in choices.items()}
    schema = create_model("About", **fields)
    task = prompt("topic", question=_quoted(question))
    answer = reasoner.ask(_context(()), task, schema)
    if answer.reply is None:
        return {}
    read: dict[str, str] = answer.reply.model_dump()
    if read["topic"] not in topics:
        return {}
    return {name: value for name, value in read.items() if value != "none"}


def _context(pieces: Sequence[Evidence]) -> str:
    return prompt("context", evidence=evidence_lines(pieces))


def _claim(piece: Evidence, reply: BaseModel, label: str) -> Claim:
    """The sentence about a piece, on the side that the piece takes."""
    text: str = getattr(reply, piece.id)
    against = stance(piece, label) == "against"
    return Claim(text=text.strip(), cites=(piece.id,), supports=not against)


def _quoted(question: str) -> str:
    """The question on one line that cannot break out of its quotation marks."""
    return " ".join(question.split()).replace('"', "'")[:_LONGEST_QUESTION]
