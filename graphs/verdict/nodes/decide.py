"""Decide: the only node that writes the decision; the others read it."""

from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import ValidationError

from affectgraph.graphs.external_calls import ReviewReply, ReviewRequest
from affectgraph.graphs.schema import Decision, Review
from affectgraph.graphs.verdict.case_influence import decide_with_influence
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError


def decide(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Write the decision and the influence that each recalled case has on it."""
    decision, influence, rests_on = decide_with_influence(
        state, runtime.context.coverage
    )
    if runtime.context.review:
        decision = _reviewed(decision, runtime.context)
    return {"decision": decision, "influence": influence, "rests_on": rests_on}


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
