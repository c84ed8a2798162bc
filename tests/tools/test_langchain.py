"""LangChain tools, and those of Model Context Protocol servers, as senses."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain_core.tools import tool

from affectgraph.agents import EmotionAgent, langchain_sense
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import BrokenSenseError
from affectgraph.tools.evidence import Evidence, Provenance, Span
from affectgraph.tools.perception import PerceptionTool

CLIP = Clip.open(text="I am so happy that you came!")


@tool
def sentiment(text: str) -> dict[str, float]:
    """Score a text."""
    return {"joy": 0.6, "anger": 0.2, "length": 0.2} if text else {}


@tool
async def slow_sentiment(text: str) -> str:
    """Score a text, by and by."""
    await asyncio.sleep(0)
    return json.dumps([{"label": "joy", "score": 1.0}])


@tool
def describe(text: str) -> str:
    """Describe a text."""
    return f"{len(text.split())} words."


def make_sense(made_of: Any, **settings: Any) -> PerceptionTool:
    return langchain_sense(
        made_of,
        modality="sentiment",
        prefix="S",
        needs="words",
        takes=lambda clip, span: {"text": clip.text},
        **settings,
    )


def evidence_of(made_of: Any, **settings: Any) -> list[Evidence]:
    return make_sense(made_of, **settings).perceive(CLIP, CLIP.span)


def test_scores_of_emotion_words_become_a_vote() -> None:
    (piece,) = evidence_of(sentiment)
    assert piece.distribution is not None
    assert piece.distribution["happy"] == pytest.approx(0.75)
    assert piece.quality == pytest.approx(0.4)
    assert (piece.id, piece.tool) == ("S1", "sentiment")


def test_a_tool_that_has_to_be_awaited_is() -> None:
    (piece,) = evidence_of(slow_sentiment)
    assert piece.distribution is not None and piece.distribution["happy"] == 1.0


def test_any_other_text_is_an_observation() -> None:
    (piece,) = evidence_of(describe)
    assert piece.observation == "7 words." and piece.distribution is None


def test_a_mapping_of_one_s_own_says_what_the_answer_means() -> None:
    def describe_with(answer: Any, clip: Clip, span: Span) -> list[Evidence]:
        made_by = Provenance(model="describer")
        told = f"It was told in {answer}"
        return [Evidence(span=span, observation=told, quality=1.0, provenance=made_by)]

    (piece,) = evidence_of(describe, gives=describe_with)
    assert piece.observation == "It was told in 7 words."


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ([], "holds no scores and no text"),
        (None, "holds no scores and no text"),
        ({"length": 7}, "no emotion words"),
        ({"joy": -1.0}, "must be finite and not negative"),
    ],
)
def test_an_answer_that_says_nothing_fails_the_sense(answer: Any, reason: str) -> None:
    @tool
    def odd(text: str) -> Any:
        """Answer oddly."""
        return answer

    with pytest.raises((BrokenSenseError, ValueError), match=reason):
        evidence_of(odd)


def test_a_tool_that_raises_is_named_in_the_verdict() -> None:
    @tool
    def broken(text: str) -> str:
        """Break."""
        raise ConnectionError("no route to host")

    agent = EmotionAgent(llm=None, tools=["transcript", make_sense(broken)])
    verdict = agent.analyze(CLIP)
    assert verdict.modalities["sentiment"].reason == "ConnectionError: no route to host"
    assert verdict.label == "happy"


SERVER = '''
from mcp.server.fastmcp import FastMCP

server = FastMCP("heart")

@server.tool()
def beats(name: str) -> dict[str, float]:
    """Emotions by heart rate."""
    if name != "text":
        raise ValueError("no such recording")
    return {"fear": 0.9, "joy": 0.1}

server.run("stdio")
'''


@pytest.mark.slow
def test_a_tool_of_a_protocol_server_is_a_sense(tmp_path: Path) -> None:
    client = pytest.importorskip("langchain_mcp_adapters.client")
    (tmp_path / "server.py").write_text(SERVER)
    heart = {
        "transport": "stdio",
        "command": sys.executable,
        "args": [str(tmp_path / "server.py")],
    }
    servers = client.MultiServerMCPClient({"heart": heart})
    (beats,) = asyncio.run(servers.get_tools())
    heard = langchain_sense(
        beats,
        modality="heart",
        prefix="H",
        takes=lambda clip, span: {"name": clip.info.name},
    )
    agent = EmotionAgent(llm=None, tools=["transcript", heard])
    verdict = agent.analyze(text="Nothing to see here.")
    (piece,) = [p for p in verdict.evidence if p.modality == "heart"]
    assert piece.distribution is not None
    assert piece.distribution["fear"] == pytest.approx(0.9)
