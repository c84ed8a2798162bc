"""Questions about a verdict: classified and answered by the reasoner.

Sentences about evidence pass the claim checker or are dropped.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import StringConstraints, create_model

from affectgraph.graphs.claims.checker import check_claim
from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.claims.stance import claim_about
from affectgraph.graphs.reasoner.prompt_builder import (
    format_evidence,
    literal_type,
    render_prompt,
)
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.schema import Claim
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Evidence

_Text = Annotated[str, StringConstraints(min_length=10, max_length=160)]
_MAX_QUESTION_CHARACTERS = 300


def answer_with_claims(
    question: str,
    label: str,
    pieces: Sequence[Evidence],
    facts: Facts,
    reasoner: Reasoner,
) -> tuple[list[Claim], list[str]]:
    """Answer a question with a sentence about each piece of evidence.

    Returns:
        The claims that the checker accepts, and why others were dropped.
    """
    sentence: Any = (_Text, ...)
    schema = create_model("Claims", **{piece.id: sentence for piece in pieces})
    task = render_prompt("answer", question=_quoted(question), label=label)
    answer = reasoner.ask(_context(pieces), task, schema)
    if answer.reply is None:
        return [], [f"{reasoner.name} wrote nothing ({answer.problem})"]
    claims, notes = [], []
    for piece in pieces:
        claim = claim_about(piece, getattr(answer.reply, piece.id).strip(), label)
        claim, problem = check_claim(claim, facts)
        if problem:
            notes.append(f"a claim was dropped: {problem}")
        else:
            claims.append(claim)
    return claims, notes


def classify_question(
    question: str, topics: Sequence[str], senses: Sequence[str], reasoner: Reasoner
) -> Mapping[str, str]:
    """Let the reasoner classify a question.

    Returns:
        `topic`, and `emotion` and `sense` if the question names one; empty for another
        topic or an unreadable reply.
    """
    choices = {
        "topic": [*topics, "other"],
        "emotion": [*BASIC_EMOTIONS, "none"],
        "sense": [*senses, "none"],
    }
    fields: dict[str, Any] = {n: (literal_type(c), ...) for n, c in choices.items()}
    schema = create_model("About", **fields)
    task = render_prompt("topic", question=_quoted(question))
    answer = reasoner.ask(_context(()), task, schema)
    if answer.reply is None:
        return {}
    classification: dict[str, str] = answer.reply.model_dump()
    if classification["topic"] not in topics:
        return {}
    return {name: value for name, value in classification.items() if value != "none"}


def _context(pieces: Sequence[Evidence]) -> str:
    return render_prompt("context", evidence=format_evidence(pieces))


def _quoted(question: str) -> str:
    """The question on one line, unable to break out of its quotation marks."""
    return " ".join(question.split()).replace('"', "'")[:_MAX_QUESTION_CHARACTERS]
