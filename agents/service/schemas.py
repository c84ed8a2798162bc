"""What the service receives and returns, as in its OpenAPI schema."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from affectgraph.agents.runs import Event
from affectgraph.graphs.replay.edits import Edits
from affectgraph.graphs.schema import Verdict
from affectgraph.memory import Recalled
from affectgraph.tools.clip.language import AUTO
from affectgraph.tools.evidence import Frozen

JobState = Literal["queued", "running", "done", "failed", "handed_back"]


class StrictRequest(BaseModel):
    """A request; fields that are not in the schema are refused."""

    model_config = ConfigDict(extra="forbid")


class VerdictFields(StrictRequest):
    """The fields of a request for a verdict, beside its file.

    Attributes:
        text: The words, where they are known; or the whole clip, without a file.
        language: Of the words, such as `de`; `auto` detects it.
        people: How many people speak, if it is known.
        purpose: What the verdict is used for: that of the server, if it is given.
    """

    text: str | None = None
    language: str = AUTO
    people: int | None = Field(default=None, ge=1, le=26)
    purpose: str | None = None


class EditsRequest(StrictRequest):
    """What to change in the evidence; see `Edits`."""

    values: dict[str, str] = Field(default_factory=dict, max_length=64)
    without: tuple[str, ...] = Field(default=(), max_length=16)
    only: tuple[str, ...] = Field(default=(), max_length=16)

    @property
    def edits(self) -> Edits:
        """The same as edits of a recorded run."""
        return Edits(**self.model_dump())


class EditedVerdict(Frozen):
    """The verdict on edited evidence, and the nodes with another result."""

    verdict: Verdict
    changed: tuple[str, ...]


class CaseRequest(StrictRequest):
    """The label that the clip of a verdict should have had."""

    label: str = Field(max_length=64)
    note: str = Field(default="", max_length=1_000)
    annotator: str = Field(default="", max_length=64)


class StoredCase(Frozen):
    """A case that was stored: the hash of its clip, and its basic emotion."""

    clip: str
    label: str


class SimilarCases(Frozen):
    """Annotated clips like that of a verdict."""

    cases: tuple[Recalled, ...]


class JobView(Frozen):
    """An analysis.

    Attributes:
        id: Its name in the addresses of the service.
        state: `handed_back` if the service stopped before it ended: send it again.
        verdict: Once it is `done`.
        error: Once it `failed`: one line.
    """

    id: str
    state: JobState
    verdict: Verdict | None = None
    error: str = ""


class JobEvent(Frozen):
    """One event of an analysis, as the stream of events sends it."""

    number: int
    event: Event


class Health(Frozen):
    """Whether the service takes requests, and how busy it is."""

    status: Literal["ok", "full", "stopping"]
    version: str
    purpose: str
    running: int
    waiting: int


class Problem(Frozen):
    """Why a request failed, as RFC 9457 has it; `detail` is one line."""

    title: str
    status: int
    detail: str
