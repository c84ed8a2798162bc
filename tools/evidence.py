"""Evidence: what a sense saw, heard or read, in numbers that a program can check."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

# What `type(BaseModel)` is has no public name that mypy could follow.
from pydantic._internal._model_construction import ModelMetaclass

from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution, distribution

_DEPRECATED = {
    *("construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj"),
    *("parse_raw", "schema", "schema_json", "update_forward_refs", "validate"),
}


class _Listed(ModelMetaclass):
    """Type of a model whose class lists no deprecated names either: IPython asks it."""

    def __dir__(cls) -> list[str]:
        return [name for name in super().__dir__() if name not in _DEPRECATED]


class Frozen(BaseModel, metaclass=_Listed):
    """Base of what crosses a room's door: immutable, strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __dir__(self) -> list[str]:
        """Names for completion, without those that pydantic itself advises against."""
        return [name for name in super().__dir__() if name not in _DEPRECATED]


class Span(Frozen):
    """A stretch of a clip, in seconds from its start."""

    start: float = Field(ge=0.0)
    end: float = Field(ge=0.0)

    @model_validator(mode="after")
    def _ordered(self) -> "Span":
        if self.end < self.start:
            raise ValueError(f"span ends ({self.end}) before it starts ({self.start})")
        return self

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.end - self.start

    def overlap(self, other: "Span") -> float:
        """Seconds shared with another span."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))

    def __str__(self) -> str:
        return f"{self.start:.1f}-{self.end:.1f} s"


class Measurement(Frozen):
    """One number with its unit and what it is compared with.

    Attributes:
        value: The measured number.
        unit: Its unit, empty for a ratio or a count.
        low: Lower end of the typical range, where one is known.
        high: Upper end of the typical range, where one is known.
        baseline: Where the range comes from, in words.
    """

    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    baseline: str = ""

    @property
    def direction(self) -> str:
        """`low`, `typical` or `high` against the range; `unknown` without one."""
        if self.low is None or self.high is None:
            return "unknown"
        if self.value < self.low:
            return "low"
        return "high" if self.value > self.high else "typical"


class Moment(Frozen):
    """What a sense would say about one short span alone: a row of the timeline."""

    span: Span
    distribution: Distribution


class Provenance(Frozen):
    """Which model made a piece of evidence, and the SHA-256 of its weights."""

    model: str
    sha256: str = ""


class Calibration(Frozen):
    """How far the votes of a sense are to be trusted; see `calibration.calibrated`.

    Attributes:
        temperature: Above 1 the sense is surer than it is right, below 1 less sure.
        weight: How much it counts beside other senses; None if never measured.
        usual: What it says when there is nothing to tell; None for all alike.
    """

    temperature: float = Field(default=1.0, gt=0.0)
    weight: float | None = Field(default=None, ge=0.0)
    usual: Distribution | None = None

    @field_validator("usual")
    @classmethod
    def _is_distribution(cls, value: Distribution | None) -> Distribution | None:
        return None if value is None else _checked(value)

    def tempered(self, vote: Distribution) -> Distribution:
        """A vote, as sure as the sense deserves."""
        return distribution({e: p ** (1.0 / self.temperature) for e, p in vote.items()})


Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Signed = Annotated[float, Field(ge=-1.0, le=1.0)]


class Evidence(Frozen):
    """One observation of one sense.

    A sense fills in what it observed; `id`, `modality` and `tool` are given by the
    `PerceptionTool` that calls it.

    Attributes:
        id: Prefix letter and number, such as `F1`; unique in a run.
        modality: `face`, `prosody`, `transcript`, or a plug-in's own.
        tool: Name of the perception tool.
        span: The seconds of the clip that this is about.
        observation: One plain sentence that states a measurable fact.
        measurements: Name to measurement.
        distribution: Calibrated probabilities over the basic emotions, sum one; only
            on evidence that may vote in fusion.
        valence: Expressed valence in [-1, 1].
        arousal: Expressed arousal in [-1, 1].
        quality: In [0, 1]; the higher, the more often this sense is right.
        timeline: What the sense would say moment by moment, at most one a second.
        embedding: Key of the sense's vector in the clip's artifacts; `provenance` then
            names the hash of the weights that made it.
        calibration: How far to trust the vote of a plug-in; None for the senses of the
            package, whose trust was learned together.
        provenance: Model and weights behind it.
    """

    id: str = ""
    modality: str = ""
    tool: str = ""
    span: Span
    observation: str = Field(min_length=1, max_length=600)
    measurements: dict[str, Measurement] = Field(default_factory=dict)
    distribution: Distribution | None = None
    valence: Signed | None = None
    arousal: Signed | None = None
    quality: Fraction
    timeline: tuple[Moment, ...] = ()
    embedding: str | None = None
    calibration: Calibration | None = None
    provenance: Provenance

    @field_validator("distribution")
    @classmethod
    def _is_distribution(cls, value: Distribution | None) -> Distribution | None:
        return None if value is None else _checked(value)


def _checked(value: Distribution) -> Distribution:
    if set(value) != set(BASIC_EMOTIONS) or abs(sum(value.values()) - 1.0) > 1e-3:
        raise ValueError("a distribution covers the basic emotions and sums to 1")
    if min(value.values()) < 0.0:
        raise ValueError("a distribution has no negative probabilities")
    return {emotion: value[emotion] for emotion in BASIC_EMOTIONS}
