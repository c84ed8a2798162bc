"""Right replies to the prompts of the graph, to train the small reasoner.

A teacher replaces the language model while the nodes of the graph ask about a take. It
replies by rule: `stance` decides which evidence supports a label.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
from langgraph.runtime import Runtime
from pydantic import BaseModel

from affectgraph.agents.training.reasoner.evidence import EvidenceTake
from affectgraph.graphs.reasoner.reasoner import Reasoner, ReasonerAnswer
from affectgraph.graphs.schema import ModelUsage
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.graphs.verdict.reason.propose import propose
from affectgraph.graphs.verdict.state import Budget, Context, VerdictState
from affectgraph.tools.clip import Clip
from affectgraph.tools.evidence import Frozen

Reply = TypeVar("Reply", bound=BaseModel)
Fields = dict[str, Any]

# Adjectives of every basic emotion, for a subdued, an even and an agitated voice.
_ADJECTIVES = {
    "neutral": "calm serene placid, composed matter-of-fact factual, "
    "attentive focused earnest",
    "happy": "content pleased grateful, cheerful joyful delighted, "
    "excited thrilled elated",
    "sad": "dejected melancholic resigned, sorrowful disappointed unhappy, "
    "distressed anguished devastated",
    "angry": "resentful bitter displeased, annoyed irritated frustrated, "
    "furious enraged outraged",
    "fear": "uneasy hesitant apprehensive, anxious worried nervous, "
    "terrified panicked frantic",
    "disgust": "disdainful scornful dismissive, disgusted contemptuous averse, "
    "revolted repulsed appalled",
    "surprise": "puzzled curious perplexed, surprised amazed intrigued, "
    "astonished startled shocked",
}
_AGITATION = ("pitch", "pitch_range", "effort", "loudness_range", "rate")


class TeacherTrace(Frozen):
    """A prompt of the graph, and the right reply.

    Attributes:
        kind: Name of the schema of the reply.
        context: System text and evidence.
        task: The question.
        reply: JSON.
    """

    kind: str
    context: str
    task: str
    reply: str


class Teacher(Reasoner):
    """A reasoner that replies by a function, and records prompts and replies."""

    def __init__(self, reply: Callable[[str, list[str]], Fields]) -> None:
        """Set the function from a task and the fields of a reply to the reply."""
        super().__init__(None, "teacher")
        self._reply = reply
        self.traces: list[TeacherTrace] = []

    def ask(
        self, context: str, task: str, schema: type[Reply]
    ) -> ReasonerAnswer[Reply]:
        """Reply, and record the prompt."""
        reply = schema.model_validate(self._reply(task, [*schema.model_fields]))
        encoded = json.dumps(
            reply.model_dump(), ensure_ascii=False, separators=(",", ":")
        )
        kind = schema.__name__
        self.traces.append(
            TeacherTrace(kind=kind, context=context, task=task, reply=encoded)
        )
        return ReasonerAnswer(reply, ModelUsage())


def teacher_traces(
    take: EvidenceTake, rng: np.random.Generator
) -> Iterator[TeacherTrace]:
    """Yield all prompts of the graph about a take."""
    fused = pool(take.evidence)
    state = VerdictState(
        evidence=list(take.evidence), cases=[], checks=[], rounds=1,
        fused=fused, spent=ModelUsage(),
    )  # fmt: skip
    namer = Teacher(partial(_reply_words, take, rng))
    propose(state, _runtime(namer))
    yield from namer.traces


def _runtime(teacher: Teacher) -> Runtime[Context]:
    # The take has no clip to look at again.
    context = Context(
        clip=Clip.open(text="-"), tools=(), reasoner=teacher, budget=Budget(rounds=1)
    )
    return Runtime(context=context, stream_writer=lambda _: None)


def _reply_words(
    take: EvidenceTake, rng: np.random.Generator, task: str, fields: Sequence[str]
) -> Fields:
    """Reply with a word for every candidate."""
    directions = [
        measurement.direction
        for piece in take.evidence
        for name, measurement in piece.measurements.items()
        if name in _AGITATION
    ]
    balance = directions.count("high") - directions.count("low")
    degree = 1 if balance == 0 else 2 if balance > 0 else 0
    reply: Fields = {}
    for label in fields:
        words = _ADJECTIVES[label].split(", ")[degree].split()
        reply[label] = [words[rng.integers(len(words))]]
    return reply
