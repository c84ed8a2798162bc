"""Right replies to the prompts of the graph, to train the small reasoner.

A teacher replaces the language model while the nodes of the graph ask about a take. It
replies by rule: `stance` decides which evidence supports a label.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import permutations
from typing import Any, TypeVar

import numpy as np
from langgraph.runtime import Runtime
from pydantic import BaseModel

from affectgraph.agents.training.reasoner.evidence import EvidenceTake
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.reasoner.reasoner import Reasoner, ReasonerAnswer
from affectgraph.graphs.schema import Fused, ModelUsage
from affectgraph.graphs.verdict import checks
from affectgraph.graphs.verdict.nodes.hypothesize import hypothesize
from affectgraph.graphs.verdict.nodes.verify import rank_hypotheses
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Evidence, Frozen

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
# Lowest share of a vote that hints at an emotion.
_MIN_HINT = 0.15


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
    """Yield all prompts of the graph about a take, and some that it might send."""
    evidence = {piece.id: piece for piece in take.evidence}
    fused = pool(take.evidence)
    state = VerdictState(
        evidence=list(take.evidence), cases=[], checks=[], rounds=1,
        fused=fused, spent=ModelUsage(),
    )  # fmt: skip
    namer = Teacher(partial(_reply_words, take, rng))
    state["hypotheses"] = hypothesize(state, _runtime(namer))["hypotheses"]
    yield from namer.traces
    for first, second in permutations(rank_hypotheses(state)[:2], 2):
        # Mirrored votes balance the replies A and B, so that the letter says nothing.
        for votes in (fused, _mirrored(fused, first.label, second.label)):
            judge = Teacher(
                partial(_reply_choices, evidence, first.label, second.label)
            )
            checks.blind_check(first, second, votes, list(take.evidence), judge)
            yield from judge.traces


def _mirrored(fused: Fused, a: str, b: str) -> Fused:
    """Swap two emotions in what every sense adds."""
    terms = {
        name: {**term, a: term[b], b: term[a]} for name, term in fused.terms.items()
    }
    return fused.model_copy(update={"terms": terms})


def _runtime(teacher: Teacher) -> Runtime[Context]:
    context = Context(clip=Clip.open(text="-"), tools=(), reasoner=teacher)
    return Runtime(context=context, stream_writer=lambda _: None)


def _reply_words(
    take: EvidenceTake, rng: np.random.Generator, task: str, fields: Sequence[str]
) -> Fields:
    """Reply with a word for every candidate, and another emotion that is possible."""
    directions = [
        measurement.direction
        for piece in take.evidence
        for name, measurement in piece.measurements.items()
        if name in _AGITATION
    ]
    balance = directions.count("high") - directions.count("low")
    degree = 1 if balance == 0 else 2 if balance > 0 else 0
    candidates = [field for field in fields if field != "also"]
    reply: Fields = {}
    for label in candidates:
        words = _ADJECTIVES[label].split(", ")[degree].split()
        reply[label] = [words[rng.integers(len(words))]]
    return {**reply, "also": _other_emotion(take, candidates)}


def _other_emotion(take: EvidenceTake, candidates: Sequence[str]) -> str:
    if take.label not in candidates:
        return take.label
    votes = [p.distribution for p in take.evidence if p.distribution is not None]
    hints = {
        emotion: max(vote[emotion] for vote in votes)
        for emotion in BASIC_EMOTIONS
        if emotion not in candidates
    }
    best = max(hints, key=hints.__getitem__)
    return best if hints[best] >= _MIN_HINT else "none"


def _reply_choices(
    evidence: Mapping[str, Evidence], a: str, b: str, task: str, fields: Sequence[str]
) -> Fields:
    """Reply with the emotion that each piece supports more, or contradicts less."""
    rank = {"for": 1, "neither": 0, "against": -1}
    reply = {}
    for name in fields:
        gap = rank[stance(evidence[name], a)] - rank[stance(evidence[name], b)]
        reply[name] = "A" if gap > 0 else "B" if gap < 0 else "neither"
    return reply
