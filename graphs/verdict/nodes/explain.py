"""Explain: the argument for the decision, as claims verified field by field."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from langgraph.runtime import Runtime
from pydantic import StringConstraints, create_model

from affectgraph.graphs.claims.argument import argue
from affectgraph.graphs.claims.checker import check_claim, claim_problem
from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.reasoner.prompt_builder import render_prompt
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.schema import Claim, ModelUsage
from affectgraph.graphs.translations import Translation, load_translations
from affectgraph.graphs.verdict.claim_facts import facts_of_state
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.tools.clip.language import ENGLISH

_Text = Annotated[str, StringConstraints(min_length=10, max_length=300)]
# Fields that say what a statement is about.
_POINT = ("expert", "over", "label", "without", "what", "sense", "emotion", "words")
# Embedded models word claims no better than the templates: docs/benchmarks.md.
_UNASKED = "embedded"


def explain(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Write the argument; a capable reasoner may word its claims."""
    context, facts = runtime.context, facts_of_state(state)
    language, notes = _language(context)
    claims = [c for c in argue(facts, language) if not claim_problem(c, facts)]
    reasoner = _writer(context)
    if reasoner is None or not claims:
        return {"claims": claims, "explained_by": "template", "notes": notes}
    exhausted = context.budget.exhausted_notes(
        state.get("spent", ModelUsage()), "the claims are worded by templates"
    )
    if exhausted:
        notes += exhausted
        return {"claims": claims, "explained_by": "template", "notes": notes}
    runtime.stream_writer({"node": "explain", "event": "asking"})
    worded, usage, problems = word_claims(claims, facts, reasoner)
    return {
        "claims": worded,
        "explained_by": "template" if worded == claims else "llm",
        "spent": usage,
        "notes": [*notes, *problems],
    }


def _writer(context: Context) -> Reasoner | None:
    """The reasoner that words the claims: in English, if it does so well."""
    reasoner = context.reasoner
    if reasoner is None or context.explain_in != ENGLISH:
        return None
    return None if reasoner.name.partition(":")[0] == _UNASKED else reasoner


def _language(context: Context) -> tuple[Translation, list[str]]:
    """The wording to explain in, and a note if there is none in the language asked."""
    code, translations = context.explain_in, load_translations()
    if code in translations:
        note = (
            f"explained in {translations[code].name} by templates: what a language "
            "model writes is read in English only"
        )
        unasked = context.reasoner is not None and code != ENGLISH
        return translations[code], [note] if unasked else []
    codes = ", ".join(translations)
    note = f"explained in English: no wording in {code!r}, only {codes}"
    return translations[ENGLISH], [note]


def word_claims(
    claims: Sequence[Claim], facts: Facts, reasoner: Reasoner
) -> tuple[list[Claim], ModelUsage, list[str]]:
    """Let a reasoner word claims; one that fails its check keeps the template's words.

    Returns:
        The claims, what the reasoner used, and why wordings were dropped.
    """
    sentence: Any = (_Text, ...)
    names = [f"claim{number}" for number in range(1, len(claims) + 1)]
    schema = create_model("Claims", **dict.fromkeys(names, sentence))
    shown = "\n".join(
        f"{name}: {json.dumps(claim.text, ensure_ascii=False)}"
        for name, claim in zip(names, claims, strict=True)
    )
    context = render_prompt("context", evidence=shown)
    task = render_prompt("explain", label=facts.leading)
    answer = reasoner.ask(context, task, schema)
    if answer.reply is None:
        note = f"{reasoner.name} wrote nothing ({answer.problem})"
        return list(claims), answer.spent, [note]
    worded, problems = [], []
    for name, claim in zip(names, claims, strict=True):
        text = getattr(answer.reply, name).strip()
        draft = claim.model_copy(update={"text": text, "statements": ()})
        checked, problem = check_claim(draft, facts)
        if not problem and not _keeps_point(claim, checked):
            problem = f"it does not say that {claim.text[0].lower()}{claim.text[1:]}"
        if problem:
            problems.append(f"a claim was dropped: {problem}")
        worded.append(claim if problem else checked)
    return worded, answer.spent, problems


def _keeps_point(claim: Claim, worded: Claim) -> bool:
    """Whether the first statement of a claim, its point, is among those worded."""
    point = claim.statements[0]
    return any(
        one.kind == point.kind
        and all(getattr(one, n, None) == getattr(point, n, None) for n in _POINT)
        for one in worded.statements
    )
