"""Spans of a run: what was done, and for how long; what was said only if asked for."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain_core.language_models.chat_models import BaseChatModel

from affectgraph.agents import EmotionAgent
from affectgraph.agents.tracing import stop_tracing, trace_runs
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.perception import perception_tool

pytest.importorskip("opentelemetry.sdk")
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import (
    InMemorySpanExporter,
)

SAID = "I never wanted any of this. Leave me alone!"


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    yield InMemorySpanExporter()
    stop_tracing()


def provider_of(exporter: InMemorySpanExporter) -> TracerProvider:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider


def parents(spans: Any) -> dict[str, str]:
    names = {span.context.span_id: span.name for span in spans}
    return {span.name: names[span.parent.span_id] for span in spans if span.parent}


def test_nodes_and_senses_are_spans_of_one_trace(
    exporter: InMemorySpanExporter,
) -> None:
    trace_runs(provider_of(exporter))
    EmotionAgent(llm=None).analyze(text=SAID)
    spans = exporter.get_finished_spans()
    assert len({span.context.trace_id for span in spans}) == 1
    tree = parents(spans)
    for name in ("segment", "fuse", "recall", "reason", "decide", "conclude"):
        assert tree[f"node {name}"] == "affectgraph.verdict"
    for sense in ("face", "prosody", "transcript"):
        assert tree[f"sense {sense}"] == "affectgraph.verdict"
    assert tree["node propose"] == "node reason"
    (transcript,) = (span for span in spans if span.name == "sense transcript")
    assert transcript.attributes["affectgraph.evidence"] >= 1
    assert transcript.attributes["affectgraph.state"] == "present"
    assert all(span.end_time >= span.start_time for span in spans)


@pytest.mark.parametrize("words", [False, True])
def test_words_are_in_spans_only_if_asked_for(
    exporter: InMemorySpanExporter, words: bool
) -> None:
    trace_runs(provider_of(exporter), words=words)
    EmotionAgent(llm=None).analyze(text=SAID)
    text = " ".join(span.to_json() for span in exporter.get_finished_spans())
    assert ("Leave me alone" in text) is words


def test_model_calls_are_spans(
    exporter: InMemorySpanExporter, scripted: Callable[..., BaseChatModel]
) -> None:
    trace_runs(provider_of(exporter))
    EmotionAgent(llm=scripted("no JSON")).analyze(text=SAID)
    spans = exporter.get_finished_spans()
    calls = [span for span in spans if span.name.startswith("chat")]
    assert calls and all(span.parent for span in calls)
    assert "Leave me alone" not in " ".join(span.to_json() for span in spans)


def test_acts_are_spans(exporter: InMemorySpanExporter) -> None:
    trace_runs(provider_of(exporter))
    verdict = EmotionAgent(llm=None).analyze(text=SAID)
    names = [span.name for span in exporter.get_finished_spans()]
    kinds = [result.act.kind for result in verdict.acts]
    assert [name for name in names if name.startswith("act ")] == [
        f"act {kind}" for kind in kinds
    ]


def test_a_verdict_is_the_same_with_spans(exporter: InMemorySpanExporter) -> None:
    plain = EmotionAgent(llm=None).analyze(text=SAID)
    trace_runs(provider_of(exporter))
    assert essence(EmotionAgent(llm=None).analyze(text=SAID)) == essence(plain)


def essence(verdict: Verdict) -> dict[str, Any]:
    return verdict.model_dump(include={"label", "distribution", "claims"})


def test_nothing_is_traced_by_default(exporter: InMemorySpanExporter) -> None:
    trace_runs(provider_of(exporter))
    stop_tracing()
    EmotionAgent(llm=None).analyze(text=SAID)
    assert exporter.get_finished_spans() == ()


def test_a_failed_sense_is_no_error_of_the_run(
    exporter: InMemorySpanExporter,
) -> None:
    @perception_tool(modality="gesture", prefix="G")
    def gesture(clip: Any, span: Any) -> list[Evidence]:
        raise RuntimeError(SAID)

    trace_runs(provider_of(exporter))
    EmotionAgent(llm=None, tools=[gesture]).analyze(text="Hello")
    spans = {span.name: span for span in exporter.get_finished_spans()}
    assert spans["sense gesture"].attributes["affectgraph.state"] == "failed"


def test_a_setting_turns_it_on_and_is_checked(
    monkeypatch: pytest.MonkeyPatch, exporter: InMemorySpanExporter
) -> None:
    monkeypatch.setenv("AFFECTGRAPH_TRACING", "everything")
    with pytest.raises(SettingError, match="AFFECTGRAPH_TRACING"):
        EmotionAgent(llm=None).analyze(text=SAID)


BY_DEFAULT = """
import sys
def refuse(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        print(event, args[0] if event != "socket.connect" else args[1])
sys.addaudithook(refuse)
from affectgraph import EmotionAgent
EmotionAgent(llm=None).analyze(text="I am so happy that you came!")
from langsmith.utils import tracing_is_enabled
print(bool(tracing_is_enabled()))
"""


def test_nothing_leaves_this_machine_by_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2"):
        monkeypatch.delenv(name, raising=False)
    shown = subprocess.run(
        [sys.executable, "-c", BY_DEFAULT], capture_output=True, text=True
    )
    assert shown.stdout.split() == ["False"], shown.stdout + shown.stderr
