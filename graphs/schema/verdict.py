"""The decision, its explanation, and the verdict."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import Field

from affectgraph.graphs.notebook import HtmlDisplay
from affectgraph.graphs.schema.fusion import (
    Conflict,
    Contribution,
    SenseStatus,
)
from affectgraph.graphs.schema.reasoning import (
    ActResult,
    Check,
    Hypothesis,
    Judgement,
    ModelUsage,
    Review,
)
from affectgraph.graphs.schema.statements import Statement
from affectgraph.graphs.utterances import save_utterances
from affectgraph.graphs.utterances.data_frames import (
    answers_table,
    evidence_table,
    timeline_table,
)
from affectgraph.graphs.utterances.utterance import Utterance
from affectgraph.memory import Recalled
from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.emotions import NOTICE, Distribution
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Evidence, Fraction, Frozen, Signed, Span
from affectgraph.tools.io.arguments import AnyPath

if TYPE_CHECKING:
    import pandas

TableRows = Literal["utterances", "timeline", "evidence"]

# Kinds of statements that argue for no side.
_SIDELESS = ("conclusion", "counterfactual", "change")


class Decision(Frozen):
    """The decision, before it is explained; fields as in `Verdict`.

    Attributes:
        leading: The most probable label, also where the decision abstains.
        review: What a person said of it; None if nobody was asked.
    """

    label: str | None
    leading: str
    runner_up: str
    contributions: tuple[Contribution, ...]
    labels: tuple[str, ...]
    fast: Distribution
    distribution: Distribution
    prediction_set: tuple[str, ...]
    confidence: Fraction
    abstention_reason: str
    mixed: bool
    review: Review | None = None


class Claim(Frozen):
    """One sentence of the explanation.

    Attributes:
        text: The sentence, without its citations.
        cites: Ids of the evidence or cases that it rests on.
        supports: True if it speaks for the verdict, False if against.
        statements: What it says, as fields that were compared with the evidence and
            the decision; one for each clause.
    """

    text: str
    cites: tuple[str, ...]
    supports: bool = True
    statements: tuple[Statement, ...] = ()

    @property
    def side(self) -> Literal["for", "against", ""]:
        """The side that it argues for; empty for what concludes, weighs or supposes."""
        point = self.statements[0] if self.statements else None
        if point and (point.kind in _SIDELESS or getattr(point, "over", None)):
            return ""
        return "for" if self.supports else "against"

    def __str__(self) -> str:
        return f"{self.text} [{', '.join(self.cites)}]"


class CaseInfluence(Frozen):
    """What one recalled case adds to the answer.

    Attributes:
        case: Id of the case, such as `C1`.
        log_odds: For the label against its runner-up; all cases of an expert add up
            to its contribution.
    """

    case: str
    log_odds: float


class TimelineRow(Frozen):
    """Distribution of one sense at one moment: a row of the timeline."""

    modality: str
    span: Span
    distribution: Distribution


class VerdictProvenance(Frozen):
    """How a verdict was computed.

    Attributes:
        version: Version of affectgraph.
        models: SHA-256 of the weights of every model that took part, by name.
        reasoner: Name of the language model, or `none`.
        settings: Settings of the run.
        thread: Id of the run's checkpoints.
        rounds: Number of rounds of reasoning.
        stopped: Why reasoning ended.
        spent: What the reasoner used.
        notes: Remarks for the user, such as a model that is not available.
        edits: Changes that a user made to the evidence.
    """

    version: str
    models: dict[str, str]
    reasoner: str
    settings: dict[str, Any]
    thread: str
    rounds: int
    stopped: str
    spent: ModelUsage
    notes: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()


class Verdict(HtmlDisplay, Frozen):
    """The verdict on one clip; docs/verdict.md explains every field."""

    clip: ClipInfo
    label: str | None
    labels: tuple[str, ...]
    distribution: Distribution
    fast: Distribution
    contributions: tuple[Contribution, ...] = ()
    terms: dict[str, dict[str, float]] = Field(default_factory=dict)
    runner_up: str = ""
    prediction_set: tuple[str, ...]
    confidence: Fraction
    abstained: bool
    abstention_reason: str = ""
    valence: Signed | None
    arousal: Signed | None
    mixed: bool
    conflict: tuple[Conflict, ...]
    hypotheses: tuple[Hypothesis, ...]
    checks: tuple[Check, ...]
    acts: tuple[ActResult, ...] = ()
    judgement: Judgement | None = None
    review: Review | None = None
    evidence: tuple[Evidence, ...]
    cases: tuple[Recalled, ...]
    influence: tuple[CaseInfluence, ...] = ()
    rests_on: tuple[str, ...] = ()
    claims: tuple[Claim, ...]
    timeline: tuple[TimelineRow, ...]
    utterances: tuple[Utterance, ...] = ()
    explanation: str
    explanation_source: Literal["llm", "template"]
    modalities: dict[str, SenseStatus]
    provenance: VerdictProvenance
    notice: str = Field(default=NOTICE)

    def __repr__(self) -> str:
        answer = f"{self.label} ({self.confidence:.2f})"
        if self.label is None:
            answer = f"abstains: {self.abstention_reason}"
        return f"<Verdict {self.clip.name}: {answer}>"

    __str__ = __repr__

    def to_dict(self) -> dict[str, Any]:
        """The verdict as lists, dictionaries, strings and numbers."""
        return self.model_dump(mode="json")

    def to_json(self) -> str:
        """The verdict as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def save(self, path: AnyPath) -> Path:
        """Write the utterances as a file; its ending chooses the format.

        Args:
            path: `.csv` or `.parquet`: the table of `to_pandas()`, of a clip that was
                not cut, too. Of utterances also `.vtt` (WebVTT), `.srt` (SubRip),
                `.rttm` (who speaks when), `.TextGrid` (Praat), `.eaf` (ELAN), `.json`.

        Returns:
            The path. A file that was there is replaced, once the new one is whole.

        Raises:
            SettingError: If the ending is of no format, the file cannot be written, or
                the format needs utterances and the clip was not cut into any.
        """
        is_table = str(path).lower().endswith((".csv", ".parquet"))
        if not self.utterances and not is_table:
            raise SettingError(
                f"{self.clip.name} was not cut into utterances; if it is short and has "
                "sound, say how many people speak: people=1"
            )
        answers = self._answers if is_table else self.utterances
        return save_utterances(answers, self.clip, path, self.evidence)

    def to_pandas(self, rows: TableRows = "utterances") -> "pandas.DataFrame":
        """The verdict as a table.

        Args:
            rows: `utterances`: a row an utterance, or one for a clip that was not cut.
                `timeline`: a row a moment and sense. `evidence`: a row a piece.

        Returns:
            Indexed by (file, start, end), times as `Timedelta`. The file is its path as
            it was named, so that tables of several clips can be joined to others.

        Raises:
            SettingError: If there are no such rows.
        """
        match rows:
            case "utterances":
                return answers_table(self._answers, self.clip, self.evidence)
            case "timeline":
                return timeline_table(self._votes(), self.clip)
            case "evidence":
                return evidence_table(self.evidence, self.clip)
        raise SettingError(f"rows {rows!r}: use {', '.join(get_args(TableRows))}")

    @property
    def _answers(self) -> tuple[Utterance, ...]:
        """The utterances; else the clip as one, which lasts 0 s if it is a text."""
        if self.utterances:
            return self.utterances
        whole = Utterance.model_construct(
            start=0.0,
            end=self.clip.seconds,
            label=self.label,
            distribution=self.distribution,
            prediction_set=self.prediction_set,
            confidence=self.confidence,
            valence=self.valence,
            arousal=self.arousal,
            conflict=max((c.amount for c in self.conflict), default=None),
            evidence=tuple(piece.id for piece in self.evidence),
        )
        return (whole,)

    def _votes(self) -> Iterator[tuple[str, Span, Distribution]]:
        """Rows of the timeline; without one, of a text or an image, the evidence."""
        for row in self.timeline:
            yield row.modality, row.span, row.distribution
        if not self.timeline:
            for piece in self.evidence:
                if piece.distribution is not None:
                    yield piece.modality, piece.span, piece.distribution
