"""The verdict graph: its nodes and edges."""

from typing import Any, cast

from langgraph.graph import END, START, StateGraph

from affectgraph.graphs.verdict.nodes.conclude import conclude
from affectgraph.graphs.verdict.nodes.decide import decide
from affectgraph.graphs.verdict.nodes.explain import explain
from affectgraph.graphs.verdict.nodes.fuse import fuse
from affectgraph.graphs.verdict.nodes.perceive import dispatch_senses, perceive
from affectgraph.graphs.verdict.nodes.recall import recall
from affectgraph.graphs.verdict.nodes.segment import segment
from affectgraph.graphs.verdict.reason.graph import reason
from affectgraph.graphs.verdict.state import (
    Context,
    VerdictInput,
    VerdictOutput,
    VerdictState,
)

builder = StateGraph(
    VerdictState,
    context_schema=Context,
    input_schema=VerdictInput,
    output_schema=VerdictOutput,
)
builder.add_node("segment", segment)
# LangGraph's types expect the state here; `Send` passes a `PerceptionRequest`.
builder.add_node("perceive", cast(Any, perceive))
builder.add_node("fuse", fuse)
builder.add_node("recall", recall)
builder.add_node("reason", reason)
builder.add_node("decide", decide)
builder.add_node("explain", explain)
builder.add_node("conclude", conclude)
builder.add_edge(START, "segment")
builder.add_conditional_edges("segment", dispatch_senses, ["perceive"])
builder.add_edge("perceive", "fuse")
builder.add_edge("fuse", "recall")
builder.add_edge("recall", "reason")
builder.add_edge("reason", "decide")
builder.add_edge("decide", "explain")
builder.add_edge("explain", "conclude")
builder.add_edge("conclude", END)
graph = builder.compile(name="verdict")
