"""Takes: what senses say of people whose face, voice and words were judged by others.

No corpus that can be had has all three with the judgement of each. A take therefore
follows one take of CREMA-D: its face is one of another corpus with the emotion that
most people saw in it, its voice one with the emotion that most heard, and its truth is
what they said who saw and heard it. So senses conflict as often as in CREMA-D, and
conflicts are decided as people decide them. Words are drawn by the truth, or say
nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.decision.domains import Domain
from affectgraph.agents.training.decision.votes import PeopleVotes
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution
from affectgraph.tools.evidence import Evidence, Provenance, Span
from affectgraph.tools.face.quality import REAL_SHARE

Floats = NDArray[np.float64]

SENSES = FACE, VOICE, WORDS = "face", "prosody", "transcript"
# Which senses a take has, and how often; assumed, not measured.
PATTERNS: dict[tuple[str, ...], float] = {
    (FACE, VOICE): 0.35,
    (FACE, VOICE, WORDS): 0.35,
    (FACE, WORDS): 0.15,
    (VOICE, WORDS): 0.15,
}
# Words that say nothing, as in acted corpora; assumed.
_SILENT_WORDS = 0.5
# Faces of videos, of which a network for photographs is right less often; assumed.
_MOVING = 0.7
_SURPRISE_SHARE = 1.0 / len(BASIC_EMOTIONS)
_NEUTRAL = BASIC_EMOTIONS.index("neutral")
_SURPRISE = BASIC_EMOTIONS.index("surprise")
_PREFIX = {FACE: "F", VOICE: "P", WORDS: "T"}


@dataclass(frozen=True)
class Take:
    """One composed take.

    Attributes:
        evidence: One vote of each sense.
        truth: Share of each emotion in what people say, [7].
        group: Actor whose take it follows.
        corpora: Those of its parts.
    """

    evidence: tuple[Evidence, ...]
    truth: Floats
    group: str
    corpora: tuple[str, ...]

    @property
    def label(self) -> str:
        """The emotion that most people name."""
        return BASIC_EMOTIONS[int(self.truth.argmax())]

    @property
    def senses(self) -> tuple[str, ...]:
        """Modalities of the evidence."""
        return tuple(piece.modality for piece in self.evidence)


class TakeComposer:
    """Composes takes of the clips of domains."""

    def __init__(self, domains: Sequence[Domain], seed: int) -> None:
        """Index the clips by sense and emotion."""
        self._rng = np.random.default_rng(seed)
        self._domains: Mapping[str, list[Domain]] = {
            sense: [d for d in domains if d.sense == sense and not d.moving]
            for sense in _PREFIX
        }
        self._moving = {domain.name: domain for domain in domains if domain.moving}

    def follow(self, votes: PeopleVotes, n: int) -> list[Take]:
        """Compose n takes that follow people's votes; a seventh shows surprise.

        People could not vote for surprise, so there all senses agree.
        """
        rows = self._rng.integers(len(votes.actor), size=n)
        return [self._follow_one(votes, int(row)) for row in rows]

    def agree(self, n: int) -> list[Take]:
        """Compose n takes of balanced emotions in which all three senses agree."""
        takes = []
        for number in range(n):
            emotion = number % len(BASIC_EMOTIONS)
            wanted = dict.fromkeys(_PREFIX, emotion)
            takes.append(self._compose(wanted, _certain(emotion), str(number)))
        return takes

    def _follow_one(self, votes: PeopleVotes, row: int) -> Take:
        patterns = list(PATTERNS)
        chosen = self._rng.choice(len(patterns), p=list(PATTERNS.values()))
        senses, actor = patterns[chosen], str(votes.actor[row])
        if self._rng.random() < _SURPRISE_SHARE:
            wanted = dict.fromkeys(senses, _SURPRISE)
            return self._compose(wanted, _certain(_SURPRISE), actor)
        judged = votes.both[row]
        if FACE not in senses or VOICE not in senses:
            judged = votes.face[row] if FACE in senses else votes.voice[row]
        said = _NEUTRAL
        if self._rng.random() >= _SILENT_WORDS:
            said = int(self._rng.choice(len(judged), p=judged))
        wanted = {
            FACE: int(votes.face[row].argmax()),
            VOICE: int(votes.voice[row].argmax()),
            WORDS: said,
        }
        return self._compose(
            {sense: wanted[sense] for sense in senses}, np.append(judged, 0.0), actor
        )

    def _compose(self, wanted: Mapping[str, int], truth: Floats, group: str) -> Take:
        evidence, corpora = [], []
        for sense, emotion in wanted.items():
            domain, row = self._clip(sense, emotion)
            evidence.append(as_evidence(domain, row))
            corpora.append(domain.name)
        return Take(tuple(evidence), truth, group, tuple(corpora))

    def _clip(self, sense: str, emotion: int) -> tuple[Domain, int]:
        """Draw a corpus that has the emotion, then a clip of it."""
        speaks = sense == FACE and bool(self._moving)
        moving = speaks and self._rng.random() < _MOVING
        # Real talking faces are read right less often than simulated ones.
        if moving and self._rng.random() >= REAL_SHARE:
            emotion = int(self._rng.integers(len(BASIC_EMOTIONS)))
        able = [d for d in self._domains[sense] if (d.truth == emotion).any()]
        domain = able[self._rng.integers(len(able))]
        row = int(self._rng.choice(np.flatnonzero(domain.truth == emotion)))
        return self._moving[domain.name] if moving else domain, row


def as_evidence(domain: Domain, row: int) -> Evidence:
    """The vote of a sense about one clip of a domain."""
    return Evidence(
        id=f"{_PREFIX[domain.sense]}1",
        modality=domain.sense,
        tool=domain.sense,
        span=Span(start=0.0, end=3.0),
        observation=f"A clip of {domain.name}.",
        measurements=dict(domain.measurements[row]) if domain.measurements else {},
        distribution=distribution(domain.shares[row].tolist()),
        quality=float(domain.quality[row]),
        provenance=Provenance(model=domain.name, sha256=domain.weights),
    )


def _certain(emotion: int) -> Floats:
    return np.asarray(np.eye(len(BASIC_EMOTIONS))[emotion])
