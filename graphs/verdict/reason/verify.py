"""Verify: test the hypotheses, and pool again what an act has found."""

from typing import Literal

from langgraph.runtime import Runtime

from affectgraph.graphs.schema import Fused
from affectgraph.graphs.verdict.checks import equal_weights_check
from affectgraph.graphs.verdict.hypotheses import predict, rank_hypotheses
from affectgraph.graphs.verdict.pooling import pool, with_terms
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.tools.emotions import js_distance

_MAX_CHECKED = 2


def verify(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Pool what the last act has found, then check the leading hypotheses."""
    number, before = state.get("rounds", 0) + 1, state["fused"]
    stopped = state.get("stopped", "")
    if not before.by_modality:
        return {"rounds": number, "checks": []}
    fused = pool_again(state) if state["next_act"] else before
    update: VerdictState = {"fused": fused, "rounds": number}
    if state["next_act"]:
        moved = js_distance(before.distribution, fused.distribution)
        last = state["acts"][-1]
        update["acts"] = [last.model_copy(update={"moved": moved})]
    hypotheses = [
        hypothesis.model_copy(
            update={"predictions": predict(hypothesis.label, state["evidence"])}
        )
        for hypothesis in state["hypotheses"]
    ]
    ranked = rank_hypotheses({"fused": fused, "hypotheses": hypotheses})
    checks = [
        equal_weights_check(hypothesis, fused).model_copy(update={"round": number})
        for hypothesis in ranked[:_MAX_CHECKED]
    ]
    runtime.stream_writer(
        {"node": "verify", "event": "done", "round": number, "stopped": stopped}
    )
    return {**update, "hypotheses": hypotheses, "checks": checks}


def route_after_verify(state: VerdictState) -> Literal["propose", "judge"]:
    """Propose again after an act; judge when there is nothing more to do."""
    return "propose" if state["next_act"] else "judge"


def pool_again(state: VerdictState) -> Fused:
    """Pool all evidence; experts that are no senses keep what they added."""
    before = state["fused"]
    fused = pool(state["evidence"], without=state.get("left_out", []))
    others = {
        name: term
        for name, term in before.terms.items()
        if name not in before.by_modality
    }
    return with_terms(fused, others, before.trust) if others else fused
