"""What travels through the verdict graph, and what its nodes are given to work with."""

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import metadata
from typing import Annotated, Any, TypedDict

from pydantic import Field

from affectgraph.graphs.evidence_cache import EvidenceCache
from affectgraph.graphs.external_calls import ExternalCalls, PerceptionRequest
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.schema import (
    CaseInfluence,
    Check,
    Claim,
    Decision,
    Fused,
    Hypothesis,
    ModelUsage,
    SenseStatus,
    Verdict,
)
from affectgraph.memory import Memory, Recalled
from affectgraph.tools.clip import Clip, ClipInfo
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.evidence import Evidence, Frozen
from affectgraph.tools.perception import PerceptionTool


class Budget(Frozen):
    """When to stop thinking.

    Attributes:
        rounds: Most rounds of verification.
        calls: Most calls of the language model.
        tokens: Most tokens that it reads and writes.
        seconds: Most wall-clock seconds that it takes.
    """

    rounds: int = Field(default=2, ge=1)
    calls: int = Field(default=8, ge=0)
    tokens: int = Field(default=20_000, ge=0)
    seconds: float = Field(default=300.0, ge=0)

    def used_up(self, spent: ModelUsage) -> str:
        """What forbids one more call of the language model, such as `8 calls`.

        Empty while nothing does.
        """
        if spent.calls >= self.calls:
            return f"{self.calls} calls"
        if spent.prompt_tokens + spent.completion_tokens >= self.tokens:
            return f"{self.tokens} tokens"
        return f"{self.seconds:g} seconds" if spent.seconds >= self.seconds else ""

    def cut(self, spent: ModelUsage, undone: str) -> list[str]:
        """A note of what is left undone where the budget is used up, else none."""
        limit = self.used_up(spent)
        return [f"the budget of {limit} is used up: {undone}"] if limit else []


@dataclass(frozen=True)
class Context:
    """What nodes work with; it is handed to a run and never stored in its state.

    Attributes:
        clip: What is analysed.
        tools: The senses.
        memory: Annotated cases; None to do without.
        reasoner: The language model; None to do without.
        budget: When to stop.
        coverage: Probability that the prediction set should hold the right label.
        explain_in: Code of the language to explain in.
        thread: Id under which the run's checkpoints lie.
        notes: What the user should know about how the run was set up.
        settings: What the run was asked to do, for the record.
        version: Of affectgraph.
        edits: What was changed by hand about what the run was told.
        weights: SHA-256 of the weights that each sense uses for the clip, by name.
        external_calls: Answers the run's requests to senses, memory and model.
        evidence_cache: Results of earlier perception; None to do without.
    """

    clip: Clip
    tools: tuple[PerceptionTool, ...]
    memory: Memory | None = None
    reasoner: Reasoner | None = None
    budget: Budget = field(default_factory=Budget)
    coverage: float = 0.9
    explain_in: str = ENGLISH
    thread: str = ""
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    version: str = field(default_factory=partial(metadata.version, "affectgraph"))
    edits: tuple[str, ...] = ()
    weights: Mapping[str, dict[str, str]] = field(default_factory=dict)
    external_calls: ExternalCalls = field(default_factory=ExternalCalls)
    evidence_cache: EvidenceCache | None = None

    def tool(self, name: str) -> PerceptionTool:
        """The sense of that name."""
        return next(tool for tool in self.tools if tool.name == name)


def merge_statuses(
    left: dict[str, SenseStatus], right: dict[str, SenseStatus]
) -> dict[str, SenseStatus]:
    """Join two dictionaries; the newer wins."""
    return {**left, **right}


class State(TypedDict, total=False):
    """State of one run; every key has one meaning and one writer or a reducer.

    `fused` is what fuse says, in which recall then lets memory have its say.
    """

    clip: ClipInfo
    evidence: Annotated[list[Evidence], operator.add]
    modalities: Annotated[dict[str, SenseStatus], merge_statuses]
    fused: Fused
    cases: list[Recalled]
    hypotheses: list[Hypothesis]
    expressed: list[str]
    checks: Annotated[list[Check], operator.add]
    looks: list[PerceptionRequest]
    looked: Annotated[list[PerceptionRequest], operator.add]
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


class Input(TypedDict):
    """What starts a run."""

    clip: ClipInfo


class Output(TypedDict):
    """What a run ends with."""

    verdict: Verdict
