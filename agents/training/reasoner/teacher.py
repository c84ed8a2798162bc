"""Right replies for the small reasoner, in the very prompts that the graph sends.

A teacher stands in for the language model while the graph's own nodes ask about a take.
It replies by arithmetic: where evidence stands is `stance`, a sentence restates an
observation, and only what the claim checker lets stand becomes a trace.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import permutations
from typing import Any, TypeVar

import numpy as np
from langgraph.runtime import Runtime
from pydantic import BaseModel

from affectgraph.agents.training.reasoner.evidence import Take
from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.reasoner.reasoner import Reasoner, ReasonerAnswer
from affectgraph.graphs.schema import Claim, Fused, ModelUsage
from affectgraph.graphs.verdict import checks
from affectgraph.graphs.verdict.nodes.explain import explain
from affectgraph.graphs.verdict.nodes.fuse import pool
from affectgraph.graphs.verdict.nodes.hypothesize import hypothesize
from affectgraph.graphs.verdict.nodes.verify import rank_hypotheses
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence, Frozen

Reply = TypeVar("Reply", bound=BaseModel)
Fields = dict[str, Any]

# Adjectives of every basic emotion, as a subdued, an even and an agitated voice has it.
_ADJECTIVES = {
    "neutral": (
        "calm serene placid",
        "composed matter-of-fact factual",
        "attentive focused earnest",
    ),
    "happy": (
        "content pleased grateful",
        "cheerful joyful delighted",
        "excited thrilled elated",
    ),
    "sad": (
        "dejected melancholic resigned",
        "sorrowful disappointed unhappy",
        "distressed anguished devastated",
    ),
    "angry": (
        "resentful bitter displeased",
        "annoyed irritated frustrated",
        "furious enraged outraged",
    ),
    "fear": (
        "uneasy hesitant apprehensive",
        "anxious worried nervous",
        "terrified panicked frantic",
    ),
    "disgust": (
        "disdainful scornful dismissive",
        "disgusted contemptuous averse",
        "revolted repulsed appalled",
    ),
    "surprise": (
        "puzzled curious perplexed",
        "surprised amazed intrigued",
        "astonished startled shocked",
    ),
}
_AGITATION = ("pitch", "pitch_range", "effort", "loudness_range", "rate")
_NOUNS = {"happy": "happiness", "sad": "sadness", "angry": "anger"}
_SIDES = {
    ("for", False): ("speaks for", "points to", "fits"),
    ("for", True): ("may speak for", "may point to"),
    ("against", False): ("speaks against", "does not fit", "does not point to"),
    ("against", True): ("may speak against", "may not fit"),
}
# The least share of a vote with which it hints at an emotion.
_HINTED = 0.15
_LONGEST = 120
_REWRITTEN = 0.5
_ROOM = 80
_QUOTE = re.compile(r'"([^"]*)"')
_DIGITS = re.compile(r"\d+\.\d+")


class Trace(Frozen):
    """One question of the graph, and the right reply.

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
    """A reasoner that knows what to reply, and remembers what it was asked."""

    def __init__(self, reply: Callable[[str, list[str]], Fields]) -> None:
        """Give it its knowledge: from a task and the fields of a reply to the reply."""
        super().__init__(None, "teacher")
        self._reply = reply
        self.traces: list[Trace] = []

    def ask(
        self, context: str, task: str, schema: type[Reply]
    ) -> ReasonerAnswer[Reply]:
        """Reply, and keep the question."""
        reply = schema.model_validate(self._reply(task, [*schema.model_fields]))
        said = json.dumps(reply.model_dump(), ensure_ascii=False, separators=(",", ":"))
        kind = schema.__name__
        self.traces.append(Trace(kind=kind, context=context, task=task, reply=said))
        return ReasonerAnswer(reply, ModelUsage())


def traces(take: Take, rng: np.random.Generator) -> Iterator[Trace]:
    """Every question that the graph asks about a take, and some that it might ask."""
    evidence = {piece.id: piece for piece in take.evidence}
    fused = pool(take.evidence)
    state = VerdictState(
        evidence=list(take.evidence), cases=[], checks=[], rounds=1,
        fused=fused, spent=ModelUsage(),
    )  # fmt: skip
    namer = Teacher(partial(_words, take, rng))
    state["hypotheses"] = hypothesize(state, _runtime(namer))["hypotheses"]
    yield from namer.traces
    for one, other in permutations(rank_hypotheses(state)[:2], 2):
        # Judged with what speaks loudest for the other hidden too, or B would be the
        # rule: the reply must not depend on the letter.
        for heard in (fused, _mirrored(fused, one.label, other.label)):
            judge = Teacher(partial(_choices, evidence, one.label, other.label))
            checks.blind_check(one, other, heard, list(take.evidence), judge)
            yield from judge.traces
    label = top_emotion(fused.distribution)
    rivals = [emotion for emotion in BASIC_EMOTIONS if emotion != label]
    rival = rivals[int(rng.integers(len(rivals)))]
    rewritten = [(rival, True)] * int(rng.random() < _REWRITTEN)
    for argued, spoils in ((label, False), (rival, False), *rewritten):
        shares = {e: (0.88 if e == argued else 0.02) for e in BASIC_EMOTIONS}
        state["fused"] = fused.model_copy(update={"distribution": shares})
        writer = Teacher(partial(_claims, evidence, argued, rng, spoils))
        explain(state, _runtime(writer))
        yield from (t for t in writer.traces if _stands(t, evidence, argued))


