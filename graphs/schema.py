"""Data of the verdict graph: hypotheses, checks, claims, decision and verdict."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from affectgraph.graphs.notebook import HtmlDisplay
from affectgraph.graphs.statements import Statement
from affectgraph.graphs.utterances import save_utterances
from affectgraph.graphs.utterances.utterance import Utterance
from affectgraph.memory import Recalled
from affectgraph.tools.clip import ClipInfo
from affectgraph.tools.emotions import NOTICE, Distribution
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Evidence, Fraction, Frozen, Signed, Span
from affectgraph.tools.io.arguments import AnyPath

if TYPE_CHECKING:
    import pandas

CheckResult = Literal["holds", "fails", "inconclusive"]
CheckKind = Literal["equal weights"]
ActKind = Literal[
    "look again", "contrast pair", "measure", "leave out", "read the words"
]
# How a language model judges: how it thinks, and how its judgement is read.
JudgementMethod = Literal[
    "direct, by log-probabilities",
    "direct, in pairs",
    "deliberate, by log-probabilities",
    "deliberate, in pairs",
]


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
        expert: A modality, `memory` (the user's own cases), `seed` (those that ship) or
            `reasoner`.
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
        trust: Trust in experts other than the senses.
        quality: Quality that each modality reports, in [0, 1].
        novel: Modalities whose clip is unlike all that they were measured on.
        conflicts: Pairs of modalities that disagree, strongest first.
        valence: Expected valence in [-1, 1]; None without any vote.
        arousal: Expected arousal in [-1, 1]; None without any vote.
    """

    distribution: Distribution
    by_modality: dict[str, Distribution]
    terms: dict[str, dict[str, float]] = Field(default_factory=dict)
    trust: dict[str, MeasuredTrust] = Field(default_factory=dict)
    quality: dict[str, Fraction]
    novel: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    valence: Signed | None = None
    arousal: Signed | None = None


class Prediction(Frozen):
    """What should be perceived if a hypothesis were true.

    Attributes:
        sense: Modality that would perceive it.
        span: Where, in seconds.
        measurement: Name of the measurement.
        direction: Where it should lie against its typical range.
        result: `holds` if it lies there, `fails` if it lies on the other side.
    """

    sense: str
    span: Span
    measurement: str
    direction: Literal["high", "low"]
    result: CheckResult


class Hypothesis(Frozen):
    """A candidate emotion.

    Attributes:
        label: One of the basic emotions.
        words: Open-vocabulary words for it, most specific first.
        supports: Ids of evidence for it.
        contradicts: Ids of evidence against it.
        predictions: What it predicts of the measurements that were taken.
    """

    label: str
    words: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()
    predictions: tuple[Prediction, ...] = ()


class Check(Frozen):
    """One attempt to refute a hypothesis.

    Attributes:
        hypothesis: Label of the hypothesis.
        kind: `equal weights`: whether the hypothesis would lead if every sense counted
            the same.
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


class Act(Frozen):
    """Something to try in order to tell hypotheses apart.

    Attributes:
        kind: `look again` at a span with a sense, recall a `contrast pair`: the nearest
            case of each rival, `measure`, `leave out` a sense, or `read the words`.
        sense: Modality that it uses or leaves out.
        span: Where to look, in seconds.
        measurement: What to measure.
    """

    kind: ActKind
    sense: str = ""
    span: Span | None = None
    measurement: str = ""


class ActResult(Frozen):
    """An act that was done.

    Attributes:
        act: The act.
        chosen_by: `table`: by its measured gain; `reasoner`: by the language model,
            which alone hears of what it found.
        found: What it found, in one sentence; empty if nothing.
        evidence: Ids of the evidence that it gave to the pool.
        moved: Jensen-Shannon distance by which it moved the answer, in [0, 1].
    """

    act: Act
    chosen_by: Literal["table", "reasoner"]
    found: str = ""
    evidence: tuple[str, ...] = ()
    moved: Fraction = 0.0


class Judgement(Frozen):
    """What a language model thinks of the hypotheses.

    Attributes:
        method: How it was asked.
        log_probabilities: Emotion to log-probability, less their mean.
    """

    method: JudgementMethod
    log_probabilities: dict[str, float]


class Review(Frozen):
    """What a person says of a decision.

    Attributes:
        label: The emotion, if it is another than the decision's; None to accept it.
        by: Who it was.
    """

    label: str | None = None
    by: str = ""


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
            path: `.vtt` (WebVTT), `.srt` (SubRip), `.rttm` (who speaks when),
                `.TextGrid` (Praat), `.eaf` (ELAN), `.csv`, `.parquet` or `.json`.

        Returns:
            The path. A file that was there is replaced, once the new one is whole.

        Raises:
            SettingError: If the ending is of no format, the file cannot be written, or
                the clip was not cut into utterances.
        """
        if not self.utterances:
            raise SettingError(
                f"{self.clip.name} was not cut into utterances; if it is short and has "
                "sound, say how many people speak: people=1"
            )
        return save_utterances(self.utterances, self.clip, path)

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
