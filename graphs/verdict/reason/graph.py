"""The subgraph of reasoning: propose, act and verify until no act pays, then judge."""

from langgraph.graph import END, START, StateGraph

from affectgraph.graphs.verdict.reason.act import act, act_failed
from affectgraph.graphs.verdict.reason.judge import judge
from affectgraph.graphs.verdict.reason.propose import propose, route_after_propose
from affectgraph.graphs.verdict.reason.verify import route_after_verify, verify
from affectgraph.graphs.verdict.state import (
    Context,
    ReasonInput,
    ReasonOutput,
    VerdictState,
)

builder = StateGraph(
    VerdictState,
    context_schema=Context,
    input_schema=ReasonInput,
    output_schema=ReasonOutput,
)
builder.add_node("propose", propose)
builder.add_node("act", act, error_handler=act_failed)
builder.add_node("verify", verify)
builder.add_node("judge", judge)
builder.add_edge(START, "propose")
builder.add_conditional_edges("propose", route_after_propose)
builder.add_edge("act", "verify")
builder.add_conditional_edges("verify", route_after_verify)
builder.add_edge("judge", END)
reason = builder.compile(name="reason")
