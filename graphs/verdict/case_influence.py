"""What each recalled case has to do with the answer: computed again without it."""

from affectgraph.graphs.schema import (
    CaseInfluence,
    Check,
    Decision,
    Fused,
    Hypothesis,
)
from affectgraph.graphs.verdict import checks
from affectgraph.graphs.verdict.decision import decide
from affectgraph.graphs.verdict.memory_prior import apply_memory_prior
from affectgraph.graphs.verdict.nodes.fuse import pool
from affectgraph.graphs.verdict.state import State
from affectgraph.memory import Recalled

# An answer rests on a case if without it it is another, or less sure by more than this.
_HOLDS = 0.05


def decide_with_influence(
    state: State, coverage: float
) -> tuple[Decision, tuple[CaseInfluence, ...], tuple[str, ...]]:
    """The decision, the influence of each case, and the cases that it rests on.

    A decision that rests on one case is only as sure as it would be without it.
    """
    decision = decide(state, coverage)
    pooled = pool(state.get("evidence", []))
    found = [
        _influence(decision, decide(_without(state, number, pooled), coverage), number)
        for number in range(len(state.get("cases", [])))
    ]
    resting = [
        one
        for one in found
        if one.label != decision.leading
        or decision.confidence - one.confidence > _HOLDS
    ]
    least = min([decision.confidence, *(one.confidence for one in resting)])
    lowered = decision.model_copy(update={"confidence": least})
    return lowered, tuple(found), tuple(one.case for one in resting)


def _influence(decision: Decision, without: Decision, number: int) -> CaseInfluence:
    same = without.leading == decision.leading
    left = without.confidence if same else without.distribution[decision.leading]
    return CaseInfluence(case=f"C{number + 1}", label=without.leading, confidence=left)


def _without(state: State, number: int, pooled: Fused) -> State:
    """The state as it would be had this case not been recalled; `pooled` of senses."""
    cases = [case for place, case in enumerate(state["cases"]) if place != number]
    hypotheses = {one.label: one for one in state.get("hypotheses", [])}
    changed: State = {
        **state,
        "cases": cases,
        "fused": apply_memory_prior(pooled, cases),
        "checks": [
            _again(check, hypotheses, cases) for check in state.get("checks", [])
        ],
    }
    return changed


def _again(
    check: Check, hypotheses: dict[str, Hypothesis], cases: list[Recalled]
) -> Check:
    if check.kind != "cases" or check.hypothesis not in hypotheses:
        return check
    fresh = checks.cases(hypotheses[check.hypothesis], cases)
    return fresh.model_copy(update={"round": check.round})
