"""Edits by hand: evidence changed or added, or a sense left out."""

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
    """What to change.

    Attributes:
        values: `ID.NAME` to its new value. NAME is `quality`, `distribution`, or a
            measurement, with `_` for a space. A measurement becomes a number, or
            `low`, `typical` or `high`, half a typical range outside it or in its
            middle; a distribution `sad`, or shares such as `sad:0.7,neutral:0.3`, the
            rest spread evenly.
        without: Modalities to leave out.
        only: Modalities to keep; all if empty.
        added: Evidence that a sense gave since, as `EmotionAgent.look` does.
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
        """From what somebody typed: `ID.NAME=VALUE` and names of modalities.

        Raises:
            SettingError: If a value is not of that form.
        """
        pairs = {}
        for text in values:
            name, equals, value = text.partition("=")
            if not equals or "." not in name:
                raise SettingError(f"{text!r}: write ID.NAME=VALUE, as in P2.pitch=low")
            pairs[name.strip()] = value.strip()
        return cls(values=pairs, without=tuple(without), only=tuple(only))

    @property
    def told(self) -> tuple[str, ...]:
        """Each edit in a few words."""
        return (
            *(f"{name}={value}" for name, value in self.values.items()),
            *(f"without {modality}" for modality in self.without),
            *((f"only {', '.join(self.only)}",) if self.only else ()),
            *dict.fromkeys(f"{p.modality} at {p.span}" for p in self.added),
        )


class Editing:
    """Edits, found to fit the evidence of a run."""

    def __init__(self, edits: Edits, evidence: Sequence[Evidence]) -> None:
        """Find what every edit is about.

        Raises:
            SettingError: If an id, a measurement, a modality or a value cannot be;
                lists those that can.
        """
        evidence = [*evidence, *edits.added]
        self._added = edits.added
        self._evidence = {piece.id: piece for piece in evidence}
        modalities = dict.fromkeys(piece.modality for piece in evidence)
        for name in (*edits.without, *edits.only):
            if name not in modalities:
                known = ", ".join(modalities)
                raise SettingError(
                    f"no sense {name!r} told anything; there are {known}"
                )
        kept = set(edits.only or modalities) - set(edits.without)
        self._left_out = set(modalities) - kept
        if not kept:
            raise SettingError("no sense is left; keep one")
        for target, value in edits.values.items():
            name, _, what = target.partition(".")
            self._set(name, what, value)

    def seen(self, look: PerceptionRequest, seen: PerceptionResult) -> PerceptionResult:
        """What a sense saw in a look, with the edits in it.

        What was added comes with the sense's first look, at the whole clip.
        """
        added = [p for p in self._added if p.tool == look.tool and not look.fine]
        pieces = [*seen.evidence, *added]
        evidence = tuple(self._evidence.get(p.id, p) for p in pieces)
        if any(piece.modality in self._left_out for piece in evidence):
            sensed = SenseStatus(state="absent", reason="left out by hand")
            return PerceptionResult(sensed=sensed)
        sensed = SenseStatus(state="present") if added else seen.sensed
        return PerceptionResult(evidence=evidence, sensed=sensed)

    def _set(self, name: str, what: str, value: str) -> None:
        if name not in self._evidence:
            known = ", ".join(self._evidence)
            raise SettingError(f"there is no evidence {name!r}; there are {known}")
        piece, what = self._evidence[name], what.replace("_", " ")
        if what == "quality":
            changed = piece.model_copy(update={"quality": _fraction(name, value)})
        elif what == "distribution" and piece.distribution is not None:
            changed = _voting(piece, _shares(name, value))
        elif what in _measured(piece):
            self._measure(piece, _measured(piece)[what], value)
            return
        else:
            votes = ["distribution"] if piece.distribution is not None else []
            known = ", ".join(["quality", *votes, *_measured(piece)])
            raise SettingError(f"{name} has no {what!r}; it has {known}")
        self._evidence[name] = changed

    def _measure(self, piece: Evidence, name: str, value: str) -> None:
        """Change a measurement wherever the sense tells it: a fact is told twice."""
        old = piece.measurements[name]
        new = old.model_copy(update={"value": _level(f"{piece.id}.{name}", old, value)})
        for other in list(self._evidence.values()):
            if other.tool == piece.tool and other.measurements.get(name) == old:
                self._evidence[other.id] = _measuring(other, name, new)


def _measured(piece: Evidence) -> dict[str, str]:
    return {name.replace("_", " "): name for name in piece.measurements}


def _measuring(piece: Evidence, name: str, new: Measurement) -> Evidence:
    """The piece with another measurement; what it says of the old one goes."""
    changes: dict[str, object] = {"measurements": {**piece.measurements, name: new}}
    if piece.distribution is None:
        title = name.replace("_", " ")
        usual = ""
        if new.low is not None and new.high is not None:
            usual = f", typical {new.low:.3g} to {new.high:.3g}"
        is_so = "" if new.direction == "unknown" else f" {new.direction}:"
        amount = f"{new.value:.3g} {new.unit}".strip()
        sentence = f"{title[0].upper()}{title[1:]} is{is_so} {amount}{usual}."
        changes["observation"] = sentence
    return piece.model_copy(update=changes)


def _voting(piece: Evidence, shares: Distribution) -> Evidence:
    """The piece with another distribution; words that were quoted stay quoted."""
    first = top_emotion(shares)
    second = top_emotion({**shares, first: -1.0})
    quoted = _QUOTED.search(piece.observation)
    what = f"The words {quoted.group()} read" if quoted else f"The {piece.modality} is"
    how = f"most as {first}" if quoted else f"nearest to {first}"
    told = f"({shares[first]:.2f}), then {second} ({shares[second]:.2f})"
    changes: dict[str, object] = {
        "distribution": shares,
        "observation": f"{what} {how} {told}.",
    }
    if piece.valence is not None:
        changes["valence"], changes["arousal"] = valence_arousal(shares)
    return piece.model_copy(update=changes)


def _level(name: str, old: Measurement, value: str) -> float:
    if value not in _LEVELS:
        try:
            return Measurement(value=float(value)).value
        except (ValueError, ValidationError):
            raise SettingError(
                f"{name}={value}: use a number, low, typical or high"
            ) from None
    if old.low is None or old.high is None:
        raise SettingError(f"{name} has no typical range; give it a number")
    half = (old.high - old.low) / 2 or abs(old.high) / 2 or 0.5
    return {
        "low": old.low - half,
        "typical": (old.low + old.high) / 2,
        "high": old.high + half,
    }[value]


def _fraction(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise SettingError(f"{name}.quality={value}: use a number from 0 to 1")
    return number


def _shares(name: str, value: str) -> Distribution:
    """`sad`, or `sad:0.7,neutral:0.3`; what is left is spread evenly."""
    try:
        pairs = [part.partition(":") for part in value.split(",")]
        given = {e.strip(): float(s) if s else 1.0 for e, _, s in pairs}
        rest = 1.0 - sum(given.values())
        others = [e for e in BASIC_EMOTIONS if e not in given]
        if rest < -1e-6 or (others and rest < 0):
            rest = 0.0
        spread = dict.fromkeys(others, max(0.0, rest) / max(1, len(others)))
        return distribution({**spread, **given})
    except ValueError as error:
        raise SettingError(
            f"{name}.distribution={value}: {error}; use one or more of "
            f"{', '.join(BASIC_EMOTIONS)}, as in sad:0.7,neutral:0.3"
        ) from None
