"""Influence of recalled cases: the decision computed again without each one."""

from affectgraph.graphs.schema import CaseInfluence, Decision, Fused
from affectgraph.graphs.verdict.decision import decide
from affectgraph.graphs.verdict.memory_prior import apply_memory_prior
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.graphs.verdict.state import VerdictState

# A decision rests on a case if leaving the case out changes the leading label or lowers
# the confidence by more than this.
_MAX_CONFIDENCE_DROP = 0.05


def decide_with_influence(
    state: VerdictState, coverage: float
) -> tuple[Decision, tuple[CaseInfluence, ...], tuple[str, ...]]:
    """The decision, the influence of each case, and the cases that it rests on.

    The confidence of a decision that rests on a case is lowered to its value without
    that case.
    """
    decision = decide(state, coverage)
    pooled = pool(state.get("evidence", []))
    influences = tuple(
        _influence(
            decision, decide(_without_case(state, index, pooled), coverage), index
        )
        for index in range(len(state.get("cases", [])))
    )
    decisive = [
        influence
        for influence in influences
        if influence.label != decision.leading
        or decision.confidence - influence.confidence > _MAX_CONFIDENCE_DROP
    ]
    lowest = min([decision.confidence, *(case.confidence for case in decisive)])
    lowered = decision.model_copy(update={"confidence": lowest})
    return lowered, influences, tuple(influence.case for influence in decisive)


def _influence(decision: Decision, without: Decision, index: int) -> CaseInfluence:
    same_label = without.leading == decision.leading
    return CaseInfluence(
        case=f"C{index + 1}",
        label=without.leading,
        confidence=without.confidence
        if same_label
        else without.distribution[decision.leading],
    )


def _without_case(state: VerdictState, index: int, pooled: Fused) -> VerdictState:
    """The state as if this case had not been recalled.

    Args:
        state: The state with all cases.
        index: Index of the case.
        pooled: The fused answer of the senses, before the memory prior.
    """
    cases = [*state["cases"][:index], *state["cases"][index + 1 :]]
    fused = apply_memory_prior(pooled, cases)
    return {**state, "cases": cases, "fused": fused}
