"""The embedded model: real weights, in the process, in a schema, no port open."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import pytest
from langchain_core.messages import HumanMessage
from pydantic import BaseModel, Field, StringConstraints

from affectgraph.graphs.reasoner import models
from affectgraph.graphs.reasoner.judgement import gives_log_probabilities
from affectgraph.graphs.reasoner.models.embedded import EmbeddedChatModel
from affectgraph.graphs.reasoner.prompt_builder import format_evidence, render_prompt
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.tools.errors import WeightsMissingError
from affectgraph.tools.evidence import Evidence, Provenance, Span
from affectgraph.tools.language.vocabulary import to_basic
from affectgraph.tools.weights import ensure

pytestmark = pytest.mark.slow

NAME = "embedded:smollm2-135m"
OWN = "embedded:affectgraph-135m"


class Choice(BaseModel):
    label: Literal["happy", "sad"]
    sure: bool


Word = Annotated[str, StringConstraints(max_length=20)]


class Words(BaseModel):
    sad: list[Word] = Field(min_length=1, max_length=1)
    happy: list[Word] = Field(min_length=1, max_length=1)


def make_evidence(name: str, modality: str, observation: str) -> Evidence:
    return Evidence(
        id=name,
        modality=modality,
        span=Span(start=0, end=2),
        observation=observation,
        quality=0.8,
        provenance=Provenance(model="a sense"),
    )


EVIDENCE = [
    make_evidence(
        "P1",
        "prosody",
        "Speaks for 1.9 s; the voice sounds most sad (0.82), then neutral (0.10).",
    ),
    make_evidence(
        "T1",
        "transcript",
        'The words "What a lovely day" read most as happy (0.91), then neutral (0.05).',
    ),
]


@pytest.fixture(scope="module")
def reasoner() -> Reasoner:
    ensure.ensure_weights(models.required_weights(NAME))
    return Reasoner(models.chat_model(NAME), NAME)


def test_its_reply_is_in_the_schema_and_always_the_same(reasoner: Reasoner) -> None:
    one, other = (
        reasoner.ask("You judge.", "He smiles. Which emotion?", Choice)
        for _ in range(2)
    )
    assert one.reply is not None and one.reply == other.reply
    assert one.spent.calls == 1
    assert one.spent.prompt_tokens > 5 and one.spent.completion_tokens > 3


def test_it_gives_log_probabilities_of_labels(reasoner: Reasoner) -> None:
    assert gives_log_probabilities(reasoner) and not reasoner.calls_tools


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_listens_on_no_port(reasoner: Reasoner) -> None:
    reasoner.ask("You judge.", "He cries. Which emotion?", Choice)
    mine = {os.readlink(f) for f in Path("/proc/self/fd").iterdir() if f.exists()}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/self/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            listening = fields[3] == "0A"
            assert not (listening and f"socket:[{fields[9]}]" in mine)


def test_our_own_is_the_small_one_with_an_adapter(reasoner: Reasoner) -> None:
    """It finds a word for every emotion, and its words are its own."""
    model = models.chat_model(OWN)
    own = Reasoner(model, OWN, settings=models.model_settings(model))
    assert [*own.weights] == list(models.DEFAULT_WEIGHTS)
    context = render_prompt("context", evidence=format_evidence(EVIDENCE))
    found = [
        asked.ask(context, render_prompt("hypothesize"), Words).reply
        for asked in (own, reasoner)
    ]
    meant = [
        reply and [to_basic(word) for word in (*reply.sad, *reply.happy)]
        for reply in found
    ]
    assert meant[0] == ["sad", "happy"]
    assert found[0] != found[1]


def test_without_its_weights_it_says_how_to_get_them(cache: Path) -> None:
    model = EmbeddedChatModel(weights_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf")
    with pytest.raises(WeightsMissingError, match="weights fetch qwen"):
        model.invoke([HumanMessage("Hello?")])
