"""Recall: similar annotated cases, for the leading hypothesis and against it."""

from langgraph.runtime import Runtime

from affectgraph.graphs.external_calls import Reminded, Reminder, digest
from affectgraph.graphs.verdict.memory_prior import remembered
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
    question = Reminder(
        vectors={str(space): digest(vector) for space, vector in vectors.items()},
        leading=leading,
        rivals=tuple(rivals),
        exclude=(context.clip.footage, context.clip.sha256),
        k=_SUPPORTING,
    )
    cases = context.tape.answer(
        question, lambda: remind(context.memory, vectors, question)
    ).cases
    runtime.stream_writer({"node": "recall", "event": "done", "found": len(cases)})
    return {"cases": list(cases), "fused": remembered(state["fused"], cases)}


def remind(memory: Memory | None, vectors: Vectors, question: Reminder) -> Reminded:
    """Ask the memory."""
    if memory is None:
        return Reminded()
    found = memory.recall(
        vectors,
        leading=question.leading,
        rivals=question.rivals,
        exclude=question.exclude,
        k=question.k,
    )
    return Reminded(cases=tuple(found))
