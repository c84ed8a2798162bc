"""Parser of worded claims: English text to the statements that it makes.

It reads the forms of `statements` and no others: a sentence with a word outside the
vocabulary, or with a part that no field holds, is not read.
"""

from collections.abc import Sequence
from dataclasses import replace

from affectgraph.graphs.claims.clause import Clause, ClauseContext
from affectgraph.graphs.claims.clause_readers import READERS
from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.claims.words import Token, tag_words
from affectgraph.graphs.schema.statements import (
    AgreementStatement,
    ObservationStatement,
    Statement,
)

_BREAK_MARKS = (";", ":")
_JOINING = {"and", "with"}


class NotReadError(ValueError):
    """A sentence that the parser cannot read, and why."""


def parse_claim(text: str, cites: Sequence[str], facts: Facts) -> list[Statement]:
    """The statements of a sentence.

    Args:
        text: The sentence.
        cites: Ids of the evidence and cases that it cites.
        facts: What is known; it says which measurement a name stands for.

    Raises:
        NotReadError: If a clause cannot be read.
    """
    cited = tuple(facts.evidence[name] for name in cites if name in facts.evidence)
    if any(piece.observation == text for piece in cited):
        return [ObservationStatement(text=text)]
    modalities = {piece.modality for piece in facts.evidence.values()}
    tokens = [
        Token("sense", token.word, token.word) if token.word in modalities else token
        for token in tag_words(text)
    ]
    unknown = [token.word for token in tokens if token.tag == "unknown"]
    if unknown:
        raise NotReadError(f"{unknown[0]!r} is not a word that can be verified")
    statements = _read(tokens, ClauseContext(facts, cited))
    if not statements:
        raise NotReadError("it cannot be read as a claim that can be verified")
    return statements


def _read(tokens: list[Token], context: ClauseContext) -> list[Statement]:
    """Read tokens as several clauses, as one, or as several with weaker breaks."""
    for breaks in (_BREAK_MARKS, ()):
        if not breaks and (read := _read_clause(Clause(tokens, context))):
            return read
        for at in range(1, len(tokens) - 1):
            apart = tokens[at].value in breaks if breaks else _breaks(tokens[at])
            if apart and (read := _read_parts(tokens[:at], tokens[at + 1 :], context)):
                return read
    return []


def _read_parts(
    first: list[Token], rest: list[Token], context: ClauseContext
) -> list[Statement]:
    """Read a clause and what follows it; nothing if either cannot be read."""
    clause = Clause(first, context)
    if not (left := _read_clause(clause)):
        return []
    compared = (s.senses for s in left if isinstance(s, AgreementStatement))
    following = replace(
        context,
        senses=clause.senses or next(compared, context.senses),
        of_cases=clause.has("case"),
    )
    right = _read(rest, following)
    return left + right if right else []


def _read_clause(clause: Clause) -> list[Statement]:
    for groups, reader in READERS:
        if all(clause.has(group) for group in groups) and (read := reader(clause)):
            return read
    return []


def _breaks(token: Token) -> bool:
    joins = token.tag == "fill" and token.word in _JOINING
    return token.tag == "break" or joins or token.value in (",", *_BREAK_MARKS)
