"""Calls of a run to its senses, memory, language model and reviewer.

Nodes make these calls through `ExternalCalls`, which passes each one on. Subclasses
record the answers, replay recorded ones, or change them.
"""

import hashlib
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from pydantic import Field

from affectgraph.graphs.schema import Decision, ModelUsage, Review, SenseStatus
from affectgraph.memory import MemoryTrust, Recalled
from affectgraph.tools.evidence import Evidence, Frozen, Span
from affectgraph.tools.io.vectors import Vector
from affectgraph.tools.transcript.words import SpokenSpan


class ExternalRequest(Frozen):
    """A request that leaves the graph; equal requests have equal keys."""

    kind: ClassVar[str] = "request"

    @property
    def key(self) -> str:
        """SHA-256 of the request."""
        content = self.model_dump_json(exclude_defaults=True)
        return hashlib.sha256(content.encode()).hexdigest()


class UtterancesRequest(ExternalRequest):
    """Request to find who says what, and when.

    Attributes:
        clip: SHA-256 of the clip.
        people: How many people speak; None if unknown.
        with_words: Recognise the words, too.
    """

    kind: ClassVar[str] = "utterances"

    clip: str
    people: int | None
    with_words: bool


class UtterancesResult(Frozen):
    """The utterances of the clip, or why there are none."""

    utterances: tuple[SpokenSpan, ...] = ()
    problem: str = ""


class PerceptionRequest(ExternalRequest):
    """Request to perceive a span of the clip with one sense.

    Attributes:
        tool: Name of the perception tool.
        weights: SHA-256 of the weights that it uses for this clip, by name.
        clip: SHA-256 of the clip.
        span: The span to perceive, in seconds.
        fine: Take a closer look, at a higher resolution.
        first: Number of the first new piece of evidence.
        utterances: Spans to perceive one by one instead; none for the whole span.
    """

    kind: ClassVar[str] = "look"

    tool: str
    weights: dict[str, str]
    clip: str
    span: Span
    fine: bool
    first: int
    utterances: tuple[Span, ...] = ()


class PerceptionResult(Frozen):
    """The evidence of one perception, and the status of the sense."""

    evidence: tuple[Evidence, ...] = ()
    sensed: SenseStatus


class RecallRequest(ExternalRequest):
    """Search the memory for similar cases.

    Attributes:
        vectors: SHA-256 of each vector, by its space.
        leading: Label of the leading hypothesis.
        rivals: Labels of the others.
        exclude: SHA-256 of clips to leave out.
        k: Number of supporting cases wanted.
    """

    kind: ClassVar[str] = "search"

    vectors: dict[str, str]
    leading: str
    rivals: tuple[str, ...]
    exclude: tuple[str, ...]
    k: int


class RecallResult(Frozen):
    """The cases that the memory found.

    Attributes:
        cases: The cases.
        trust: In the user's own cases; None if there are none.
    """

    cases: tuple[Recalled, ...] = ()
    trust: MemoryTrust | None = None


class ModelRequest(ExternalRequest):
    """Prompt the language model.

    Attributes:
        model: Its name.
        settings: Its settings.
        options: Options of this request, such as the schema of the reply.
        messages: Role and text of each message.
    """

    kind: ClassVar[str] = "prompt"

    model: str
    settings: dict[str, Any]
    options: dict[str, Any]
    messages: tuple[tuple[str, str], ...]


class ToolCall(Frozen):
    """A tool that the language model wants to use, with its arguments."""

    name: str
    arguments: dict[str, Any]


class ModelReply(Frozen):
    """The reply of the language model, or why there is none.

    Attributes:
        text: The reply.
        tool_calls: Tools that it wants to use.
        first_token: Log-probability of each token that the reply may begin with, where
            the provider gives it.
        spent: Calls, tokens and seconds used.
        problem: Why there is no reply.
        refused: The server refused the form of the request.
    """

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    first_token: dict[str, float] = Field(default_factory=dict)
    spent: ModelUsage
    problem: str = ""
    refused: bool = False


class ReviewRequest(ExternalRequest):
    """Ask a person about a decision before it is explained.

    Attributes:
        decision: What the graph decided.
    """

    kind: ClassVar[str] = "review"

    decision: Decision


class ReviewReply(Frozen):
    """What the person said."""

    review: Review


def vector_sha256(vector: Vector) -> str:
    """SHA-256 of a vector, as little-endian float32."""
    return hashlib.sha256(vector.astype("<f4").tobytes()).hexdigest()


Answer = TypeVar("Answer", bound=Frozen)


class ExternalCalls:
    """Passes every request on."""

    def answer(self, request: ExternalRequest, ask: Callable[[], Answer]) -> Answer:
        """The answer to a request.

        Args:
            request: The request.
            ask: Makes the call to the sense, the memory or the model.
        """
        return ask()
