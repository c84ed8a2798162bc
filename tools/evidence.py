"""Evidence: observations of the senses, with measurements that code can check."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

# pydantic has no public name for `type(BaseModel)` that mypy can follow.
from pydantic._internal._model_construction import ModelMetaclass

from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution, distribution

_DEPRECATED_METHODS = {
    *("construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj"),
    *("parse_raw", "schema", "schema_json", "update_forward_refs", "validate"),
}


class _CompletionMeta(ModelMetaclass):
    """Hides pydantic's deprecated methods from completion on the class."""

    def __dir__(cls) -> list[str]:
        return [name for name in super().__dir__() if name not in _DEPRECATED_METHODS]


class Frozen(BaseModel, metaclass=_CompletionMeta):
    """Base of data between rooms: immutable, without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __dir__(self) -> list[str]:
        """Names for completion, without pydantic's deprecated methods."""
        return [name for name in super().__dir__() if name not in _DEPRECATED_METHODS]


class Span(Frozen):
    """A part of a clip, in seconds from its start."""

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

    @property
    def middle(self) -> float:
        """Seconds of the clip."""
        return (self.start + self.end) / 2

    def overlap(self, other: "Span") -> float:
        """Seconds shared with another span."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))

    def __str__(self) -> str:
        return f"{self.start:.1f}-{self.end:.1f} s"


class Measurement(Frozen):
    """One number with its unit and its typical range.

    Attributes:
        value: The measured number.
        unit: Its unit; empty for a ratio or a count.
        low: Lower end of the typical range, if known.
        high: Upper end of the typical range, if known.
        baseline: Source of the range, in words.
    """

    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    baseline: str = ""

    @property
    def direction(self) -> str:
        """`low`, `typical` or `high` relative to the range; `unknown` without one."""
        if self.low is None or self.high is None:
            return "unknown"
        if self.value < self.low:
            return "low"
        return "high" if self.value > self.high else "typical"


class Moment(Frozen):
    """The vote of a sense for one short span: a row of the timeline."""

    span: Span
    distribution: Distribution


class Provenance(Frozen):
    """The model that made a piece of evidence, and the SHA-256 of its weights."""

    model: str
    sha256: str = ""


class Calibration(Frozen):
    """Measured trust in the votes of a sense; see `calibration.calibrated`.

    Attributes:
        temperature: Above 1 for an overconfident sense, below 1 for an underconfident
            one.
        weight: Weight in the pool of senses; None if never measured.
        usual: Vote on an uninformative clip; None for uniform.
    """

    temperature: float = Field(default=1.0, gt=0.0)
    weight: float | None = Field(default=None, ge=0.0)
    usual: Distribution | None = None

    @field_validator("usual")
    @classmethod
    def _is_distribution(cls, value: Distribution | None) -> Distribution | None:
        return None if value is None else _validate_distribution(value)

    def temper(self, vote: Distribution) -> Distribution:
        """Apply the temperature to a vote."""
        return distribution({e: p ** (1.0 / self.temperature) for e, p in vote.items()})


Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Signed = Annotated[float, Field(ge=-1.0, le=1.0)]


class Evidence(Frozen):
    """One observation of one sense.

    The `PerceptionTool` that calls a sense fills in `id`, `modality`, `tool`,
    `novelty` and `calibration`.

    Attributes:
        id: Prefix letter and number, such as `F1`; unique in a run.
        modality: `face`, `prosody`, `transcript`, or that of a plug-in.
        tool: Name of the perception tool.
        span: The part of the clip that it is about.
        observation: One plain sentence that states a measurable fact.
        measurements: Name to measurement.
        distribution: The vote: calibrated probabilities over the basic emotions, which
            sum to one; None on evidence that does not vote in fusion.
        valence: Expressed valence in [-1, 1].
        arousal: Expressed arousal in [-1, 1].
        quality: In [0, 1]; the higher, the more often the sense is right.
        novelty: In [0, 1]: near 0 for what resembles the training material of the
            sense, else the share of corpora left out of it that resembles it more; 1
            for what is unlike all of these. None if unknown.
        timeline: Votes moment by moment, at most one a second.
        embedding: Artifact key of the sense's vector in the clip; `provenance` then has
            the hash of the weights that made it.
        calibration: Measured trust in the vote of a plug-in; None for built-in senses,
            whose trust was learned jointly.
        provenance: Model and weights that made it.
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
    novelty: Fraction | None = None
    timeline: tuple[Moment, ...] = ()
    embedding: str | None = None
    calibration: Calibration | None = None
    provenance: Provenance

    @field_validator("distribution")
    @classmethod
    def _is_distribution(cls, value: Distribution | None) -> Distribution | None:
        return None if value is None else _validate_distribution(value)


def _validate_distribution(value: Distribution) -> Distribution:
    if set(value) != set(BASIC_EMOTIONS) or abs(sum(value.values()) - 1.0) > 1e-3:
        raise ValueError("a distribution covers the basic emotions and sums to 1")
    if min(value.values()) < 0.0:
        raise ValueError("a distribution has no negative probabilities")
    return {emotion: value[emotion] for emotion in BASIC_EMOTIONS}
