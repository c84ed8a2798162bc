"""The augmentation graph: perceive, describe, label, sift twice, keep or ask.

It waits twice: at `gather` for all clips of the batch to be described, for the usual
length of a description is learned from them, and at `review` for a person.
"""

from typing import Any, cast

from langgraph.graph import END, START, StateGraph

from affectgraph.graphs.augment.describe import describe
from affectgraph.graphs.augment.sift import (
    after_high,
    after_low,
    gather,
    high,
    label,
    low,
    review,
)
from affectgraph.graphs.augment.state import Augmentation, Input
from affectgraph.graphs.verdict.nodes.fuse import fuse
from affectgraph.graphs.verdict.nodes.perceive import dispatch_senses, perceive
from affectgraph.graphs.verdict.nodes.recall import recall
from affectgraph.graphs.verdict.state import Context

builder = StateGraph(Augmentation, context_schema=Context, input_schema=Input)
# It is sent a glance, not the state, of which the types know nothing.
builder.add_node("perceive", cast(Any, perceive))
builder.add_node("fuse", fuse)
builder.add_node("recall", recall)
builder.add_node("describe", describe)
builder.add_node("label", label)
builder.add_node("gather", gather)
builder.add_node("low", low)
builder.add_node("high", high)
builder.add_node("review", review)
builder.add_conditional_edges(START, dispatch_senses, ["perceive"])
builder.add_edge("perceive", "fuse")
builder.add_edge("fuse", "recall")
builder.add_edge("recall", "describe")
builder.add_edge("describe", "label")
builder.add_edge("label", "gather")
builder.add_edge("gather", "low")
builder.add_conditional_edges("low", after_low)
builder.add_conditional_edges("high", after_high)
builder.add_edge("review", END)
graph = builder.compile(name="augmentation")
