"""The embedded model: real weights, in the process, in a schema, no port open."""

import os
import sys
from pathlib import Path
from typing import Literal

import pytest
from langchain_core.messages import HumanMessage
from pydantic import BaseModel

from affectgraph.agents import supplies
from affectgraph.graphs import models
from affectgraph.graphs.models.embedded import EmbeddedChatModel
from affectgraph.graphs.reasoner import Reasoner
from affectgraph.tools.errors import WeightsMissingError

NAME = "embedded:smollm2-135m"


class Choice(BaseModel):
    label: Literal["happy", "sad"]
    sure: bool


@pytest.fixture(scope="module")
def reasoner() -> Reasoner:
    supplies.have(models.required_weights(NAME))
    return Reasoner(models.chat_model(NAME), NAME)


def test_its_reply_is_in_the_schema_and_always_the_same(reasoner: Reasoner) -> None:
    one, other = (
        reasoner.ask("You judge.", "He smiles. Which emotion?", Choice)
        for _ in range(2)
    )
    assert one.reply is not None and one.reply == other.reply
    assert one.spent.calls == 1
    assert one.spent.prompt_tokens > 5 and one.spent.completion_tokens > 3


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_listens_on_no_port(reasoner: Reasoner) -> None:
    reasoner.ask("You judge.", "He cries. Which emotion?", Choice)
    mine = {os.readlink(f) for f in Path("/proc/self/fd").iterdir() if f.exists()}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/self/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            listening = fields[3] == "0A"
            assert not (listening and f"socket:[{fields[9]}]" in mine)


def test_without_its_weights_it_says_how_to_get_them(cache: Path) -> None:
    model = EmbeddedChatModel(weights_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf")
    with pytest.raises(WeightsMissingError, match="weights fetch qwen"):
        model.invoke([HumanMessage("Hello?")])
