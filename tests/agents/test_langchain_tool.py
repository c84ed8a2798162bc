"""Other agents use this one: as a LangChain tool, as a subgraph."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode

from affectgraph.agents import Clip, EmotionAgent, Verdict
from affectgraph.graphs.persistence.checkpoints import open_saver
from affectgraph.graphs.verdict.graph import graph
from affectgraph.graphs.verdict.state import Context
from affectgraph.tools.clip import ClipInfo

pytestmark = pytest.mark.slow

HAPPY = "I am so happy that you came!"


def tool_call(**arguments: Any) -> AIMessage:
    call = {"name": "tell_emotion", "args": arguments, "id": "1", "type": "tool_call"}
    return AIMessage("", tool_calls=[call])


class Scripted(GenericFakeChatModel):
    """A chat model that may be given tools, and calls them as it was told to."""

    def bind_tools(self, tools: Sequence[Any], **how: Any) -> "Scripted":
        assert [tool.name for tool in tools] == ["tell_emotion"]
        return self


def answer(agent: EmotionAgent, **arguments: Any) -> ToolMessage:
    """What a LangGraph tool node makes of a call."""
    theirs = StateGraph(MessagesState)
    theirs.add_node("tools", ToolNode([agent.as_tool()]))
    theirs.add_edge(START, "tools")
    result = theirs.compile().invoke({"messages": [tool_call(**arguments)]})
    return result["messages"][-1]


def test_a_tool_node_gets_lines_and_the_verdict(agent: EmotionAgent) -> None:
    message = answer(agent, text=HAPPY)
    assert str(message.content).startswith("Expressed emotion: happy (confidence 0.")
    assert "[T1]" in str(message.content) and message.status == "success"
    assert isinstance(message.artifact, Verdict) and message.artifact.label == "happy"


def test_the_arguments_are_described_to_the_model(agent: EmotionAgent) -> None:
    told = agent.as_tool().get_input_jsonschema()
    assert set(told["properties"]) == {"path", "text"}
    assert all(one["description"] for one in told["properties"].values())


def test_an_agent_of_theirs_calls_it(agent: EmotionAgent, demo: Path) -> None:
    agents = pytest.importorskip("langchain.agents")
    says = [tool_call(path=str(demo / "astronaut.jpg")), AIMessage("She smiles.")]
    theirs = agents.create_agent(Scripted(messages=iter(says)), [agent.as_tool()])
    asked = {"messages": [HumanMessage("How does she look?")]}
    *_, seen, said = theirs.invoke(asked)["messages"]
    assert seen.artifact.label == "happy" and said.content == "She smiles."


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"path": "missing.mp4"}, "missing.mp4: not found"),
        ({"path": "/etc"}, "a folder"),
        ({"path": "a\0b.txt"}, "not found"),
        ({"path": "a" * 5000 + ".mp4"}, "File name too long"),
        ({"path": "/dev/zero"}, "not found"),
        ({}, "nothing given"),
        ({"text": "  "}, "text: empty"),
        ({"path": 3}, "path: Input should be a valid string"),
    ],
)
def test_what_is_wrong_is_one_line(
    agent: EmotionAgent, arguments: dict[str, Any], reason: str
) -> None:
    message = answer(agent, **arguments)
    assert message.status == "error" and reason in str(message.content)
    assert len(str(message.content).splitlines()) == 1


class Meeting(TypedDict, total=False):
    clip: ClipInfo
    verdict: Verdict
    minutes: str


def minutes(state: Meeting) -> Meeting:
    return {"minutes": f"{state['verdict'].label}, says the minute taker"}


def test_the_graph_is_a_part_of_theirs(agent: EmotionAgent) -> None:
    theirs = StateGraph(Meeting, context_schema=Context)
    theirs.add_node("affect", graph)
    theirs.add_node("minutes", minutes)
    theirs.add_edge(START, "affect")
    theirs.add_edge("affect", "minutes")
    theirs.add_edge("minutes", END)
    clip = Clip.open(text=HAPPY)
    compiled = theirs.compile(checkpointer=open_saver(None))
    config: Any = {"configurable": {"thread_id": "theirs"}}
    result = compiled.invoke({"clip": clip.info}, config, context=agent.context(clip))
    assert result["minutes"] == "happy, says the minute taker"
    alone = agent.analyze(text=HAPPY)
    assert result["verdict"].distribution == alone.distribution
    assert compiled.get_state(config).values["verdict"] == result["verdict"]
