"""Format of a recorded run: its settings, its external calls, its verdict."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field

from affectgraph.graphs.external_calls import (
    ModelReply,
    ModelRequest,
    PerceptionRequest,
    PerceptionResult,
    RecallRequest,
    RecallResult,
    ReviewReply,
    ReviewRequest,
    UtterancesRequest,
    UtterancesResult,
    vector_sha256,
)
from affectgraph.graphs.reasoner.measurement import ReasonerMeasurement
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.utterances.speakers import Speakers
from affectgraph.graphs.verdict.state import Budget, Context
from affectgraph.tools.clip import ClipInfo, Turn
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.vectors import Vector

# Fields of a run's context that are recorded as they are.
CONTEXT_FIELDS = (
    "version", "weights", "measurement", "review", "coverage", "explain_in", "speakers",
    "budget", "settings", "thread", "notes",
)  # fmt: skip


class RecordedCall(Frozen):
    """A request, its key, and its answer."""

    key: str
    question: (
        PerceptionRequest
        | RecallRequest
        | ModelRequest
        | ReviewRequest
        | UtterancesRequest
    )
    answer: (
        PerceptionResult | RecallResult | ModelReply | ReviewReply | UtterancesResult
    )


class RecordedSense(Frozen):
    """The properties of a sense that the graph uses; fields as in `PerceptionTool`."""

    name: str
    modality: str
    prefix: str
    needs: str
    looks_closer: bool


class RunRecord(Frozen):
    """Content of the file.

    Attributes:
        format: Version of the file format.
        version: Version of affectgraph that recorded the run.
        clip: Description of the clip; its images and sound are not stored.
        still: The video was a single image.
        senses: The senses of the run.
        weights: SHA-256 of the weights of each sense, by name.
        reasoner: Name of the language model; None without one.
        reasoner_settings: Settings of the language model.
        calls_tools: Whether the language model can be given tools.
        measurement: How much the language model counted; None if never measured.
        review: Whether a person was asked about the decision.
        turns: What was said before the clip, oldest first.
        coverage: Coverage of the prediction set.
        explain_in: Code of the language of the explanation.
        speakers: What the user said about the people who speak.
        budget: Limits of the run.
        settings: Settings of the run, as in the verdict.
        thread: Id of the run.
        notes: Remarks about how the run was set up, as in the verdict.
        vectors: SHA-256 of each vector that the senses kept, by its key; the numbers
            are in the `.npz` file beside this one, by that hash.
        calls: External calls in the order of their answers; `told` in the file.
        verdict: Verdict of the run.
    """

    format: Literal[1] = 1
    version: str
    clip: ClipInfo
    still: bool
    senses: tuple[RecordedSense, ...]
    weights: dict[str, dict[str, str]]
    reasoner: str | None
    reasoner_settings: dict[str, Any]
    calls_tools: bool = False
    measurement: ReasonerMeasurement | None = None
    review: bool = False
    turns: tuple[Turn, ...] | None = None
    coverage: float
    explain_in: str = ENGLISH
    speakers: Speakers = Field(default_factory=Speakers)
    budget: Budget
    settings: dict[str, Any]
    thread: str
    notes: tuple[str, ...]
    vectors: dict[str, str]
    calls: tuple[RecordedCall, ...] = Field(alias="told")
    verdict: Verdict

    @classmethod
    def of(
        cls,
        context: Context,
        calls: Iterable[RecordedCall],
        vectors: Mapping[str, Vector],
        verdict: Verdict,
    ) -> "RunRecord":
        """The record of a run that has ended."""
        clip, reasoner = context.clip, context.reasoner
        senses = [
            RecordedSense.model_validate(tool, from_attributes=True)
            for tool in context.tools
        ]
        return cls(
            **{name: getattr(context, name) for name in CONTEXT_FIELDS},
            clip=clip.info,
            still=clip.still,
            turns=clip.turns,
            senses=tuple(senses),
            reasoner=reasoner.name if reasoner else None,
            reasoner_settings=reasoner.settings if reasoner else {},
            calls_tools=bool(reasoner and reasoner.calls_tools),
            vectors={key: vector_sha256(vector) for key, vector in vectors.items()},
            told=tuple(calls),
            verdict=verdict,
        )
