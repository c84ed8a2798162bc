"""Explain: the argument for the decision, as claims verified field by field."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from langgraph.runtime import Runtime
from pydantic import StringConstraints, create_model

from affectgraph.graphs.claims.argument import argue
from affectgraph.graphs.claims.checker import check_claim, claim_problem
from affectgraph.graphs.claims.facts import Facts, number_cases
from affectgraph.graphs.reasoner.prompt_builder import render_prompt
from affectgraph.graphs.schema import Claim, ModelUsage
from affectgraph.graphs.translations import Translation, load_translations
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.tools.clip.language import ENGLISH

_Text = Annotated[str, StringConstraints(min_length=10, max_length=300)]
# Small models word claims worse than the templates do: benchmarks/explanations.py.
_UNASKED = "embedded"


def explain(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Write the argument; a capable reasoner may word its claims."""
    context, facts = runtime.context, facts_of_state(state)
    language, notes = _language(context)
    claims = [c for c in argue(facts, language) if not claim_problem(c, facts)]
    update: VerdictState = {"claims": claims, "explained_by": "template"}
    if _is_asked(context) and claims:
        runtime.stream_writer({"node": "explain", "event": "asking"})
        worded, usage, problems = _word_claims(claims, facts, state, context)
        by_model = any(a.text != b.text for a, b in zip(claims, worded, strict=True))
        source = "llm" if by_model else "template"
        update = {"claims": worded, "explained_by": source, "spent": usage}
        notes += problems
    return {**update, "notes": notes}


def facts_of_state(state: VerdictState) -> Facts:
    """The facts that the claims of a run are verified against."""
    decision, fused = state["decision"], state["fused"]
    return Facts(
        evidence={piece.id: piece for piece in state.get("evidence", [])},
        cases=number_cases(state.get("cases", [])),
        terms=fused.terms,
        contributions=decision.contributions,
        leading=decision.leading,
        runner_up=decision.runner_up,
        confidence=decision.confidence,
        abstains=decision.label is None,
        conflicts=fused.conflicts,
    )


def _is_asked(context: Context) -> bool:
    """Whether the reasoner words the claims: in English, if it does so well."""
    reasoner = context.reasoner
    if reasoner is None or context.explain_in != ENGLISH:
        return False
    return reasoner.name.partition(":")[0] != _UNASKED


def _language(context: Context) -> tuple[Translation, list[str]]:
    """The wording to explain in, and a note if there is none in the language asked."""
    code, translations = context.explain_in, load_translations()
    if code in translations:
        return translations[code], []
    codes = ", ".join(translations)
    note = f"explained in English: no wording in {code!r}, only {codes}"
    return translations[ENGLISH], [note]


def _word_claims(
    claims: Sequence[Claim], facts: Facts, state: VerdictState, context: Context
) -> tuple[list[Claim], ModelUsage, list[str]]:
    """Let the reasoner word claims; those that fail their check keep the template's.

    Returns:
        The claims, what the reasoner used, and why wordings were dropped.
    """
    reasoner = context.reasoner
    assert reasoner is not None
    spent = state.get("spent", ModelUsage())
    consequence = "the claims are worded by templates"
    if exhausted := context.budget.exhausted_notes(spent, consequence):
        return list(claims), ModelUsage(), exhausted
    sentence: Any = (_Text, ...)
    names = [f"claim{number}" for number in range(1, len(claims) + 1)]
    schema = create_model("Claims", **dict.fromkeys(names, sentence))
    told = "\n".join(
        f"{n}: {json.dumps(c.text)}" for n, c in zip(names, claims, strict=True)
    )
    label = state["decision"].leading
    prompt = render_prompt("context", evidence=told)
    answer = reasoner.ask(prompt, render_prompt("explain", label=label), schema)
    if answer.reply is None:
        note = f"{reasoner.name} wrote nothing ({answer.problem})"
        return list(claims), answer.spent, [note]
    worded, problems = [], []
    for name, claim in zip(names, claims, strict=True):
        text = getattr(answer.reply, name).strip()
        draft = claim.model_copy(update={"text": text, "statements": ()})
        checked, problem = check_claim(draft, facts)
        if problem:
            problems.append(f"a claim was dropped: {problem}")
        worded.append(claim if problem else checked)
    return worded, answer.spent, problems
