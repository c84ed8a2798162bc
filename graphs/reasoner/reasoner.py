"""The reasoner: a chat model; every reply in a schema is validated."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Generic, TypeVar

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, ValidationError

from affectgraph.graphs.external_calls import (
    ExternalCalls,
    ModelReply,
    ModelRequest,
    ToolCall,
)
from affectgraph.graphs.reasoner.dossier import PromptSize
from affectgraph.graphs.reasoner.models.schema_prompt import with_schema_prompt
from affectgraph.graphs.schema import ModelUsage
from affectgraph.tools.errors import first_problem, one_line
from affectgraph.tools.sanitize import sanitize_text

Reply = TypeVar("Reply", bound=BaseModel)

_FENCED = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
# Some models write their reasoning before the reply; it ends with this tag.
_END_OF_THINKING = "</think>"
_MAX_ATTEMPTS = 2
_MAX_ERROR_CHARACTERS = 300
# OpenAI and vLLM give no more alternatives of a token.
_TOP_TOKENS = 20
_TOKEN_OPTIONS = {"logprobs": True, "top_logprobs": _TOP_TOKENS, "max_tokens": 1}
_EMBEDDED_PROVIDER = "embedded"


@dataclass(frozen=True)
class ReasonerAnswer(Generic[Reply]):
    """The answer to one question.

    Attributes:
        reply: The validated reply; None without a readable one.
        spent: Calls, tokens and seconds used.
        problem: Why there is no reply.
    """

    reply: Reply | None
    spent: ModelUsage
    problem: str = ""


class Reasoner:
    """A chat model that replies in a schema.

    Replies are validated here, even if the model or its server enforces the schema. An
    unreadable reply is requested once more, with the reason. A server that refuses
    `response_format` gets the schema in the prompt.
    """

    def __init__(
        self,
        model: BaseChatModel | None,
        name: str,
        *,
        settings: Mapping[str, Any] | None = None,
        external_calls: ExternalCalls | None = None,
        calls_tools: bool | None = None,
    ) -> None:
        """Wrap a chat model.

        Args:
            model: The chat model; None if every answer is recorded.
            name: Its name in the verdict.
            settings: Settings of the model, for the verdict.
            external_calls: Makes or answers the calls of the model.
            calls_tools: Whether it can be given tools; asked of the model if None.
        """
        self.name = name
        self._model = model
        self.settings = dict(settings or {})
        self._external_calls = external_calls or ExternalCalls()
        offered = getattr(type(model), "bind_tools", BaseChatModel.bind_tools)
        able = model is not None and offered is not BaseChatModel.bind_tools
        self.calls_tools = able if calls_tools is None else calls_tools
        self._schema_in_prompt = False

    @property
    def size(self) -> PromptSize:
        """Size of its prompts: models in this process are small."""
        return "small" if self.name.startswith(_EMBEDDED_PROVIDER) else "large"

    @property
    def weights(self) -> dict[str, str]:
        """SHA-256 of its weights, by name; empty if the model does not report it."""
        weights = self.settings.get("weights")
        return weights if isinstance(weights, dict) else {}

    def with_calls(self, external_calls: ExternalCalls) -> "Reasoner":
        """The same reasoner, with its model calls passed through `external_calls`."""
        return Reasoner(
            self._model,
            self.name,
            settings=self.settings,
            external_calls=external_calls,
        )

    def ask(
        self, context: str, task: str, schema: type[Reply]
    ) -> ReasonerAnswer[Reply]:
        """Ask one question.

        Args:
            context: System text and evidence; servers cache equal beginnings.
            task: The question.
            schema: Schema of the reply; its names and docstring are part of the prompt.

        Returns:
            The reply, or why there is none; errors of the model are not raised.
        """
        messages: list[BaseMessage] = [SystemMessage(context), HumanMessage(task)]
        usage, problem, options = ModelUsage(), "", _response_format(schema)
        if self._schema_in_prompt:
            messages, options = with_schema_prompt(messages, options), {}
        for _ in range(_MAX_ATTEMPTS):
            reply = self._call_model(messages, options)
            usage += reply.spent
            if reply.refused and options:
                self._schema_in_prompt = True
                messages, options = with_schema_prompt(messages, options), {}
                reply = self._call_model(messages, options)
                usage += reply.spent
            if reply.problem:
                return ReasonerAnswer(None, usage, reply.problem)
            try:
                return ReasonerAnswer(parse_reply(reply.text, schema), usage)
            except ValueError as error:
                problem = sanitize_text(str(error))[:_MAX_ERROR_CHARACTERS]
                retry = f"That could not be read ({problem}). Reply with the JSON only."
                messages = [*messages[:2], AIMessage(reply.text), HumanMessage(retry)]
        return ReasonerAnswer(None, usage, f"unreadable reply: {problem}")

    def write(self, context: str, task: str, *, max_tokens: int) -> ModelReply:
        """Let it write freely; its text is data for the next question only."""
        messages: list[BaseMessage] = [SystemMessage(context), HumanMessage(task)]
        reply = self._call_model(messages, {"max_tokens": max_tokens})
        text = sanitize_text(reply.text.rpartition(_END_OF_THINKING)[2]).strip()
        return reply.model_copy(update={"text": text})

    def first_token(self, context: str, task: str) -> ModelReply:
        """Ask for the log-probabilities of the first token of its answer."""
        messages: list[BaseMessage] = [SystemMessage(context), HumanMessage(task)]
        return self._call_model(messages, dict(_TOKEN_OPTIONS))

    def choose_tools(
        self, context: str, task: str, tools: list[dict[str, Any]]
    ) -> ModelReply:
        """Offer it tools, as OpenAI describes functions."""
        messages: list[BaseMessage] = [SystemMessage(context), HumanMessage(task)]
        return self._call_model(messages, {"tools": tools})

    def _call_model(
        self, messages: list[BaseMessage], options: dict[str, Any]
    ) -> ModelReply:
        request = ModelRequest(
            model=self.name,
            settings=self.settings,
            options=options,
            messages=tuple((message.type, str(message.text)) for message in messages),
        )
        return self._external_calls.answer(
            request, lambda: self._invoke(messages, options)
        )

    def _invoke(
        self, messages: list[BaseMessage], options: dict[str, Any]
    ) -> ModelReply:
        if self._model is None:
            return ModelReply(
                spent=ModelUsage(), problem="no language model is at hand"
            )
        started = time.perf_counter()
        try:
            message = _bind(self._model, options).invoke(messages)
        except Exception as error:  # a provider may raise anything
            return ModelReply(
                spent=ModelUsage(calls=1, seconds=time.perf_counter() - started),
                problem=one_line(error),
                refused=_is_refusal(error),
            )
        usage = _usage(message, time.perf_counter() - started)
        return ModelReply(
            text=str(message.text),
            tool_calls=_tool_calls(message),
            first_token=_first_token(message),
            spent=usage,
        )


def parse_reply(text: str, schema: type[Reply]) -> Reply:
    """Parse a reply: JSON, bare or fenced, or the first object in the text.

    Raises:
        ValueError: If there is no JSON object, or it does not fit the schema.
    """
    text = text.rpartition(_END_OF_THINKING)[2]
    fenced = _FENCED.search(text)
    body = fenced.group(1) if fenced else text
    start = body.find("{")
    if start < 0:
        raise ValueError("no JSON object in the reply")
    try:
        value, _ = json.JSONDecoder().raw_decode(body[start:])
        return schema.model_validate(value)
    except ValidationError as error:
        raise ValueError(first_problem(error, "")) from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _is_refusal(error: Exception) -> bool:
    """Whether the form of the request was refused: a field or an argument of it."""
    return isinstance(error, TypeError) or getattr(error, "status_code", 0) == 400


def _response_format(schema: type[BaseModel]) -> dict[str, Any]:
    json_schema = {
        "name": schema.__name__,
        "schema": {**schema.model_json_schema(), "additionalProperties": False},
        "strict": True,
    }
    return {"response_format": {"type": "json_schema", "json_schema": json_schema}}


def _bind(model: BaseChatModel, options: dict[str, Any]) -> Any:
    """The model with the options of a request; tools in the form that it wants."""
    if "tools" in options:
        return model.bind_tools(options["tools"])
    return model.bind(**options)


def _tool_calls(message: AIMessage) -> tuple[ToolCall, ...]:
    return tuple(
        ToolCall(name=str(call["name"]), arguments=dict(call["args"]))
        for call in message.tool_calls
    )


def _first_token(message: AIMessage) -> dict[str, float]:
    """Log-probabilities of the first token, as OpenAI's API gives them; else empty."""
    try:
        alternatives = message.response_metadata["logprobs"]["content"][0][
            "top_logprobs"
        ]
        found = {str(one["token"]): float(one["logprob"]) for one in alternatives}
    except (KeyError, IndexError, TypeError, ValueError):
        return {}
    # llama.cpp writes minus infinity for what it did not compute.
    return {token: value for token, value in found.items() if isfinite(value)}


def _usage(message: AIMessage, seconds: float) -> ModelUsage:
    usage = message.usage_metadata
    return ModelUsage(
        calls=1,
        prompt_tokens=usage["input_tokens"] if usage else 0,
        completion_tokens=usage["output_tokens"] if usage else 0,
        seconds=seconds,
    )
