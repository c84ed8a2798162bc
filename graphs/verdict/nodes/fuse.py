"""Fuse: pool the votes of the senses into the fast answer."""

from langgraph.runtime import Runtime

from affectgraph.graphs.verdict.pooling import pool
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.tools.emotions import top_emotion


def fuse(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Pool the votes of the senses."""
    fused = pool(state.get("evidence", []))
    runtime.stream_writer(
        {"node": "fuse", "event": "done", "top": top_emotion(fused.distribution)}
    )
    return {"fused": fused}
