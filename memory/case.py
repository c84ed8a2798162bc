"""Annotated cases, the spaces of their vectors, recalled cases, and corrections."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Fraction, Frozen

Array = NDArray[np.float32]
Kind = Literal["supporting", "confusing", "counter"]

_SUM_TOLERANCE = 1e-3
_IDENTIFYING_FIELDS = (
    "sha256",
    "label",
    "labels",
    "annotator",
    "label_source",
    "source",
)


class Space(Frozen):
    """A vector space: vectors of one modality, made by one model.

    Only vectors of the same space are compared.

    Attributes:
        modality: `face`, `prosody`, `transcript`, a plug-in's modality, or `affect`,
            which combines the first three.
        model: SHA-256 of the weights that made the vectors.
    """

    modality: str = Field(min_length=1)
    model: str = ""

    def __str__(self) -> str:
        """`modality@model`, with the first 12 digits of the hash."""
        return f"{self.modality}@{self.model[:12]}" if self.model else self.modality

    # Spaces are the keys of every search; those of pydantic are ten times slower.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Space) and (
            self.modality == other.modality and self.model == other.model
        )

    def __hash__(self) -> int:
        return hash((self.modality, self.model))


Vectors = Mapping[Space, Array]


def _check_label(label: str) -> str:
    if label not in BASIC_EMOTIONS:
        raise ValueError(f"label {label!r} is none of {', '.join(BASIC_EMOTIONS)}")
    return label


def _check_pooled(pooled: tuple[float, ...] | None) -> tuple[float, ...] | None:
    if pooled is not None and (
        len(pooled) != len(BASIC_EMOTIONS)
        or min(pooled) < 0
        or abs(sum(pooled) - 1.0) > _SUM_TOLERANCE
    ):
        raise ValueError(
            f"pooled {pooled} is not a probability of each of "
            f"{', '.join(BASIC_EMOTIONS)}"
        )
    return pooled


def now() -> datetime:
    """The time in UTC, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def _case_id(fields: Mapping[str, Any]) -> str:
    values = [fields.get(name) for name in _IDENTIFYING_FIELDS]
    content = json.dumps(values, ensure_ascii=False)
    return f"case-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


class Case(Frozen):
    """An annotated clip. Its vectors are stored beside it, one per space.

    Attributes:
        sha256: Hash of the clip's images and sound; of its words if it has neither.
        label: One of the basic emotions.
        labels: Open-vocabulary words, most specific first.
        summary: The evidence in one or two sentences; no person's name.
        annotator: Who gave the label: a person's chosen handle, or a group.
        label_source: How the label was obtained, such as "acted" or "ten raters".
        licence: Terms of the clip that the vectors were made from.
        source: Data set or place that the clip came from.
        created: When it became a case, with its time zone.
        correction: Whether it is the label that a verdict should have had.
        pooled: Probabilities of the basic emotions, in their order, that the senses
            gave when it became a case; None where they are unknown. The trust in the
            memory is measured on cases that have them.
        id: Derived from what was labelled, how and by whom, so that the same annotation
            made twice is one case.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    label: Annotated[str, AfterValidator(_check_label)]
    labels: tuple[str, ...] = ()
    summary: str = Field(default="", max_length=600)
    annotator: str = ""
    label_source: str = ""
    licence: str = ""
    source: str = ""
    created: AwareDatetime = Field(default_factory=now)
    correction: bool = False
    pooled: Annotated[tuple[float, ...] | None, AfterValidator(_check_pooled)] = None
    id: str = Field(default_factory=_case_id)

    @model_validator(mode="after")
    def _check_id(self) -> "Case":
        if self.id != _case_id(self.__dict__):
            raise ValueError(
                f"id {self.id!r} does not belong to this case; leave it out"
            )
        return self


class Recalled(Frozen):
    """A case that the memory recalled, and why.

    Attributes:
        case: The case.
        similarity: In [0, 1], from the affect space and the mean over the senses that
            perceived both clips. 1 means the same direction in either of them; 0 means
            no more alike than two unrelated cases. The cosine of unrelated cases is
            known for the senses of the package, and taken as 0 for others.
        modalities: Modalities of the shared spaces; `affect` for the affect space.
        kind: `supporting` cases have the leading label, a `counter` case is the nearest
            one with the label of a rival hypothesis, and a `confusing` case is as near
            with another label.
        own: Whether it is one of the user's own cases; else it ships with the package.
        surplus: In [0, 1], similarity beyond what the nearest of as many cases with its
            label has by chance.
        near_copy: Whether the clip is nearly the same as that of the case.
    """

    case: Case
    similarity: Fraction
    modalities: tuple[str, ...]
    kind: Kind
    own: bool = False
    surplus: Fraction = 0.0
    near_copy: bool = False


class Correction(Frozen):
    """One entry in the history of a clip. Entries are only added, never changed.

    Attributes:
        kind: `corrected`, or `undone` where it takes back the correction in force.
        clip: Hash of the clip, as in its case.
        before: The label that it replaces; None if the verdict abstained.
        after: The new label; None if the abstention is restored.
        note: The reason.
        annotator: Who made it.
        at: When, with its time zone.
        case: The case of the clip from then on; None for no case.
    """

    kind: Literal["corrected", "undone"]
    clip: str
    before: str | None
    after: str | None
    note: str = Field(default="", max_length=600)
    annotator: str = ""
    at: AwareDatetime = Field(default_factory=now)
    case: Case | None = None


def make_correction(case: Case, before: str | None, note: str) -> Correction:
    """The correction that makes this the case of its clip."""
    return Correction(
        kind="corrected",
        clip=case.sha256,
        before=before,
        after=case.label,
        note=note,
        annotator=case.annotator,
        case=case,
    )


def make_undo(history: Sequence[Correction], note: str, annotator: str) -> Correction:
    """The correction that undoes the one in force and restores the one before it."""
    in_force: list[Correction] = []
    for entry in history:
        if entry.kind == "corrected":
            in_force.append(entry)
        else:
            in_force.pop()
    if not in_force:
        raise SettingError("there is no correction of this clip to undo")
    last = in_force.pop()
    earlier = in_force[-1] if in_force else None
    return Correction(
        kind="undone",
        clip=last.clip,
        before=last.after,
        after=earlier.after if earlier else last.before,
        note=note,
        annotator=annotator,
        case=earlier.case if earlier else None,
    )
