"""The nodes after the description: label, filter twice, and review if in doubt."""

from typing import Any, Literal, cast

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from pydantic import create_model

from affectgraph.graphs.augment.agreement_filter import (
    check_agreement,
    collect_judges,
    sentiment_of,
)
from affectgraph.graphs.augment.describe import describe
from affectgraph.graphs.augment.quality_filter import (
    ClipTraits,
    DescriptionLengths,
    check_quality,
    clip_traits,
)
from affectgraph.graphs.augment.schema import (
    AugmentationInput,
    AugmentationOutcome,
    AugmentationState,
    AutoLabel,
    ReviewAnswer,
)
from affectgraph.graphs.reasoner.prompt_builder import (
    format_evidence,
    literal_type,
    render_prompt,
    select_salient,
)
from affectgraph.graphs.schema import ModelUsage
from affectgraph.graphs.verdict.nodes.fuse import fuse
from affectgraph.graphs.verdict.nodes.perceive import dispatch_senses, perceive
from affectgraph.graphs.verdict.nodes.recall import recall
from affectgraph.graphs.verdict.state import Context
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    top_emotion,
)


def label(state: AugmentationState) -> AugmentationState:
    """Label the clip by fusion, and by the words of the description."""
    shares = state["fused"].distribution
    words = [*state["description"].words, top_emotion(shares)]
    auto_label = AutoLabel(
        label=top_emotion(shares),
        labels=tuple(dict.fromkeys(words)),
        distribution=shares,
        sentiment=sentiment_of(shares),
    )
    return {"labelled": auto_label}


def gather(state: AugmentationState) -> AugmentationState:
    """Wait until the whole batch is described, to learn the usual lengths."""
    traits = traits_of(state)
    lengths = interrupt({"kind": traits.kind, "words": traits.words})
    return {"lengths": DescriptionLengths.model_validate(lengths)}


def filter_quality(state: AugmentationState) -> AugmentationState:
    """The quality filter: is the clip fit to be labelled?"""
    result = check_quality(traits_of(state), state["lengths"])
    if result.passed:
        return {"low": result}
    outcome = AugmentationOutcome(stage="low", reason=result.reason)
    return {"low": result, "outcome": outcome}


def filter_agreement(
    state: AugmentationState, runtime: Runtime[Context]
) -> AugmentationState:
    """The agreement filter: do judges agree with the label?"""
    reasoner_vote, usage, notes = _ask_reasoner(state, runtime.context)
    judges = collect_judges(state["evidence"], state["cases"], reasoner_vote)
    auto_label = state["labelled"]
    probability = auto_label.distribution[auto_label.label]
    result = check_agreement(auto_label.label, judges, probability)
    update: AugmentationState = {"crowd": result, "spent": usage, "notes": notes}
    if result.decision == "keep":
        update["outcome"] = AugmentationOutcome(stage="kept", reason=result.reason)
    elif result.decision == "drop":
        update["outcome"] = AugmentationOutcome(stage="high", reason=result.reason)
    return update


def review(state: AugmentationState) -> AugmentationState:
    """Wait for a person's label."""
    result = state["crowd"]
    answer = ReviewAnswer.model_validate(
        interrupt({"label": result.label, "reason": result.reason})
    )
    person = answer.annotator or "a person"
    stage: Literal["kept", "review"] = "kept"
    reason = f"{person} labelled it {answer.label}"
    if answer.label is None:
        stage, reason = "review", f"{person} finds none of the emotions in it"
    outcome = AugmentationOutcome(
        stage=stage, reason=reason, source="human", answer=answer
    )
    return {"outcome": outcome}


def route_after_quality(state: AugmentationState) -> Literal["high", "__end__"]:
    """Only a clip that is fit to be labelled goes before the judges."""
    return "high" if state["low"].passed else "__end__"


def route_after_agreement(state: AugmentationState) -> Literal["review", "__end__"]:
    """Only a doubtful label waits for a person."""
    return "review" if state["crowd"].decision == "doubtful" else "__end__"


def traits_of(state: AugmentationState) -> ClipTraits:
    """The traits of the clip that the quality filter checks."""
    words = len(state["description"].text.split())
    return clip_traits(state["clip"], state.get("evidence", []), words)


def _ask_reasoner(
    state: AugmentationState, context: Context
) -> tuple[Distribution | None, ModelUsage, list[str]]:
    """The reasoner's own label for the evidence; it does not see the graph's label."""
    if context.reasoner is None:
        return None, ModelUsage(), []
    evidence = format_evidence(select_salient(state["evidence"]))
    schema: Any = create_model("Judgement", label=(literal_type(BASIC_EMOTIONS), ...))
    answer = context.reasoner.ask(
        render_prompt("context", evidence=evidence), render_prompt("judge"), schema
    )
    if answer.reply is None:
        note = f"{context.reasoner.name} did not judge ({answer.problem})"
        return None, answer.spent, [note]
    return distribution({answer.reply.label: 1.0}), answer.spent, []


builder = StateGraph(
    AugmentationState, context_schema=Context, input_schema=AugmentationInput
)
# LangGraph's types expect the state here; `Send` passes a `PerceptionRequest`.
builder.add_node("perceive", cast(Any, perceive))
builder.add_node("fuse", fuse)
builder.add_node("recall", recall)
builder.add_node("describe", describe)
builder.add_node("label", label)
builder.add_node("gather", gather)
builder.add_node("low", filter_quality)
builder.add_node("high", filter_agreement)
builder.add_node("review", review)
builder.add_conditional_edges(START, dispatch_senses, ["perceive"])
builder.add_edge("perceive", "fuse")
builder.add_edge("fuse", "recall")
builder.add_edge("recall", "describe")
builder.add_edge("describe", "label")
builder.add_edge("label", "gather")
builder.add_edge("gather", "low")
builder.add_conditional_edges("low", route_after_quality)
builder.add_conditional_edges("high", route_after_agreement)
builder.add_edge("review", END)
graph = builder.compile(name="augmentation")
