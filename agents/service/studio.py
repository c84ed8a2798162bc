"""The verdict graph for LangGraph Studio and its server: JSON in, JSON out."""

import os
from pathlib import Path
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.integrations import ClipRequest
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict import graph as verdict
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import resolve_inside

FOLDER_VARIABLE = "AFFECTGRAPH_CLIPS"


class ServedVerdict(Frozen):
    """Output of the served graph."""

    verdict: Verdict


class ServedState(ClipRequest):
    """State of the served graph."""

    verdict: Verdict | None = None


def build_graph(agent: EmotionAgent) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Build a graph that runs the verdict graph on a clip named in JSON.

    Returns:
        A graph from `ClipRequest` to `ServedVerdict`. `path` names a file in the folder
        of the setting `AFFECTGRAPH_CLIPS`. Errors of a clip, a setting or the weights
        are one line.
    """
    graph = verdict.graph

    def analyze(state: ClipRequest) -> dict[str, Verdict]:
        try:
            source = None if state.path is None else _within(state.path)
            clip = Clip.open(source, text=state.text)
            context = agent.context(clip)
            result = graph.invoke({"clip": clip.info}, context=context)
        except AffectgraphError as error:
            # The server shows its clients only messages of built-in errors.
            raise ValueError(one_line(error)) from error
        return {"verdict": result["verdict"]}

    builder = StateGraph(
        ServedState, input_schema=ClipRequest, output_schema=ServedVerdict
    )
    builder.add_node("analyze", analyze)
    builder.add_edge(START, "analyze")
    builder.add_edge("analyze", END)
    return builder.compile(name="affectgraph")


def _within(path: str) -> Path:
    """Return a file in the folder of clips; clients may read no other file."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        raise SettingError(
            f"{FOLDER_VARIABLE} is not set: name the folder that clips are in"
        )
    return resolve_inside(path, Path(folder), named_by=FOLDER_VARIABLE)


graph = build_graph(EmotionAgent())
