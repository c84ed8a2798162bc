"""The claim checker: no sentence of an explanation states more than its evidence."""

import re
from collections.abc import Mapping, Sequence

from affectgraph.graphs.claims.lexicon import (
    NUMBER,
    QUOTED,
    emotion_of,
    emotions_in,
    unquoted,
)
from affectgraph.graphs.claims.rules import RULES, side_problem
from affectgraph.graphs.schema import Claim
from affectgraph.memory import Recalled
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.language.forbidden_terms import forbidden_topic
from affectgraph.tools.sanitize import sanitize_text

_MAX_CHARACTERS = 300
# Words about a person's inner state, which can be neither seen nor heard.
_INNER_STATE = re.compile(
    r"\b(feel(?:s|ing|ings)?|felt|inner|inward(?:ly)?|inside|deep(?:ly)? down|at heart"
    r"|hearts?|soul|mind|mood|truly|really|genuine(?:ly)?|actually|secretly|deeply"
    r"|emotionally|experienc\w+|suffer\w*|overwhelm\w*|hid(?:es?|ing|den)|wants?"
    r"|wish(?:es)?|hopes?|longs?|believes?|true emotion|state of)\b"
)
_PERSON_IS = re.compile(
    r"\b(?:he|she|they|person|speaker|(?:wo)?man|someone)(?:'s| is| are| was| were| am"
    r"| must be| becomes?)(?: (?:a|an|very|quite|so|too|rather|\w+ly))* ([a-z]+)"
)
_SENTENCE_END = re.compile(r"[.!?][\"”')]*$")
_SENTENCE_BREAK = re.compile(r"[.!?]\s+[A-Z]")
# Similarities are shown with two decimals; a coarser one could be another case's.
_SIMILARITY_TOLERANCE = 0.006


def claim_problem(
    claim: Claim,
    evidence: Mapping[str, Evidence],
    cases: Mapping[str, Recalled],
    label: str,
) -> str:
    """Why a claim must be rejected; empty if it passes every rule.

    Args:
        claim: The claim.
        evidence: All evidence, by id.
        cases: Recalled cases, by `C1`, `C2`, ... in the order of the verdict.
        label: The emotion that the explanation argues for.
    """
    if not claim.cites:
        return "it cites nothing"
    for name in claim.cites:
        if name not in evidence and name not in cases:
            return f"there is no evidence {name}"
    cited = [evidence[name] for name in claim.cites if name in evidence]
    repeated = any(claim.text == piece.observation for piece in cited)
    if problem := _form_problem(claim.text, repeated):
        return problem
    if not cited:
        return _case_problem(claim, [cases[name] for name in claim.cites])
    # A repeated observation is true; only its side can be wrong.
    for rule in (side_problem,) if repeated else RULES:
        if problem := rule(claim, cited, label):
            return problem
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


def _case_problem(claim: Claim, cases: Sequence[Recalled]) -> str:
    """A claim about cases names only their labels and similarities."""
    labels = {recalled.case.label for recalled in cases}
    if not set(emotions_in(unquoted(claim.text))) <= labels:
        return f"the cases cited are labelled {', '.join(sorted(labels))}"
    similarities = [round(recalled.similarity, 2) for recalled in cases]
    for number in NUMBER.findall(claim.text):
        if not any(
            abs(float(number) - similarity) < _SIMILARITY_TOLERANCE
            for similarity in similarities
        ):
            return f"{number} is not a similarity of the cases cited"
    return ""
