"""Recall: similar annotated cases, for the leading hypothesis and against it."""

from langgraph.runtime import Runtime

from affectgraph.graphs.external_calls import RecallRequest, RecallResult, vector_sha256
from affectgraph.graphs.verdict.memory_prior import apply_memory_prior
from affectgraph.graphs.verdict.state import Context, State
from affectgraph.memory import Memory, Vectors
from affectgraph.memory.clip_vectors import clip_vectors
from affectgraph.tools.emotions import BASIC_EMOTIONS

_SUPPORTING = 3


def recall(state: State, runtime: Runtime[Context]) -> State:
    """Look up cases by the vectors that the senses kept, and let them have a say."""
    context = runtime.context
    vectors = clip_vectors(context.clip.artifacts, state.get("evidence", []))
    if not vectors:
        return {"cases": []}
    fused = state["fused"].distribution
    leading, *rivals = sorted(BASIC_EMOTIONS, key=lambda e: -fused[e])
    question = RecallRequest(
        vectors={
            str(space): vector_sha256(vector) for space, vector in vectors.items()
        },
        leading=leading,
        rivals=tuple(rivals),
        exclude=(context.clip.footage, context.clip.sha256),
        k=_SUPPORTING,
    )
    cases = context.external_calls.answer(
        question, lambda: search_memory(context.memory, vectors, question)
    ).cases
    runtime.stream_writer({"node": "recall", "event": "done", "found": len(cases)})
    return {"cases": list(cases), "fused": apply_memory_prior(state["fused"], cases)}


def search_memory(
    memory: Memory | None, vectors: Vectors, question: RecallRequest
) -> RecallResult:
    """Ask the memory."""
    if memory is None:
        return RecallResult()
    found = memory.recall(
        vectors,
        leading=question.leading,
        rivals=question.rivals,
        exclude=question.exclude,
        k=question.k,
    )
    return RecallResult(cases=tuple(found))
