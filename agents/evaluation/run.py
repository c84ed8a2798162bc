"""Answer every row of a manifest, once, and compare what the parts would say."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.evaluation.baselines import baselines
from affectgraph.agents.evaluation.manifest import Listed, Row
from affectgraph.agents.evaluation.metrics import Answers, Figures, figures
from affectgraph.agents.evaluation.speakers import Speakers
from affectgraph.agents.evaluation.traces import Trace, traced
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.memory_prior import apply_memory_prior
from affectgraph.graphs.verdict.nodes.fuse import pool, vote_by_modality
from affectgraph.tools.clip import Clip, Turn
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    top_emotion,
)
from affectgraph.tools.errors import AffectgraphError, SettingError
from affectgraph.tools.evidence import Frozen

FULL = "full graph"
FUSION = "fusion"
FUSION_WITH_MEMORY = "fusion with memory"
WITHOUT = "fusion without "
_TURNS = 3
# Of a long turn, what was said last.
_LONGEST_TURN = 10_000


class Failure(Frozen):
    """A row that could not be answered.

    Attributes:
        row: Its line in the manifest.
        what: The path, or the beginning of the text.
        reason: Why.
    """

    row: int
    what: str
    reason: str


@dataclass(frozen=True)
class Guess:
    """What one configuration says about one row; a sense, with which quality."""

    shares: Distribution
    confidence: float
    abstained: bool = False
    quality: float = math.nan


@dataclass
class Evaluation:
    """Guesses by configuration and row, traces by row, and the rows that failed."""

    guesses: dict[str, dict[int, Guess]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    traces: dict[int, Trace] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def answers(self, name: str, rows: Sequence[Row]) -> Answers:
        """The answers of one configuration; rows it has no guess for are left out."""
        told = [row for row in rows if row.number in self.guesses[name]]
        guesses = [self.guesses[name][row.number] for row in told]
        order = {label: index for index, label in enumerate(BASIC_EMOTIONS)}
        return Answers(
            truth=np.array([order[row.label] for row in told]),
            answer=np.array([order[top_emotion(guess.shares)] for guess in guesses]),
            confidence=np.array([guess.confidence for guess in guesses]),
            abstained=np.array([guess.abstained for guess in guesses]),
            groups=[row.group for row in told],
            quality=np.array([guess.quality for guess in guesses]),
        )

    def compared(self, rows: Sequence[Row]) -> dict[str, Answers]:
        """Answers of all that answer every clip but the ablations, the graph last."""
        names = [
            name
            for name, told in self.guesses.items()
            if name != FULL
            and not name.startswith(WITHOUT)
            and len(told) == len(self.guesses[FULL])
        ]
        return {name: self.answers(name, rows) for name in (*names, FULL)}

    def figures(self, rows: Sequence[Row]) -> dict[str, Figures]:
        """Figures of every configuration that answered anything, baselines first."""
        answered = [row for row in rows if row.number in self.traces]
        found = baselines(answered) if answered else {}
        for name, told in self.guesses.items():
            if told:
                found[name] = figures(self.answers(name, rows))
        return found


def evaluate(
    agent: EmotionAgent,
    rows: Sequence[Row],
    done: Callable[[int], None] = lambda _: None,
) -> Evaluation:
    """Analyse every row once, and read all configurations off its evidence.

    Labels never reach the agent. A sense that has nothing to go by is counted with a
    uniform distribution, so that every configuration answers the same clips.

    Args:
        agent: What is evaluated.
        rows: Labelled clips.
        done: Called with the number of rows behind.

    Raises:
        SettingError: If the rows are none.
    """
    if not all(isinstance(row, Row) for row in rows):
        raise SettingError("rows: pass what read_manifest(PATH) gives")
    evaluation = Evaluation()
    speakers = Speakers()
    for number, row in enumerate(rows, 1):
        try:
            clip = opened(row, rows)
            verdict, trace = traced(lambda clip=clip: agent.analyze(clip))  # type: ignore[misc]
        except AffectgraphError as error:
            what = str(row.path or (row.text or "")[:60])
            evaluation.failures.append(
                Failure(row=row.number, what=what, reason=str(error))
            )
            continue
        finally:
            done(number)
        evaluation.traces[row.number] = trace
        for name, guess in _read_off(verdict):
            evaluation.guesses[name][row.number] = guess
        speakers.remember(row, clip, verdict.evidence)
    for name, number, shares in speakers.read_again():
        evaluation.guesses[name][number] = Guess(shares, max(shares.values()))
    return evaluation


def opened(row: Listed, rows: Sequence[Listed]) -> Clip:
    """The clip of a row, with what was said before it in its dialogue.

    Raises:
        ClipError: If it cannot be used.
    """
    turns = said_before(row, rows)
    return Clip.open(row.path, text=row.text, turns=turns, language=row.language)


def said_before(row: Listed, rows: Sequence[Listed]) -> tuple[Turn, ...] | None:
    """The last turns of the dialogue of a row before it; None if it is of none."""
    if not row.dialogue:
        return None
    before = [
        other
        for other in rows
        if other.dialogue == row.dialogue and other.turn < row.turn and other.text
    ]
    before.sort(key=lambda other: other.turn)
    return tuple(
        Turn(
            text=(other.text or "")[-_LONGEST_TURN:],
            same_speaker=bool(row.speaker) and other.speaker == row.speaker,
        )
        for other in before[-_TURNS:]
    )


def _read_off(verdict: Verdict) -> Iterator[tuple[str, Guess]]:
    """What each sense alone, fusion, and the whole graph say."""
    fused = pool(verdict.evidence)
    votes = vote_by_modality(verdict.evidence)
    for modality in verdict.modalities:
        shares, quality = votes.get(modality, (distribution({}), math.nan))
        yield modality, Guess(shares, max(shares.values()), quality=quality)
    with_memory = apply_memory_prior(fused, verdict.cases).distribution
    yield FUSION, Guess(fused.distribution, max(fused.distribution.values()))
    yield FUSION_WITH_MEMORY, Guess(with_memory, max(with_memory.values()))
    if len(verdict.modalities) > 1:
        for modality in verdict.modalities:
            rest = pool(verdict.evidence, without=(modality,)).distribution
            yield WITHOUT + modality, Guess(rest, max(rest.values()))
    yield (
        FULL,
        Guess(verdict.distribution, verdict.confidence, abstained=verdict.abstained),
    )
