"""State and run context of the verdict graph."""

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

from pydantic import Field

from affectgraph import __version__
from affectgraph.graphs.evidence_cache import EvidenceCache
from affectgraph.graphs.external_calls import ExternalCalls
from affectgraph.graphs.reasoner.measurement import ReasonerMeasurement
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.schema import (
    Act,
    ActResult,
    CaseInfluence,
    Check,
    Claim,
    Decision,
    Fused,
    Hypothesis,
    Judgement,
    JudgementMethod,
    ModelUsage,
    SenseStatus,
    Verdict,
)
from affectgraph.graphs.utterances.speakers import Speakers
from affectgraph.graphs.verdict.act_table import ActTable
from affectgraph.memory import Memory, Recalled
from affectgraph.tools.clip import Clip, ClipInfo
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.evidence import Evidence, Frozen
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.transcript.words import SpokenSpan


class Budget(Frozen):
    """Limits of one run.

    Attributes:
        rounds: Maximum number of acts of reasoning.
        calls: Maximum number of language model calls.
        tokens: Maximum number of prompt and completion tokens.
        seconds: Maximum wall-clock seconds of language model calls.
    """

    rounds: int = Field(default=2, ge=1)
    calls: int = Field(default=8, ge=0)
    tokens: int = Field(default=20_000, ge=0)
    seconds: float = Field(default=300.0, ge=0)

    def exhausted_limit(self, spent: ModelUsage) -> str:
        """The limit that forbids another model call, such as `8 calls`; else empty."""
        if spent.calls >= self.calls:
            return f"{self.calls} calls"
        if spent.prompt_tokens + spent.completion_tokens >= self.tokens:
            return f"{self.tokens} tokens"
        return f"{self.seconds:g} seconds" if spent.seconds >= self.seconds else ""

    def exhausted_notes(self, spent: ModelUsage, consequence: str) -> list[str]:
        """One note with the consequence if the budget is used up, else none."""
        limit = self.exhausted_limit(spent)
        return [f"the budget of {limit} is used up: {consequence}"] if limit else []


@dataclass(frozen=True)
class Context:
    """Objects and settings that the nodes use; never stored in the state.

    Attributes:
        clip: The clip to analyse.
        tools: The senses.
        memory: Annotated cases; None without a memory.
        reasoner: The language model; None without one.
        measurement: How much it counts; None if it was never measured.
        measured_methods: Ways of asking it that are being measured: it judges in each
            of them, and its judgements do not enter the pool.
        recorded_judgement: What it said in the recorded run: it stays where edits ask
            it anew and it cannot answer.
        acts: What acts were measured to gain; the table that ships if None.
        review: Whether a person is asked about the decision, by `interrupt()`.
        budget: Limits of the run.
        coverage: Probability with which the prediction set should hold the right label.
        explain_in: Code of the language of the explanation.
        speakers: What the user says about the people who speak.
        thread: Id of the run's checkpoints.
        notes: Remarks for the user about how the run was set up.
        settings: Settings of the run, copied into the verdict.
        version: Version of affectgraph.
        edits: Descriptions of the edits that a user made to the evidence.
        weights: SHA-256 of the weights that each sense uses for the clip, by name.
        external_calls: Answers the run's requests to senses, memory and model.
        evidence_cache: Cached results of perception; None without a cache.
    """

    clip: Clip
    tools: tuple[PerceptionTool, ...]
    memory: Memory | None = None
    reasoner: Reasoner | None = None
    measurement: ReasonerMeasurement | None = None
    measured_methods: tuple[JudgementMethod, ...] = ()
    recorded_judgement: Judgement | None = None
    acts: ActTable | None = None
    review: bool = False
    budget: Budget = field(default_factory=Budget)
    coverage: float = 0.9
    explain_in: str = ENGLISH
    speakers: Speakers = field(default_factory=Speakers)
    thread: str = ""
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    version: str = __version__
    edits: tuple[str, ...] = ()
    weights: Mapping[str, dict[str, str]] = field(default_factory=dict)
    external_calls: ExternalCalls = field(default_factory=ExternalCalls)
    evidence_cache: EvidenceCache | None = None

    def tool(self, name: str) -> PerceptionTool:
        """The sense with that name."""
        return next(tool for tool in self.tools if tool.name == name)


def merge_statuses(
    left: dict[str, SenseStatus], right: dict[str, SenseStatus]
) -> dict[str, SenseStatus]:
    """Join two dictionaries; the newer wins."""
    return {**left, **right}


def merge_evidence(left: list[Evidence], right: list[Evidence]) -> list[Evidence]:
    """Join evidence; a piece whose id is known already is not added again."""
    known = {piece.id for piece in left}
    return [*left, *(piece for piece in right if piece.id not in known)]


def merge_acts(left: list[ActResult], right: list[ActResult]) -> list[ActResult]:
    """Join results of acts; the newer result of an act wins."""
    return [*{result.act: result for result in (*left, *right)}.values()]


class VerdictState(TypedDict, total=False):
    """State of one run; every key has one meaning and one writer or a reducer.

    `fused` is the exception: `fuse` writes it, then `recall` and `reason` add experts.
    """

    clip: ClipInfo
    spoken: list[SpokenSpan]
    evidence: Annotated[list[Evidence], merge_evidence]
    modalities: Annotated[dict[str, SenseStatus], merge_statuses]
    fused: Fused
    cases: list[Recalled]
    case_terms: dict[str, dict[str, float]]
    hypotheses: list[Hypothesis]
    expressed: list[str]
    checks: Annotated[list[Check], operator.add]
    next_act: Act | None
    by_model: bool
    acts: Annotated[list[ActResult], merge_acts]
    left_out: Annotated[list[str], operator.add]
    judgements: list[Judgement]
    judgement_costs: list[ModelUsage]
    measurement: ReasonerMeasurement
    rounds: int
    stopped: str
    decision: Decision
    influence: tuple[CaseInfluence, ...]
    rests_on: tuple[str, ...]
    claims: list[Claim]
    explained_by: str
    spent: Annotated[ModelUsage, operator.add]
    notes: Annotated[list[str], operator.add]
    verdict: Verdict


class VerdictInput(TypedDict):
    """Input of the verdict graph."""

    clip: ClipInfo


class VerdictOutput(TypedDict):
    """Output of the verdict graph."""

    verdict: Verdict


class ReasonInput(TypedDict, total=False):
    """What the subgraph of reasoning reads of the state."""

    clip: ClipInfo
    evidence: list[Evidence]
    fused: Fused
    cases: list[Recalled]


class ReasonOutput(TypedDict, total=False):
    """What the subgraph of reasoning writes to the state."""

    evidence: list[Evidence]
    fused: Fused
    hypotheses: list[Hypothesis]
    expressed: list[str]
    checks: list[Check]
    acts: list[ActResult]
    judgements: list[Judgement]
    judgement_costs: list[ModelUsage]
    measurement: ReasonerMeasurement
    rounds: int
    stopped: str
    spent: ModelUsage
    notes: list[str]
