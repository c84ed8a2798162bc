"""Edits of evidence by a user: values changed, evidence added, senses left out."""

import re
from collections.abc import Sequence

from pydantic import Field, ValidationError

from affectgraph.graphs.external_calls import PerceptionRequest, PerceptionResult
from affectgraph.graphs.schema import SenseStatus
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    top_emotion,
    valence_arousal,
)
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Evidence, Frozen, Measurement

_QUOTED = re.compile(r'"[^"]*"')
_LEVELS = ("low", "typical", "high")


class Edits(Frozen):
    """Edits of the evidence of a run.

    Attributes:
        values: New values, by `ID.NAME`. NAME is `quality`, `distribution`, or a
            measurement, with `_` for a space. The value of a measurement is a number,
            or `low`, `typical` or `high`: half a range below the typical range, in its
            middle, or half a range above it. The value of a distribution is `sad`, or
            shares such as `sad:0.7,neutral:0.3` with the rest spread evenly.
        without: Modalities to leave out.
        only: Modalities to keep; all if empty.
        added: Evidence of later perception, as by `EmotionAgent.look`.
    """

    values: dict[str, str] = Field(default_factory=dict)
    without: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    added: tuple[Evidence, ...] = ()

    @classmethod
    def of(
        cls,
        values: Sequence[str] = (),
        without: Sequence[str] = (),
        only: Sequence[str] = (),
    ) -> "Edits":
        """Parse edits that a user typed.

        Args:
            values: Each `ID.NAME=VALUE`.
            without: Modalities to leave out.
            only: Modalities to keep.

        Raises:
            SettingError: If a value does not have this form.
        """
        parsed = {}
        for text in values:
            name, equals, value = text.partition("=")
            if not equals or "." not in name:
                raise SettingError(f"{text!r}: write ID.NAME=VALUE, as in P2.pitch=low")
            parsed[name.strip()] = value.strip()
        return cls(values=parsed, without=tuple(without), only=tuple(only))

    @property
    def descriptions(self) -> tuple[str, ...]:
        """A short description of each edit."""
        return (
            *(f"{name}={value}" for name, value in self.values.items()),
            *(f"without {modality}" for modality in self.without),
            *((f"only {', '.join(self.only)}",) if self.only else ()),
            *dict.fromkeys(f"{p.modality} at {p.span}" for p in self.added),
        )


class EvidenceEditor:
    """Applies edits to the evidence of a run."""

    def __init__(self, edits: Edits, evidence: Sequence[Evidence]) -> None:
        """Apply the edits to the recorded evidence."""
        evidence = [*evidence, *edits.added]
        self._added = edits.added
        self._evidence = {piece.id: piece for piece in evidence}
        modalities = dict.fromkeys(piece.modality for piece in evidence)
        for name in (*edits.without, *edits.only):
            if name not in modalities:
                known = ", ".join(modalities)
                raise SettingError(
                    f"no sense {name!r} gave evidence; there are {known}"
                )
        remaining = set(edits.only or modalities) - set(edits.without)
        self._left_out = set(modalities) - remaining
        if not remaining:
            raise SettingError("no sense is left; keep one")
        for target, value in edits.values.items():
            evidence_id, _, name = target.partition(".")
            self._set(evidence_id, name.replace("_", " "), value)

    def apply(
        self, request: PerceptionRequest, result: PerceptionResult
    ) -> PerceptionResult:
        """The result of a sense with the edits.

        Added evidence joins the sense's first result, that for the whole clip.
        """
        added = [p for p in self._added if p.tool == request.tool and not request.fine]
        pieces = [*result.evidence, *added]
        evidence = tuple(self._evidence.get(p.id, p) for p in pieces)
        if any(piece.modality in self._left_out for piece in evidence):
            status = SenseStatus(state="absent", reason="left out by hand")
            return PerceptionResult(sensed=status)
        status = SenseStatus(state="present") if added else result.sensed
        return PerceptionResult(evidence=evidence, sensed=status)

    def _set(self, evidence_id: str, name: str, value: str) -> None:
        if evidence_id not in self._evidence:
            known = ", ".join(self._evidence)
            raise SettingError(
                f"there is no evidence {evidence_id!r}; there are {known}"
            )
        piece = self._evidence[evidence_id]
        measurements = {title.replace("_", " "): title for title in piece.measurements}
        if name == "quality":
            changes = {"quality": _parse_quality(evidence_id, value)}
            self._evidence[evidence_id] = piece.model_copy(update=changes)
        elif name == "distribution" and piece.distribution is not None:
            shares = _parse_shares(evidence_id, value)
            self._evidence[evidence_id] = _with_distribution(piece, shares)
        elif name in measurements:
            self._set_measurement(piece, measurements[name], value)
        else:
            votes = ["distribution"] if piece.distribution is not None else []
            known = ", ".join(["quality", *votes, *measurements])
            raise SettingError(f"{evidence_id} has no {name!r}; it has {known}")

    def _set_measurement(self, piece: Evidence, name: str, value: str) -> None:
        """Change a measurement in all evidence of the sense that repeats it."""
        old = piece.measurements[name]
        number = _parse_measurement(f"{piece.id}.{name}", old, value)
        new = old.model_copy(update={"value": number})
        for candidate in list(self._evidence.values()):
            if candidate.tool == piece.tool and candidate.measurements.get(name) == old:
                self._evidence[candidate.id] = _with_measurement(candidate, name, new)


