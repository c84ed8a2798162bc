"""OpenTelemetry spans of runs: nodes, senses, acts and model calls.

Off until `trace_runs` is called, or the setting `AFFECTGRAPH_TRACING` is `spans` or
`words`. Where spans go is the business of the OpenTelemetry SDK that the program sets
up; without one they go nowhere.
"""

import os
from importlib import util
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from affectgraph.tools.errors import SettingError, one_line

VARIABLE = "AFFECTGRAPH_TRACING"
_CHOICES = ("", "off", "spans", "words")
_handlers: list[BaseCallbackHandler] = []


def trace_runs(provider: Any = None, *, words: bool = False) -> None:
    """Trace every run of this process from now on.

    Args:
        provider: An OpenTelemetry `TracerProvider`; the global one if None.
        words: Also put prompts, replies and observations, which quote people, into the
            spans.

    Raises:
        SettingError: If OpenTelemetry is not installed.
    """
    if util.find_spec("opentelemetry") is None:
        raise SettingError(
            "tracing needs OpenTelemetry; run pip install 'affectgraph[tracing]'"
        )
    _handlers[:] = [TracingHandler(provider, words=words)]


def stop_tracing() -> None:
    """Trace no run from now on."""
    _handlers.clear()


def tracing_callbacks() -> list[BaseCallbackHandler]:
    """Callbacks for the configuration of a run: none while nothing is traced.

    Raises:
        SettingError: If the setting `AFFECTGRAPH_TRACING` cannot be used.
    """
    choice = os.environ.get(VARIABLE, "")
    if choice not in _CHOICES:
        raise SettingError(f"{VARIABLE}={choice}: use off, spans or words")
    if not _handlers and choice in ("spans", "words"):
        trace_runs(words=choice == "words")
    return list(_handlers)


class TracingHandler(BaseCallbackHandler):
    """Turns what LangGraph reports of a run into spans.

    Spans hold names, counts and times; what people said only with `words`.
    """

    run_inline = True  # times would be those of another thread

    def __init__(self, provider: Any = None, *, words: bool = False) -> None:
        from opentelemetry import trace

        self._trace = trace
        self._tracer = trace.get_tracer("affectgraph", tracer_provider=provider)
        self._words = words
        self._spans: dict[UUID, Any] = {}
        self._parents: dict[UUID, UUID | None] = {}

    def on_chain_start(
        self,
        serialized: Any,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **details: Any,
    ) -> None:
        """Begin the span of a run or of a node; other steps of LangGraph have none."""
        self._parents[run_id] = parent_run_id
        name = details.get("name") or ""
        node = (metadata or {}).get("langgraph_node")
        if parent_run_id is None:
            self._begin(run_id, "affectgraph.verdict", _clip_attributes(inputs))
        elif name == node:
            self._begin(run_id, *_describe_node(name, inputs))

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **details: Any) -> None:
        """End a span, with the counts of what the node found."""
        span = self._spans.get(run_id)
        if span is not None and isinstance(outputs, dict):
            for name, value in _outcome(outputs, words=self._words).items():
                span.set_attribute(name, value)
        self._end(run_id)

    def on_chain_error(
        self, error: BaseException, *, run_id: UUID, **details: Any
    ) -> None:
        """End a span with an error."""
        self._end(run_id, error)

    def on_chat_model_start(
        self,
        serialized: Any,
        messages: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **details: Any,
    ) -> None:
        """Begin the span of a model call."""
        self._parents[run_id] = parent_run_id
        model = str((metadata or {}).get("ls_model_name") or details.get("name") or "")
        attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": model}
        if self._words:
            prompt = "\n".join(str(message.text) for message in messages[0])
            attributes["gen_ai.input.messages"] = prompt
        self._begin(run_id, f"chat {model}".strip(), attributes)

    def on_llm_end(self, response: Any, *, run_id: UUID, **details: Any) -> None:
        """End the span of a model call, with its tokens."""
        span = self._spans.get(run_id)
        generation = response.generations[0][0]
        usage = getattr(getattr(generation, "message", None), "usage_metadata", None)
        if span is not None and usage:
            span.set_attribute("gen_ai.usage.input_tokens", usage["input_tokens"])
            span.set_attribute("gen_ai.usage.output_tokens", usage["output_tokens"])
        if span is not None and self._words:
            span.set_attribute("gen_ai.output.messages", str(generation.text))
        self._end(run_id)

    def on_llm_error(
        self, error: BaseException, *, run_id: UUID, **details: Any
    ) -> None:
        """End the span of a model call with an error."""
        self._end(run_id, error)

    def _begin(self, run_id: UUID, name: str, attributes: dict[str, Any]) -> None:
        parent = self._parents.get(run_id)
        while parent is not None and parent not in self._spans:
            parent = self._parents.get(parent)
        # A run without a parent joins the span of the program, such as a request.
        context = None
        if parent is not None:
            context = self._trace.set_span_in_context(self._spans[parent])
        self._spans[run_id] = self._tracer.start_span(
            name, context=context, attributes=attributes
        )

    def _end(self, run_id: UUID, error: BaseException | None = None) -> None:
        span = self._spans.pop(run_id, None)
        self._parents.pop(run_id, None)
        if span is None:
            return
        if error is not None:
            # Messages may quote people.
            text = one_line(error) if self._words else type(error).__name__
            span.set_status(self._trace.StatusCode.ERROR, text)
        span.end()


def _clip_attributes(inputs: Any) -> dict[str, Any]:
    clip = inputs.get("clip") if isinstance(inputs, dict) else None
    if clip is None:
        return {}
    names = ("seconds", "has_video", "has_audio", "has_text")
    return {f"affectgraph.clip.{name}": getattr(clip, name) for name in names}


def _describe_node(name: str, inputs: Any) -> tuple[str, dict[str, Any]]:
    """Name and attributes of the span of a node: a sense, an act, or another node."""
    attributes = {"affectgraph.node": name}
    if name == "perceive":
        attributes["affectgraph.sense"] = inputs.tool
        return f"sense {inputs.tool}", attributes
    act = inputs.get("next_act") if name == "act" and isinstance(inputs, dict) else None
    if act is not None:
        attributes |= {"affectgraph.act": act.kind, "affectgraph.sense": act.sense}
        return f"act {act.kind}", attributes
    return f"node {name}", attributes


def _outcome(outputs: dict[str, Any], *, words: bool) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    evidence = outputs.get("evidence")
    if isinstance(evidence, list):
        attributes["affectgraph.evidence"] = len(evidence)
        if words:
            attributes["affectgraph.observations"] = [p.observation for p in evidence]
    for status in (outputs.get("modalities") or {}).values():
        attributes["affectgraph.state"] = status.state
    return attributes