def _mirrored(fused: Fused, one: str, other: str) -> Fused:
    """As if every sense had said of each of two emotions what it said of the other."""
    votes = {
        name: {**vote, one: vote[other], other: vote[one]}
        for name, vote in fused.by_modality.items()
    }
    return fused.model_copy(update={"by_modality": votes})


def _runtime(teacher: Teacher) -> Runtime[Context]:
    context = Context(clip=Clip.open(text="-"), tools=(), reasoner=teacher)
    return Runtime(context=context, stream_writer=lambda _: None)


def _words(
    take: Take, rng: np.random.Generator, task: str, fields: Sequence[str]
) -> Fields:
    """A word for every candidate, and what else is expressed or hinted at."""
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
        words = _ADJECTIVES[label][degree].split()
        reply[label] = [words[rng.integers(len(words))]]
    return {**reply, "also": _also(take, candidates)}


def _also(take: Take, candidates: Sequence[str]) -> str:
    if take.label not in candidates:
        return take.label
    votes = [p.distribution for p in take.evidence if p.distribution is not None]
    hinted = {
        emotion: max(vote[emotion] for vote in votes)
        for emotion in BASIC_EMOTIONS
        if emotion not in candidates
    }
    best = max(hinted, key=hinted.__getitem__)
    return best if hinted[best] >= _HINTED else "none"


def _choices(
    evidence: Mapping[str, Evidence], a: str, b: str, task: str, fields: Sequence[str]
) -> Fields:
    """For every piece the emotion that it is rather for, or less against."""
    rank = {"for": 1, "neither": 0, "against": -1}
    reply = {}
    for name in fields:
        gap = rank[stance(evidence[name], a)] - rank[stance(evidence[name], b)]
        reply[name] = "A" if gap > 0 else "B" if gap < 0 else "neither"
    return reply


def _claims(
    evidence: Mapping[str, Evidence],
    label: str,
    rng: np.random.Generator,
    spoils: bool,
    task: str,
    fields: Sequence[str],
) -> Fields:
    """A sentence for every piece; where it spoils, first a wrong one."""
    hedged = "hedge" in task or " may " in task
    spoiled = spoils and "refused" not in task
    return {
        name: _sentence(evidence[name], label, hedged, spoiled, rng) for name in fields
    }


def _sentence(
    piece: Evidence, label: str, hedged: bool, spoiled: bool, rng: np.random.Generator
) -> str:
    """What was observed, in short, and on which side; with other numbers if spoiled."""
    side = stance(piece, label)
    text = _short(piece.observation)
    if spoiled:
        text = _DIGITS.sub(lambda found: f"{float(found[0]) + 0.31:.2f}", text)
    phrases = _SIDES["for" if side == "for" else "against", hedged]
    phrase = phrases[rng.integers(len(phrases))]
    return f"{text}, which {phrase} {_NOUNS.get(label, label)}."[:_LONGEST]


def _short(observation: str) -> str:
    """The last part of an observation, its quotation shortened, without full stop."""
    said = _QUOTE.search(observation)
    plain = _QUOTE.sub('""', observation).rstrip(".")
    if "; " in plain:
        plain = plain.split("; ")[-1].replace("its expression", "the face's expression")
    if said is None:
        return plain[0].upper() + plain[1:]
    words = ""
    for word in said[1].split():
        if len(plain) + len(words) + len(word) >= _ROOM and words:
            break
        words = f"{words} {word}".strip()
    return plain.replace('""', f'"{words}"', 1)


def _stands(trace: Trace, evidence: Mapping[str, Evidence], label: str) -> bool:
    """The checker lets every sentence of it stand, and none was cut."""
    sentences: dict[str, str] = json.loads(trace.reply)
    for name, text in sentences.items():
        supports = stance(evidence[name], label) != "against"
        claim = Claim(text=text, cites=(name,), supports=supports)
        if not text.endswith(".") or claim_problem(claim, evidence, {}, label):
            return False
    return True
