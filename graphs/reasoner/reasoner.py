"""The reasoner: any chat model, asked in a schema, and never believed unread."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Generic, Literal, TypeVar

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, ValidationError

from affectgraph.graphs.external_calls import ExternalCalls, ModelReply, ModelRequest
from affectgraph.graphs.reasoner.models.schema_prompt import with_schema_prompt
from affectgraph.graphs.schema import ModelUsage
from affectgraph.tools.errors import one_line
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.io.sanitize import sanitize_text

Reply = TypeVar("Reply", bound=BaseModel)

_PROMPTS = Path(__file__).parent / "prompts"
_FENCED = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
# What some models think aloud ends with this; no reply is in it.
_THOUGHT = "</think>"
_ERROR_CHARACTERS = 300
_MOST_VOTES = 4
_MOST_FACTS = 2
_MOST_UNVOTED = 8


@dataclass(frozen=True)
class ReasonerAnswer(Generic[Reply]):
    """What came of a question.

    Attributes:
        reply: The validated reply; None if none could be read.
        spent: What it cost.
        problem: Why there is no reply.
    """

    reply: Reply | None
    spent: ModelUsage
    problem: str = ""


class Reasoner:
    """A chat model that answers in a schema.

    Replies are validated here, whatever the model or its server promises; one that
    cannot be read is asked for once more, with the reason, and then given up. Where
    the schema is refused, it is told in words.
    """

    def __init__(
        self,
        model: BaseChatModel | None,
        name: str,
        *,
        settings: Mapping[str, Any] | None = None,
        tape: ExternalCalls | None = None,
    ) -> None:
        """Give it its model.

        Args:
            model: The chat model; None where the tape knows every answer.
            name: What the verdict calls it.
            settings: Of the model, for the record.
            tape: What stands between it and the model.
        """
        self.name = name
        self._model = model
        self.settings = dict(settings or {})
        self._tape = tape or ExternalCalls()
        self._in_words = False

    @property
    def weights(self) -> dict[str, str]:
        """SHA-256 of its weights by name, as far as the model tells."""
        told = self.settings.get("weights")
        return told if isinstance(told, dict) else {}

    def taped(self, tape: ExternalCalls) -> "Reasoner":
        """The same reasoner behind a tape."""
        return Reasoner(self._model, self.name, settings=self.settings, tape=tape)

    def ask(
        self, context: str, task: str, schema: type[Reply]
    ) -> ReasonerAnswer[Reply]:
        """Ask one question.

        Args:
            context: System text and evidence; equal beginnings are cached by servers.
            task: The question, last.
            schema: What the reply must be.

        Returns:
            The reply, or why there is none. No error of the model is raised.
        """
        messages: list[BaseMessage] = [SystemMessage(context), HumanMessage(task)]
        spent, problem, options = ModelUsage(), "", _constrained(schema)
        if self._in_words:
            messages, options = with_schema_prompt(messages, options), {}
        for _ in range(2):
            heard = self._hear(messages, options)
            spent += heard.spent
            if heard.refused and options:
                self._in_words = True
                messages, options = with_schema_prompt(messages, options), {}
                heard = self._hear(messages, options)
                spent += heard.spent
            if heard.problem:
                return ReasonerAnswer(None, spent, heard.problem)
            try:
                return ReasonerAnswer(parsed(heard.text, schema), spent)
            except ValueError as error:
                problem = sanitize_text(str(error))[:_ERROR_CHARACTERS]
                mend = f"That could not be read ({problem}). Reply with the JSON only."
                said = AIMessage(heard.text)
                messages = [*messages[:2], said, HumanMessage(mend)]
        return ReasonerAnswer(None, spent, f"unreadable reply: {problem}")

    def _hear(self, messages: list[BaseMessage], options: dict[str, Any]) -> ModelReply:
        asked = ModelRequest(
            model=self.name,
            settings=self.settings,
            options=options,
            messages=tuple((message.type, str(message.text)) for message in messages),
        )
        return self._tape.answer(asked, lambda: self._invoke(messages, options))

    def _invoke(
        self, messages: list[BaseMessage], options: dict[str, Any]
    ) -> ModelReply:
        if self._model is None:
            return ModelReply(
                spent=ModelUsage(), problem="no language model is at hand"
            )
        started = time.perf_counter()
        try:
            message = self._model.invoke(messages, **options)
        except Exception as error:  # a provider may raise anything it likes
            spent = ModelUsage(calls=1, seconds=time.perf_counter() - started)
            return ModelReply(
                spent=spent, problem=one_line(error), refused=_refused(error)
            )
        spent = _spent(message, time.perf_counter() - started)
        return ModelReply(text=str(message.text), spent=spent)


def parsed(text: str, schema: type[Reply]) -> Reply:
    """Read a reply: JSON, bare or fenced, or the first object in the text.

    Raises:
        ValueError: If there is no such object, or it is not what the schema says.
    """
    text = text.rpartition(_THOUGHT)[2]
    fenced = _FENCED.search(text)
    body = fenced.group(1) if fenced else text
    first = body.find("{")
    if first < 0:
        raise ValueError("no JSON object in the reply")
    try:
        value, _ = json.JSONDecoder().raw_decode(body[first:])
        return schema.model_validate(value)
    except ValidationError as error:
        worst = error.errors()[0]
        place = ".".join(str(step) for step in worst["loc"])
        raise ValueError(f"{place}: {worst['msg']}") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def literal_of(values: Iterable[str]) -> Any:
    """The type of exactly these strings, for a schema."""
    return Literal[tuple(values)]


def prompt(name: str, **values: str) -> str:
    """A prompt from its Markdown file, with its `$names` filled in."""
    return _template(name).substitute(values)


def salient(evidence: Sequence[Evidence], last: str = "") -> list[Evidence]:
    """The few pieces that a small model can hold in mind: votes first, then facts.

    A modality's facts come in the order in which its sense gave them, plainest first,
    and no modality may crowd out another. Those of the modality `last` come last: a
    question that hides it begins as one that shows it, and servers cache beginnings.
    """
    votes = [piece for piece in evidence if piece.distribution is not None]
    facts = [piece for piece in evidence if piece.distribution is None]
    most = _MOST_FACTS if votes else _MOST_UNVOTED
    kept = _fairly(votes, _MOST_VOTES) + _fairly(facts, most)
    return sorted(kept, key=lambda piece: (piece.modality == last, piece.modality))


def evidence_lines(evidence: Sequence[Evidence]) -> str:
    """Evidence as quoted data, one piece a line; its text cannot break out."""
    return "\n".join(
        f"{piece.id} ({piece.modality}): "
        f"{json.dumps(piece.observation, ensure_ascii=False)}"
        for piece in evidence
    )


def _fairly(pieces: Sequence[Evidence], most: int) -> list[Evidence]:
    rank: Counter[str] = Counter()
    ranked = []
    for piece in pieces:
        ranked.append((rank[piece.modality], piece))
        rank[piece.modality] += 1
    ranked.sort(key=lambda pair: pair[0])
    return [piece for _, piece in ranked[:most]]


@cache
def _template(name: str) -> Template:
    return Template((_PROMPTS / f"{name}.md").read_text(encoding="utf-8").strip())


def _refused(error: Exception) -> bool:
    """What was refused is how it was asked: an unknown field, or an argument."""
    return isinstance(error, TypeError) or getattr(error, "status_code", 0) == 400


def _constrained(schema: type[BaseModel]) -> dict[str, Any]:
    wanted = {
        "name": schema.__name__,
        "schema": {**schema.model_json_schema(), "additionalProperties": False},
        "strict": True,
    }
    return {"response_format": {"type": "json_schema", "json_schema": wanted}}


def _spent(message: AIMessage, seconds: float) -> ModelUsage:
    usage = message.usage_metadata
    return ModelUsage(
        calls=1,
        prompt_tokens=usage["input_tokens"] if usage else 0,
        completion_tokens=usage["output_tokens"] if usage else 0,
        seconds=seconds,
    )
