"""Decide: the only node that writes the decision; the others read it."""

from langgraph.runtime import Runtime

from affectgraph.graphs.verdict.case_influence import decide_with_influence
from affectgraph.graphs.verdict.state import Context, VerdictState


def decide(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Write the decision and the influence that each recalled case has on it."""
    decision, influence, rests_on = decide_with_influence(
        state, runtime.context.coverage
    )
    return {"decision": decision, "influence": influence, "rests_on": rests_on}
