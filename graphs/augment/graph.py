"""The augmentation graph: perceive, describe, label, filter twice, keep or review.

A run waits at `gather` until all clips of the batch are described, since the usual
length of a description is learned from them, and at `review` for a person. The nodes of
the two filters keep the names `low` and `high` that checkpoints know.
"""

from typing import Any, cast

from langgraph.graph import END, START, StateGraph

from affectgraph.graphs.augment.describe import describe
from affectgraph.graphs.augment.nodes import (
    filter_agreement,
    filter_quality,
    gather,
    label,
    review,
    route_after_agreement,
    route_after_quality,
)
from affectgraph.graphs.augment.state import AugmentationInput, AugmentationState
from affectgraph.graphs.verdict.nodes.fuse import fuse
from affectgraph.graphs.verdict.nodes.perceive import dispatch_senses, perceive
from affectgraph.graphs.verdict.nodes.recall import recall
from affectgraph.graphs.verdict.state import Context

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
