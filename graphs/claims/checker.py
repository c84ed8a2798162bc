"""The claim checker: no sentence of an explanation states more than its evidence."""

import re

from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.claims.parser import NotReadError, parse_claim
from affectgraph.graphs.claims.render import render_claim
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.claims.verify import statement_problem
from affectgraph.graphs.claims.words import QUOTED, emotion_of
from affectgraph.graphs.schema import Claim
from affectgraph.graphs.schema.statements import Statement
from affectgraph.graphs.translations import load_translations
from affectgraph.tools.language.forbidden_terms import forbidden_topic
from affectgraph.tools.sanitize import sanitize_text

_MAX_CHARACTERS = 300
# Words about a person's inner state, which can be neither seen nor heard.
_INNER_STATE = re.compile(
    r"\b(feel(?:s|ing|ings)?|felt|inner(?! brow)|inward(?:ly)?|inside|deep(?:ly)? down"
    r"|at heart|hearts?|soul|mind|mood|truly|really|genuine(?:ly)?|actually|secretly"
    r"|deeply|emotionally|experienc\w+|suffer\w*|go(?:es|ing) through|overwhelm\w*"
    r"|hid(?:es?|ing)|wants?"
    r"|wish(?:es)?|hopes?|longs?|believes?|true emotion|state of)\b"
)
_PERSON_IS = re.compile(
    r"\b(?:he|she|person|speaker|(?:wo)?man|someone)(?:'s| is| are| was| were| am"
    r"| must be| becomes?)(?: (?:a|an|very|quite|so|too|rather|\w+ly))* ([a-z]+)"
)
# Kinds that state a side themselves, or take none.
_SIDELESS = {
    "agreement", "conclusion", "contribution", "counterfactual", "precedent", "change"
}  # fmt: skip
_SENTENCE_END = re.compile(r"[.!?][\"”')]*$")
_SENTENCE_BREAK = re.compile(r"[.!?]\s+[A-Z]")


def claim_problem(claim: Claim, facts: Facts) -> str:
    """Why a claim must be rejected; empty if every statement in it is right.

    Args:
        claim: The claim. Unless its text is rendered from its statements, it is
            parsed, as what a model words.
        facts: What it is compared with.
    """
    return check_claim(claim, facts)[1]


def check_claim(claim: Claim, facts: Facts) -> tuple[Claim, str]:
    """The claim with the statements that it makes, and why it must be rejected."""
    if not claim.cites:
        return claim, "it cites nothing"
    for name in claim.cites:
        if name not in facts.evidence and name not in facts.cases:
            return claim, f"there is no evidence {name}"
    if not _is_rendered(claim):
        cited = [facts.evidence[n] for n in claim.cites if n in facts.evidence]
        repeated = any(claim.text == piece.observation for piece in cited)
        if problem := _form_problem(claim.text, repeated):
            return claim, problem
        try:
            statements = tuple(parse_claim(claim.text, claim.cites, facts))
        except NotReadError as error:
            return claim, str(error)
        claim = claim.model_copy(update={"statements": statements})
        if problem := _side_problem(claim, facts):
            return claim, problem
    return claim, _statements_problem(claim.statements, claim.cites, facts)


def _is_rendered(claim: Claim) -> bool:
    """Whether the text is what its statements are rendered as, in any language."""
    languages = load_translations().values()
    return bool(claim.statements) and claim.text in (
        render_claim(claim.statements, language) for language in languages
    )


def _statements_problem(
    statements: tuple[Statement, ...], cites: tuple[str, ...], facts: Facts
) -> str:
    problems = (statement_problem(one, cites, facts) for one in statements)
    return next(filter(None, problems), "")


def _side_problem(claim: Claim, facts: Facts) -> str:
    """A claim of what was perceived takes the side that its evidence takes."""
    if not facts.leading or any(s.kind in _SIDELESS for s in claim.statements):
        return ""
    cited = [facts.evidence[name] for name in claim.cites if name in facts.evidence]
    stances = {stance(piece, facts.leading) for piece in cited}
    if stances == {"against" if claim.supports else "for"}:
        return f"the evidence cited speaks {stances.pop()} {facts.leading}"
    return ""


def _form_problem(text: str, repeated: bool) -> str:
    """A claim is one short sentence about what is expressed, not what is felt."""
    if sanitize_text(text) != text:
        return "it holds control characters"
    outside_quotes = QUOTED.sub("", text).strip()
    complete = _SENTENCE_END.search(text) and not _SENTENCE_BREAK.search(outside_quotes)
    complete = complete and text.count("(") == text.count(")")
    if not outside_quotes or len(text) > _MAX_CHARACTERS or not (complete or repeated):
        return "it is not one short sentence"
    lowered = outside_quotes.lower()
    attributes = _PERSON_IS.findall(lowered)
    if _INNER_STATE.search(lowered) or any(map(emotion_of, attributes)):
        return "it states an inner feeling; say what is expressed"
    if topic := forbidden_topic(outside_quotes):
        return f"it speaks of {topic}; say what is expressed"
    return ""
