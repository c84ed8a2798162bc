"""What a run is told from outside: by its senses, its memory, its language model.

Nodes ask these three through a tape. The plain one passes every question on; others
write the answers down, answer from what was written down, or change an answer.
"""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from affectgraph.graphs.schema import ModelUsage, SenseStatus
from affectgraph.memory import Recalled
from affectgraph.tools.clip.artifacts import Vector
from affectgraph.tools.evidence import Evidence, Frozen, Span


class ExternalRequest(Frozen):
    """Something asked from outside; equal questions have equal keys."""

    @property
    def key(self) -> str:
        """SHA-256 of what is asked."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class PerceptionRequest(ExternalRequest):
    """One look of one sense.

    Attributes:
        tool: Name of the perception tool.
        weights: SHA-256 of the weights that it uses for this clip, by name.
        clip: SHA-256 of the clip.
        span: The seconds to look at.
        fine: Closer than usual.
        first: Number of the first new piece of evidence.
    """

    tool: str
    weights: dict[str, str]
    clip: str
    span: Span
    fine: bool
    first: int


class PerceptionResult(Frozen):
    """What came of a look."""

    evidence: tuple[Evidence, ...] = ()
    sensed: SenseStatus


class RecallRequest(ExternalRequest):
    """A question to the memory.

    Attributes:
        vectors: SHA-256 of each vector, by its space.
        leading: Label of the leading hypothesis.
        rivals: Labels of the others.
        exclude: SHA-256 of clips to leave out.
        k: Supporting cases wanted.
    """

    vectors: dict[str, str]
    leading: str
    rivals: tuple[str, ...]
    exclude: tuple[str, ...]
    k: int


class RecallResult(Frozen):
    """What the memory came up with."""

    cases: tuple[Recalled, ...] = ()


class ModelRequest(ExternalRequest):
    """A question to the language model.

    Attributes:
        model: Its name.
        settings: Its settings.
        options: What goes with this question, such as the schema of the reply.
        messages: Role and text of each message.
    """

    model: str
    settings: dict[str, Any]
    options: dict[str, Any]
    messages: tuple[tuple[str, str], ...]


class ModelReply(Frozen):
    """What the language model replied, or why it did not.

    Attributes:
        text: The reply.
        spent: What it cost.
        problem: Why there is none.
        refused: It was refused for how it was asked.
    """

    text: str = ""
    spent: ModelUsage
    problem: str = ""
    refused: bool = False


def vector_sha256(vector: Vector) -> str:
    """SHA-256 of a vector's numbers."""
    return hashlib.sha256(vector.astype("<f4").tobytes()).hexdigest()


Answer = TypeVar("Answer", bound=Frozen)


class ExternalCalls:
    """Passes every question on."""

    def answer(self, question: ExternalRequest, ask: Callable[[], Answer]) -> Answer:
        """The answer to a question.

        Args:
            question: What is asked.
            ask: Asks it of the sense, the memory or the model itself.
        """
        return ask()
