"""Answers about experts: what each adds to the answer, and what it would be without."""

from affectgraph.agents.chat.answer_lines import contribution_lines
from affectgraph.agents.chat.context import ChatContext
from affectgraph.agents.chat.messages import AnswerLine
from affectgraph.agents.chat.question_parser import ParsedQuestion
from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.claim_facts import facts_of

# The expert of the user's own cases, and the one of the cases that ship.
_MEMORIES = ("memory", "seed")


def describe_contributions(
    context: ChatContext, question: ParsedQuestion
) -> list[AnswerLine]:
    """What an expert adds, or each of them, from the sum that decides."""
    verdict = context.verdict
    facts = facts_of(verdict)
    expert = question.expert or question.sense
    if expert is None:
        lines = contribution_lines(verdict, question.label or facts.leading)
        return lines or [AnswerLine(text=_only_expert(facts))]
    if expert in facts.terms:
        return [AnswerLine(text=text) for text in _present(verdict, facts, expert)]
    return [AnswerLine(text=text) for text in _absent(verdict, facts, expert)]


def _only_expert(facts: Facts) -> str:
    if not facts.experts:
        return "Nothing has a say in the answer."
    return f"Only {facts.experts[0]} has a say in the answer."


def _present(verdict: Verdict, facts: Facts, expert: str) -> list[str]:
    leading, rival = facts.leading, facts.runner_up
    log_odds = facts.log_odds(expert, leading, rival) or 0.0
    side = "for" if log_odds > 0 else "against"
    part = next((c for c in verdict.contributions if c.expert == expert), None)
    lines = [
        f"{expert.capitalize()} adds {log_odds:+.2f} to the log-odds of {leading} "
        f"against {rival}: it speaks {side} the answer."
    ]
    if part is not None:
        trust = part.trust
        measured = f", measured on {trust.measured_on}" if trust.measured_on else ""
        count = f" (n = {trust.n})" if trust.n else ""
        lines.append(f"Its trust is {trust.value:.2f}{measured}{count}.")
    without = facts.leading_without((expert,))
    if without is None:
        return [*lines, "Without it nothing would decide."]
    still = "still be" if without == leading else "be"
    return [*lines, f"Without it the answer would {still} {without}."]


def _absent(verdict: Verdict, facts: Facts, expert: str) -> list[str]:
    """Why an expert has no say, as far as the verdict knows."""
    status = verdict.modalities.get(expert)
    if status is not None:
        return [f"{expert.capitalize()} adds nothing: {status.state}, {status.reason}."]
    name = verdict.provenance.reasoner
    if expert == "reasoner" and name != "none":
        reason = (
            f"{name} took part, but was not measured to help, so that its weight is "
            "zero; `affectgraph calibrate` measures it"
        )
    elif expert == "reasoner":
        reason = "no language model took part"
    elif expert in _MEMORIES and not verdict.cases:
        reason = "no case was recalled"
    elif expert in _MEMORIES:
        reason = f"{len(verdict.cases)} cases were recalled, but their weight is zero"
    else:
        reason = "it is not among the experts of this verdict"
    lines = [f"{expert.capitalize()} adds nothing: {reason}."]
    setting = verdict.provenance.settings.get("memory")
    if expert in _MEMORIES and setting:
        lines.append(f"{str(setting)[0].upper()}{str(setting)[1:]}.")
    return lines
