"""Recall: similar annotated cases, for the leading hypothesis and against it."""

from langgraph.runtime import Runtime

from affectgraph.graphs.external_calls import RecallRequest, RecallResult, vector_sha256
from affectgraph.graphs.verdict.memory_experts import add_memories
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.memory import Memory, Vectors
from affectgraph.memory.clip_vectors import clip_vectors
from affectgraph.memory.similarity import wording
from affectgraph.tools.emotions import BASIC_EMOTIONS

_MAX_SUPPORTING = 3


def recall(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Search cases by the vectors of the senses, and add what the memories say."""
    context = runtime.context
    evidence = state.get("evidence", [])
    vectors = clip_vectors(context.clip.artifacts, evidence)
    if not vectors:
        return {"cases": [], "case_terms": {}}
    vectors = {**vectors, **wording(evidence)}
    answer = state["fused"].distribution
    leading, *rivals = sorted(BASIC_EMOTIONS, key=lambda e: -answer[e])
    request = RecallRequest(
        vectors={
            str(space): vector_sha256(vector) for space, vector in vectors.items()
        },
        leading=leading,
        rivals=tuple(rivals),
        exclude=(context.clip.footage, context.clip.sha256),
        k=_MAX_SUPPORTING,
    )
    result = context.external_calls.answer(
        request, lambda: search_memory(context.memory, vectors, request)
    )
    cases = result.cases
    fused, case_terms = add_memories(state["fused"], cases, result.trust)
    runtime.stream_writer({"node": "recall", "event": "done", "found": len(cases)})
    return {"cases": list(cases), "fused": fused, "case_terms": case_terms}


def search_memory(
    memory: Memory | None, vectors: Vectors, request: RecallRequest
) -> RecallResult:
    """Search the memory; without one there are no cases."""
    if memory is None:
        return RecallResult()
    cases = memory.recall(
        vectors,
        leading=request.leading,
        rivals=request.rivals,
        exclude=request.exclude,
        k=request.k,
    )
    trust = memory.trust()
    return RecallResult(cases=tuple(cases), trust=trust if trust.cases else None)
