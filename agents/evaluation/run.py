"""Evaluate the agent on a manifest, and compare its parts on the same clips."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from affectgraph.agents.analysis_methods import AnalysisMethods
from affectgraph.agents.evaluation.figures import (
    Answers,
    Figures,
    baselines,
    compute_figures,
)
from affectgraph.agents.evaluation.manifest import ManifestClip, ManifestRow
from affectgraph.agents.evaluation.speakers import SpeakerBaselines
from affectgraph.agents.evaluation.traces import VerdictTrace, run_traced
from affectgraph.graphs.schema import Fused, Verdict
from affectgraph.graphs.verdict.memory_experts import OWN, add_memories
from affectgraph.graphs.verdict.pooling import equal_pool, pool
from affectgraph.memory import MemoryTrust
from affectgraph.tools.clip import Clip, Turn
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    top_emotion,
)
from affectgraph.tools.errors import AffectgraphError, SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.sense_votes import vote_by_modality

FULL = "full graph"
EQUAL = "equal pool"
FUSION = "fusion"
FUSION_WITH_MEMORY = "fusion with memory"
WITHOUT = "fusion without "
_MAX_TURNS = 3
# The end of a longer turn is used.
_MAX_TURN_CHARS = 10_000


class FailedRow(Frozen):
    """A row that could not be analysed."""

    row: int
    what: str
    reason: str


@dataclass(frozen=True)
class RowPrediction:
    """The answer of one configuration to one row; quality is that of a single sense."""

    shares: Distribution
    confidence: float
    abstained: bool = False
    quality: float = math.nan


@dataclass
class Evaluation:
    """Predictions by configuration and row, traces by row, and rows that failed."""

    predictions: dict[str, dict[int, RowPrediction]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    traces: dict[int, VerdictTrace] = field(default_factory=dict)
    failures: list[FailedRow] = field(default_factory=list)

    def answers(self, name: str, rows: Sequence[ManifestRow]) -> Answers:
        """Return the answers of one configuration to the rows that it answered."""
        answered = [row for row in rows if row.number in self.predictions[name]]
        predictions = [self.predictions[name][row.number] for row in answered]
        order = {label: index for index, label in enumerate(BASIC_EMOTIONS)}
        return Answers(
            truth=np.array([order[row.label] for row in answered]),
            answer=np.array([order[top_emotion(one.shares)] for one in predictions]),
            confidence=np.array([one.confidence for one in predictions]),
            abstained=np.array([one.abstained for one in predictions]),
            groups=[row.group for row in answered],
            quality=np.array([one.quality for one in predictions]),
            likelihood=np.array(
                [
                    one.shares[row.label]
                    for one, row in zip(predictions, answered, strict=True)
                ]
            ),
        )

    def compared(self, rows: Sequence[ManifestRow]) -> dict[str, Answers]:
        """Return answers of configurations that answer every clip, the graph last."""
        names = [
            name
            for name, predictions in self.predictions.items()
            if name != FULL
            and not name.startswith(WITHOUT)
            and len(predictions) == len(self.predictions[FULL])
        ]
        return {name: self.answers(name, rows) for name in (*names, FULL)}

    def compute_figures(self, rows: Sequence[ManifestRow]) -> dict[str, Figures]:
        """Compute figures of every configuration, baselines first."""
        answered = [row for row in rows if row.number in self.traces]
        figures = baselines(answered) if answered else {}
        for name, predictions in self.predictions.items():
            if predictions:
                figures[name] = compute_figures(self.answers(name, rows))
        return figures


def evaluate(
    agent: AnalysisMethods,
    rows: Sequence[ManifestRow],
    done: Callable[[int], None] = lambda _: None,
) -> Evaluation:
    """Analyse every row once, and derive all configurations from its evidence.

    Labels never reach the agent. A sense without evidence counts with a uniform
    distribution, so that every configuration answers the same clips.

    Args:
        agent: The agent to evaluate.
        rows: Labelled clips.
        done: Called after each row with the number of rows done.

    Raises:
        SettingError: If the rows are not those of a manifest.
    """
    if not all(isinstance(row, ManifestRow) for row in rows):
        raise SettingError("rows: pass what read_manifest(PATH) gives")
    evaluation = Evaluation()
    speakers = SpeakerBaselines()
    for number, row in enumerate(rows, 1):
        try:
            clip = open_clip(row, rows)
            verdict, trace = run_traced(lambda clip=clip: agent.analyze(clip))  # type: ignore[misc]
        except AffectgraphError as error:
            what = str(row.path or (row.text or "")[:60])
            evaluation.failures.append(
                FailedRow(row=row.number, what=what, reason=str(error))
            )
            continue
        finally:
            done(number)
        evaluation.traces[row.number] = trace
        for name, prediction in _configurations(verdict):
            evaluation.predictions[name][row.number] = prediction
        speakers.add(row, clip, verdict.evidence)
    for name, number, shares in speakers.predict_again():
        evaluation.predictions[name][number] = RowPrediction(
            shares, max(shares.values())
        )
    return evaluation


def open_clip(row: ManifestClip, rows: Sequence[ManifestClip]) -> Clip:
    """Open the clip of a row, with the turns before it in its dialogue."""
    turns = previous_turns(row, rows)
    return Clip.open(row.path, text=row.text, turns=turns, language=row.language)


def previous_turns(
    row: ManifestClip, rows: Sequence[ManifestClip]
) -> tuple[Turn, ...] | None:
    """Return the turns before a row in its dialogue; None if it belongs to none."""
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
            text=(other.text or "")[-_MAX_TURN_CHARS:],
            same_speaker=bool(row.speaker) and other.speaker == row.speaker,
        )
        for other in before[-_MAX_TURNS:]
    )


def _configurations(verdict: Verdict) -> Iterator[tuple[str, RowPrediction]]:
    """Yield the prediction of each sense alone, fusion, ablations and the graph."""
    fused = pool(verdict.evidence)
    votes = vote_by_modality(verdict.evidence)
    for modality in verdict.modalities:
        shares, quality = votes.get(modality, (distribution({}), math.nan))
        yield modality, RowPrediction(shares, max(shares.values()), quality=quality)
    equal = equal_pool(fused.by_modality)
    yield EQUAL, RowPrediction(equal, max(equal.values()))
    with_memory = _with_memory(fused, verdict).distribution
    yield FUSION, RowPrediction(fused.distribution, max(fused.distribution.values()))
    yield FUSION_WITH_MEMORY, RowPrediction(with_memory, max(with_memory.values()))
    if len(verdict.modalities) > 1:
        for modality in verdict.modalities:
            rest = pool(verdict.evidence, without=(modality,)).distribution
            yield WITHOUT + modality, RowPrediction(rest, max(rest.values()))
    yield (
        FULL,
        RowPrediction(
            verdict.distribution, verdict.confidence, abstained=verdict.abstained
        ),
    )


def _with_memory(fused: Fused, verdict: Verdict) -> Fused:
    """Add what the memories said in a verdict to the answer of the senses."""
    own = [c.trust.value for c in verdict.contributions if c.expert == OWN]
    trust = MemoryTrust(value=own[0]) if own else None
    return add_memories(fused, verdict.cases, trust)[0]