def _with_measurement(piece: Evidence, name: str, new: Measurement) -> Evidence:
    """The piece with a new measurement, and an observation that states it."""
    changes: dict[str, object] = {"measurements": {**piece.measurements, name: new}}
    if piece.distribution is None:
        title = name.replace("_", " ")
        typical_range = ""
        if new.low is not None and new.high is not None:
            typical_range = f", typical {new.low:.3g} to {new.high:.3g}"
        direction = "" if new.direction == "unknown" else f" {new.direction}:"
        amount = f"{new.value:.3g} {new.unit}".strip()
        changes["observation"] = (
            f"{title[0].upper()}{title[1:]} is{direction} {amount}{typical_range}."
        )
    return piece.model_copy(update=changes)


def _with_distribution(piece: Evidence, shares: Distribution) -> Evidence:
    """The piece with a new distribution; its quotation stays."""
    first = top_emotion(shares)
    second = top_emotion({**shares, first: -1.0})
    if quotation := _QUOTED.search(piece.observation):
        start = f"The words {quotation.group()} read most as {first}"
    else:
        start = f"The {piece.modality} is nearest to {first}"
    changes: dict[str, object] = {
        "distribution": shares,
        "observation": (
            f"{start} ({shares[first]:.2f}), then {second} ({shares[second]:.2f})."
        ),
    }
    if piece.valence is not None:
        changes["valence"], changes["arousal"] = valence_arousal(shares)
    return piece.model_copy(update=changes)


def _parse_measurement(name: str, old: Measurement, value: str) -> float:
    """A number, or the number of `low`, `typical` or `high`."""
    if value not in _LEVELS:
        try:
            return Measurement(value=float(value)).value
        except (ValueError, ValidationError):
            raise SettingError(
                f"{name}={value}: use a number, low, typical or high"
            ) from None
    if old.low is None or old.high is None:
        raise SettingError(f"{name} has no typical range; give it a number")
    half_range = (old.high - old.low) / 2 or abs(old.high) / 2 or 0.5
    return {
        "low": old.low - half_range,
        "typical": (old.low + old.high) / 2,
        "high": old.high + half_range,
    }[value]


def _parse_quality(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise SettingError(f"{name}.quality={value}: use a number from 0 to 1")
    return number


def _parse_shares(name: str, value: str) -> Distribution:
    """`sad`, or `sad:0.7,neutral:0.3` with the rest spread evenly."""
    try:
        pairs = [part.partition(":") for part in value.split(",")]
        shares = {e.strip(): float(s) if s else 1.0 for e, _, s in pairs}
        others = [e for e in BASIC_EMOTIONS if e not in shares]
        rest = max(0.0, 1.0 - sum(shares.values()))
        spread = dict.fromkeys(others, rest / max(1, len(others)))
        return distribution({**spread, **shares})
    except ValueError as error:
        raise SettingError(
            f"{name}.distribution={value}: {error}; use one or more of "
            f"{', '.join(BASIC_EMOTIONS)}, as in sad:0.7,neutral:0.3"
        ) from None
