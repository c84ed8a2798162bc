"""Right replies to the prompts of the graph, to train the small reasoner.

A teacher replaces the language model while the nodes of the graph ask about a take. It
replies by rule: `stance` decides which evidence supports a label, a sentence restates
an observation, and only replies that pass the claim checker become traces.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
from langgraph.runtime import Runtime
from pydantic import BaseModel

from affectgraph.agents.training.reasoner.evidence import EvidenceTake
from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.reasoner.reasoner import Reasoner, ReasonerAnswer
from affectgraph.graphs.schema import Claim, ModelUsage
from affectgraph.graphs.verdict.nodes.decide import decide
from affectgraph.graphs.verdict.nodes.explain import explain
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.graphs.verdict.reason.propose import propose
from affectgraph.graphs.verdict.state import Budget, Context, VerdictState
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
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
_NOUNS = {"happy": "happiness", "sad": "sadness", "angry": "anger"}
_SIDES = {
    ("for", False): ("speaks for", "points to", "fits"),
    ("for", True): ("may speak for", "may point to"),
    ("against", False): ("speaks against", "does not fit", "does not point to"),
    ("against", True): ("may speak against", "may not fit"),
}
_MAX_SENTENCE_CHARS = 120
_REWRITE_SHARE = 0.5
_MAX_QUOTE_CHARS = 80
_QUOTE = re.compile(r'"([^"]*)"')
_DIGITS = re.compile(r"\d+\.\d+")


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
    state |= propose(state, _runtime(namer))
    yield from namer.traces
    label = top_emotion(fused.distribution)
    rivals = [emotion for emotion in BASIC_EMOTIONS if emotion != label]
    rival = rivals[int(rng.integers(len(rivals)))]
    rewrites = [(rival, True)] * int(rng.random() < _REWRITE_SHARE)
    for argued, corrupt in ((label, False), (rival, False), *rewrites):
        shares = {e: (0.88 if e == argued else 0.02) for e in BASIC_EMOTIONS}
        state["fused"] = fused.model_copy(update={"distribution": shares})
        writer = Teacher(partial(_reply_claims, evidence, argued, rng, corrupt))
        runtime = _runtime(writer)
        state["decision"] = decide(state, runtime)["decision"]
        explain(state, runtime)
        yield from (t for t in writer.traces if _passes_checker(t, evidence, argued))


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


def _reply_claims(
    evidence: Mapping[str, Evidence],
    label: str,
    rng: np.random.Generator,
    corrupt: bool,
    task: str,
    fields: Sequence[str],
) -> Fields:
    """Reply with a sentence for every piece; corrupt ones are refused first."""
    hedged = "hedge" in task or " may " in task
    wrong = corrupt and "refused" not in task
    return {
        name: _sentence(evidence[name], label, hedged, wrong, rng) for name in fields
    }


def _sentence(
    piece: Evidence, label: str, hedged: bool, wrong: bool, rng: np.random.Generator
) -> str:
    """State an observation, briefly, and its stance; with wrong numbers if asked."""
    side = stance(piece, label)
    text = _shorten(piece.observation)
    if wrong:
        text = _DIGITS.sub(lambda match: f"{float(match[0]) + 0.31:.2f}", text)
    phrases = _SIDES["for" if side == "for" else "against", hedged]
    phrase = phrases[rng.integers(len(phrases))]
    return f"{text}, which {phrase} {_NOUNS.get(label, label)}."[:_MAX_SENTENCE_CHARS]


def _shorten(observation: str) -> str:
    """Return the last part of an observation, with a shorter quotation."""
    quote = _QUOTE.search(observation)
    plain = _QUOTE.sub('""', observation).rstrip(".")
    if "; " in plain:
        plain = plain.split("; ")[-1].replace("its expression", "the face's expression")
    if quote is None:
        return plain[0].upper() + plain[1:]
    words = ""
    for word in quote[1].split():
        if len(plain) + len(words) + len(word) >= _MAX_QUOTE_CHARS and words:
            break
        words = f"{words} {word}".strip()
    return plain.replace('""', f'"{words}"', 1)


def _passes_checker(
    trace: TeacherTrace, evidence: Mapping[str, Evidence], label: str
) -> bool:
    """Whether every sentence passes the claim checker, and none was cut."""
    sentences: dict[str, str] = json.loads(trace.reply)
    for name, text in sentences.items():
        supports = stance(evidence[name], label) != "against"
        claim = Claim(text=text, cites=(name,), supports=supports)
        if not text.endswith(".") or claim_problem(claim, evidence, {}, label):
            return False
    return True
