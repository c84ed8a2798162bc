"""Data of the verdict graph: hypotheses, checks, claims, decision and verdict."""

import json
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from affectgraph.graphs.notebook import HtmlDisplay
from affectgraph.graphs.statements import Statement
from affectgraph.memory import Recalled
from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.emotions import NOTICE, Distribution
from affectgraph.tools.evidence import Evidence, Fraction, Frozen, Signed, Span

if TYPE_CHECKING:
    import pandas

CheckResult = Literal["holds", "fails", "inconclusive"]
CheckKind = Literal["equal weights", "physical", "cases", "blind"]


# Kinds of statements that argue for no side.
_SIDELESS = ("conclusion", "counterfactual", "change")


class SenseStatus(Frozen):
    """Status of one sense.

    Attributes:
        state: `present`: it gave evidence; `absent`: the clip has nothing for it, or
            it cannot run; `failed`: it raised an unexpected error.
        reason: Why it is absent or failed.
        seconds: Wall-clock seconds of its run.
    """

    state: Literal["present", "absent", "failed"]
    reason: str = ""
    seconds: float = 0.0


class Conflict(Frozen):
    """Two modalities that disagree.

    Attributes:
        modalities: Their names.
        labels: The most probable label of each.
        amount: Jensen-Shannon distance of their distributions, in [0, 1].
    """

    modalities: tuple[str, str]
    labels: tuple[str, str]
    amount: Fraction


class MeasuredTrust(Frozen):
    """How much an expert counts, as it was measured.

    Attributes:
        value: Its weight in the pool.
        low: Lower end of the 95% interval of the weight.
        high: Upper end.
        n: Number of labelled takes or votes that it was measured on.
        measured_on: What these were; empty if it was never measured.
    """

    value: float = Field(ge=0)
    low: float = Field(default=0.0, ge=0)
    high: float = Field(default=0.0, ge=0)
    n: int = Field(default=0, ge=0)
    measured_on: str = ""


class Contribution(Frozen):
    """What one expert adds to the answer.

    Attributes:
        expert: A modality, or `memory`.
        log_odds: For the label against its runner-up; all contributions add up to
            the logarithm of the ratio of their probabilities.
        trust: How much the expert counts.
    """

    expert: str
    log_odds: float
    trust: MeasuredTrust


class Fused(Frozen):
    """The fast answer: arithmetic over the experts, no language model.

    Attributes:
        distribution: Calibrated, over the basic emotions.
        by_modality: Distribution of each modality alone, as the sense gave it.
        terms: Expert to emotion to the log-odds that it adds, up to a constant.
        quality: Quality that each modality reports, in [0, 1].
        novel: Modalities whose clip is unlike all that they were measured on.
        conflicts: Pairs of modalities that disagree, strongest first.
        valence: Expected valence in [-1, 1]; None without any vote.
        arousal: Expected arousal in [-1, 1]; None without any vote.
    """

    distribution: Distribution
    by_modality: dict[str, Distribution]
    terms: dict[str, dict[str, float]] = Field(default_factory=dict)
    quality: dict[str, Fraction]
    novel: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    valence: Signed | None = None
    arousal: Signed | None = None


class Hypothesis(Frozen):
    """A candidate emotion.

    Attributes:
        label: One of the basic emotions.
        words: Open-vocabulary words for it, most specific first.
        supports: Ids of evidence for it.
        contradicts: Ids of evidence against it.
        proposed_by: `fusion` or `reasoner`.
    """

    label: str
    words: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()
    proposed_by: Literal["fusion", "reasoner"]


class Check(Frozen):
    """One attempt to refute a hypothesis.

    Attributes:
        hypothesis: Label of the hypothesis.
        kind: `equal weights`, `physical`, `cases` or `blind`.
        result: Whether the hypothesis holds, fails, or the check could not tell.
        reason: Why, in one sentence.
        cites: Ids of the evidence and cases that it used.
        round: Number of the round, from 1.
    """

    hypothesis: str
    kind: CheckKind
    result: CheckResult
    reason: str
    cites: tuple[str, ...] = ()
    round: int = 1


class Decision(Frozen):
    """The decision, before it is explained; fields as in `Verdict`.

    Attributes:
        leading: The most probable label, also where the decision abstains.
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
    """The decision as it would be without one recalled case.

    Attributes:
        case: Id of the case, such as `C1`.
        label: Leading label without the case.
        confidence: Confidence in the verdict's label without the case.
    """

    case: str
    label: str
    confidence: Fraction


class TimelineRow(Frozen):
    """Distribution of one sense at one moment: a row of the timeline."""

    modality: str
    span: Span
    distribution: Distribution


class ModelUsage(Frozen):
    """Calls, tokens and seconds that the reasoner has used."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: "ModelUsage") -> "ModelUsage":
        return ModelUsage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            seconds=self.seconds + other.seconds,
        )


class VerdictProvenance(Frozen):
    """How a verdict was computed.

    Attributes:
        version: Version of affectgraph.
        models: SHA-256 of the weights of every model that took part, by name.
        reasoner: Name of the language model, or `none`.
        settings: Settings of the run.
        thread: Id of the run's checkpoints.
        rounds: Number of verification rounds.
        stopped: Why verification ended.
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
    evidence: tuple[Evidence, ...]
    cases: tuple[Recalled, ...]
    influence: tuple[CaseInfluence, ...] = ()
    rests_on: tuple[str, ...] = ()
    claims: tuple[Claim, ...]
    timeline: tuple[TimelineRow, ...]
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

    def to_pandas(self) -> "pandas.DataFrame":
        """The timeline as a table, one row per moment and modality.

        Returns:
            Columns `modality` and the seven emotions, indexed by (file, start, end).
        """
        import pandas

        rows = [
            {
                "file": self.clip.name,
                "start": row.span.start,
                "end": row.span.end,
                "modality": row.modality,
                **row.distribution,
            }
            for row in self.timeline
        ]
        columns = ["file", "start", "end", "modality", *self.distribution]
        table = pandas.DataFrame(rows, columns=columns)
        return table.set_index(["file", "start", "end"])
