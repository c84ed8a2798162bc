"""Decide: the only node that writes the decision; the others read it."""

from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import ValidationError

from affectgraph.graphs.external_calls import ReviewReply, ReviewRequest
from affectgraph.graphs.schema import Decision, Review
from affectgraph.graphs.verdict.decision import decide as decide_by_experts
from affectgraph.graphs.verdict.memory_experts import case_influences, decisive_cases
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError


def decide(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Write the decision, and what each recalled case has to do with it."""
    decision = decide_by_experts(state, runtime.context.coverage)
    by_case = state.get("case_terms", {})
    influence = case_influences(decision, by_case)
    if runtime.context.review:
        decision = _reviewed(decision, runtime.context)
    return {
        "decision": decision,
        "influence": influence,
        "rests_on": decisive_cases(state["fused"], by_case),
    }


def _reviewed(decision: Decision, context: Context) -> Decision:
    """Wait for a person, who accepts the decision or names another emotion.

    The run stops here, and goes on where it stopped when the answer comes.
    """
    request = ReviewRequest(decision=decision)
    review = context.external_calls.answer(
        request,
        lambda: ReviewReply(
            review=_checked_review(interrupt(decision.model_dump(mode="json")))
        ),
    ).review
    if review.label is None:
        return decision.model_copy(update={"review": review})
    return decision.model_copy(
        update={
            "label": review.label,
            "labels": (review.label,),
            "abstention_reason": "",
            "review": review,
        }
    )


def _checked_review(answer: object) -> Review:
    try:
        review = Review.model_validate(answer)
    except ValidationError as error:
        raise SettingError("review: answer with a label and by whom") from error
    if review.label is not None and review.label not in BASIC_EMOTIONS:
        known = ", ".join(BASIC_EMOTIONS)
        raise SettingError(f"review: {review.label!r} is none of {known}")
    return review
