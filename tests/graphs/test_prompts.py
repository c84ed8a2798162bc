"""Every prompt that the graphs send, as a file; see `--update-snapshots`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langgraph.types import Command

from affectgraph.graphs.augment.nodes import builder as augment_builder
from affectgraph.graphs.augment.quality_filter import DescriptionLengths
from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.persistence.checkpoints import open_saver
from affectgraph.graphs.reasoner import answers
from affectgraph.graphs.reasoner import reasoner as reasoner_module
from affectgraph.graphs.reasoner.dossier import Dossier, PromptSize
from affectgraph.graphs.reasoner.judgement import LIKELIHOODS, PAIRS, judge
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.graphs.verdict.state import Context
from affectgraph.tools.clip import Clip, Turn
from affectgraph.tools.evidence import Evidence, Provenance
from affectgraph.tools.perception import perception_tool

SNAPSHOTS = Path(__file__).parent / "snapshots"
PROMPTS = Path(reasoner_module.__file__).parent / "prompts"
# Parts of other prompts: system messages.
SYSTEM_PROMPTS = {"context", "dossier-small", "dossier-large"}

Snapshot = Callable[..., None]


class PromptLog:
    """A script for the fake chat model: it logs each request as Markdown."""

    def __init__(self, reply: Callable[..., str]) -> None:
        self.requests: list[str] = []
        self._reply = reply

    def __call__(self, messages: Any, options: dict[str, Any]) -> str:
        parts = [f"## {message.type}\n\n{message.text}\n" for message in messages]
        wanted = options.get("response_format")
        schema = wanted["json_schema"] if wanted else options
        title = "response format" if wanted else "options"
        parts.append(f"## {title}\n\n```json\n{json.dumps(schema, indent=1)}\n```\n")
        self.requests.append("\n".join(parts))
        return self._reply(messages, options) if wanted else "Both are possible."


@pytest.fixture
def log(fitting_reply: Callable[..., Any]) -> PromptLog:
    return PromptLog(fitting_reply("T9 says so at 7.5 Hz."))


@pytest.fixture
def reasoner(log: PromptLog, scripted: Any) -> Reasoner:
    return Reasoner(scripted(log), "scripted")


@pytest.fixture
def compare(log: PromptLog, pytestconfig: pytest.Config) -> Snapshot:
    """Compare the logged requests with the snapshots of these names, in order."""

    def check(*names: str) -> None:
        for name, request in zip(names, log.requests, strict=True):
            file = SNAPSHOTS / f"{name}.md"
            if pytestconfig.getoption("--update-snapshots"):
                file.parent.mkdir(exist_ok=True)
                file.write_text(request, encoding="utf-8")
            assert request == file.read_text(encoding="utf-8"), (
                f"{file.name}: if the change is intended, run "
                "pytest tests/graphs/test_prompts.py --update-snapshots"
            )

    return check


def test_prompts_of_a_verdict(
    run: Callable[..., Verdict], log: PromptLog, scripted: Any, compare: Snapshot
) -> None:
    run(scripted(log))
    compare("hypothesize", "explain")


@pytest.mark.parametrize("size", ["small", "large"])
def test_prompts_of_a_judgement(
    evidence: list[Evidence],
    size: PromptSize,
    log: PromptLog,
    scripted: Any,
    compare: Snapshot,
) -> None:
    name = "embedded" if size == "small" else "large"
    reasoner, fused = Reasoner(scripted(log), name), pool(evidence)
    turns = (Turn(text='Go on."', same_speaker=False),)
    dossier = Dossier(evidence, turns, size, found=["The nearest sad clip is nearer."])
    for method in (LIKELIHOODS[0], PAIRS[1]):
        judge(reasoner, dossier, fused, method)
    compare(
        f"judge-direct-{size}",
        f"deliberate-{size}",
        f"judge-pairs-{size}",
        f"judge-pairs-{size}-swapped",
    )


def test_the_prompt_that_offers_tools(
    run: Callable[..., Verdict], log: PromptLog, tool_caller: Any, compare: Snapshot
) -> None:
    run(tool_caller([], log), measured_methods=(PAIRS[1],))
    log.requests = log.requests[:1]
    compare("act")


def test_the_prompt_that_names_emotions_of_a_description(
    run: Callable[..., Verdict], log: PromptLog, scripted: Any, compare: Snapshot
) -> None:
    @perception_tool(modality="scene", prefix="S")
    def scene(clip: Any, span: Any) -> list[Evidence]:
        observation = "He slams the door and shouts."
        provenance = Provenance(model="a person")
        return [
            Evidence(
                span=span, observation=observation, quality=0.8, provenance=provenance
            )
        ]

    run(scripted(log), tools=(scene,))
    compare("name")


def test_prompts_of_a_chat(
    evidence: list[Evidence], reasoner: Reasoner, compare: Snapshot
) -> None:
    answers.classify_question("Why not happy?", ["why", "sure"], ["face"], reasoner)
    facts = Facts(evidence={piece.id: piece for piece in evidence})
    answers.answer_with_claims("Why not happy?", "sad", evidence[:2], facts, reasoner)
    compare("topic", "answer")


def test_prompts_of_an_augmentation(
    senses: Any, reasoner: Reasoner, compare: Snapshot
) -> None:
    clip = Clip.open(np.zeros(64_000, np.float32))
    context = Context(clip=clip, tools=senses, reasoner=reasoner)
    graph = augment_builder.compile(checkpointer=open_saver(None))
    config: Any = {"configurable": {"thread_id": "t"}}
    for start in (
        {"clip": clip.info},
        Command(resume=DescriptionLengths().model_dump()),
    ):
        graph.invoke(start, config, context=context, durability="exit")
    compare("describe", "judge")


def test_every_prompt_has_a_snapshot() -> None:
    names = {file.stem for file in SNAPSHOTS.glob("*.md")}
    assert {file.stem for file in PROMPTS.glob("*.md")} <= names | SYSTEM_PROMPTS
