"""The verdict graph as LangGraph Studio and its server run it: JSON in, JSON out."""

import os
from pathlib import Path
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.integrations.langchain_tool import Asked
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict import graph as verdict
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.safe_path import resolve_inside

FOLDER = "AFFECTGRAPH_CLIPS"


class Answered(Frozen):
    """What comes of it."""

    verdict: Verdict


class Exchange(Asked):
    """State of the served graph."""

    verdict: Verdict | None = None


def served(agent: EmotionAgent) -> CompiledStateGraph[Any, Any, Any, Any]:
    """A graph that runs the verdict graph on a clip named in JSON.

    Args:
        agent: Whose senses, memory and language model to use.

    Returns:
        A graph from `Asked` to `Answered`. `path` is that of a file in the folder that
        the setting `AFFECTGRAPH_CLIPS` names. What is wrong with a clip, a setting or
        the weights is one line.
    """
    graph = verdict.graph

    def analyze(state: Asked) -> dict[str, Verdict]:
        try:
            source = None if state.path is None else _within(state.path)
            clip = Clip.open(source, text=state.text)
            context = agent.context(clip)
            result = graph.invoke({"clip": clip.info}, context=context)
        except AffectgraphError as error:
            # The server tells its clients only what Python's own errors say.
            raise ValueError(one_line(error)) from error
        return {"verdict": result["verdict"]}

    builder = StateGraph(Exchange, input_schema=Asked, output_schema=Answered)
    builder.add_node("analyze", analyze)
    builder.add_edge(START, "analyze")
    builder.add_edge("analyze", END)
    return builder.compile(name="affectgraph")


def _within(path: str) -> Path:
    """The file of that name; whoever may ask may not thereby read any other."""
    named = os.environ.get(FOLDER)
    if not named:
        raise SettingError(f"{FOLDER} is not set: name the folder that clips are in")
    return resolve_inside(path, Path(named), named_by=FOLDER)


graph = served(EmotionAgent())
