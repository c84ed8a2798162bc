"""Decide: the only node that writes the decision; the others read it."""

from langgraph.runtime import Runtime

from affectgraph.graphs.verdict.decision import decide as decide_by_experts
from affectgraph.graphs.verdict.memory_experts import case_influences, decisive_cases
from affectgraph.graphs.verdict.state import Context, VerdictState


def decide(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Write the decision, and what each recalled case has to do with it."""
    decision = decide_by_experts(state, runtime.context.coverage)
    by_case = state.get("case_terms", {})
    return {
        "decision": decision,
        "influence": case_influences(decision, by_case),
        "rests_on": decisive_cases(state["fused"], by_case),
    }
