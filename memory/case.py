"""Cases: annotated clips, where their vectors lie, and what recall says about them."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Fraction, Frozen

Array = NDArray[np.float32]
Kind = Literal["supporting", "confusing", "counter"]


class Space(Frozen):
    """Where vectors may be compared: one modality, seen by one model.

    Attributes:
        modality: `face`, `prosody`, `transcript`, a plug-in's own, or `affect`, where
            what these saw comes together.
        model: SHA-256 of the weights that made the vectors. Vectors of other weights
            lie in another space, and are never compared with these.
    """

    modality: str = Field(min_length=1)
    model: str = ""

    def __str__(self) -> str:
        """`modality@model`, the hash cut short."""
        return f"{self.modality}@{self.model[:12]}" if self.model else self.modality


Vectors = Mapping[Space, Array]


def _basic(label: str) -> str:
    if label not in BASIC_EMOTIONS:
        raise ValueError(f"label {label!r} is none of {', '.join(BASIC_EMOTIONS)}")
    return label


def now() -> datetime:
    """This second, in UTC."""
    return datetime.now(UTC).replace(microsecond=0)


_NAMING = ("sha256", "label", "labels", "annotator", "label_source", "source")


def _identity(fields: Mapping[str, Any]) -> str:
    naming = json.dumps([fields.get(name) for name in _NAMING], ensure_ascii=False)
    return f"case-{hashlib.sha256(naming.encode()).hexdigest()[:16]}"


class Case(Frozen):
    """An annotated clip. Its vectors are kept beside it, one a space.

    Attributes:
        sha256: Hash of the clip's pictures and sound; of its words if it has neither.
        label: One of the basic emotions.
        labels: Open-vocabulary words, most specific first.
        summary: The evidence in one or two sentences; no person's name.
        annotator: Who gave the label: a person's chosen handle, or a group.
        label_source: How the label came about, such as "acted" or "ten raters".
        licence: Terms of the clip that the vectors were made from.
        source: The set or place that the clip came from.
        created: When it became a case, with its time zone.
        id: Derived from what was labelled, how and by whom; so the same annotation
            made twice is one case.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    label: Annotated[str, AfterValidator(_basic)]
    labels: tuple[str, ...] = ()
    summary: str = Field(default="", max_length=600)
    annotator: str = ""
    label_source: str = ""
    licence: str = ""
    source: str = ""
    created: AwareDatetime = Field(default_factory=now)
    id: str = Field(default_factory=_identity)

    @model_validator(mode="after")
    def _is_itself(self) -> "Case":
        if self.id != _identity(self.__dict__):
            raise ValueError(
                f"id {self.id!r} does not belong to this case; leave it out"
            )
        return self


class Recalled(Frozen):
    """A case that memory came up with, and why.

    Attributes:
        case: The case.
        similarity: In [0, 1], from the affect space and the mean over the senses that
            saw both; either can make it 1, the same direction, and 0 is no more alike
            than two unrelated cases. Their cosine is known for the senses of the
            package, and taken as 0 for others.
        modalities: What it matched on, by name; `affect` for the affect space.
        kind: `supporting` has the leading label, `counter` is the nearest with the
            label of a rival hypothesis, `confusing` is as near, with another label.
    """

    case: Case
    similarity: Fraction
    modalities: tuple[str, ...]
    kind: Kind
