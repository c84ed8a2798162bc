"""Corrections: who gave a clip another label, when, from what to what, and why."""

from collections.abc import Sequence
from typing import Literal

from pydantic import AwareDatetime, Field

from affectgraph.memory.case import Case, now
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen


class Correction(Frozen):
    """One entry in the history of a clip. Entries are added, never changed.

    Attributes:
        kind: `corrected`, or `undone` where it takes back the one in force.
        clip: Hash of the clip, as its case has it.
        before: The label that it replaces; None where the verdict had abstained.
        after: The label from then on; None where the verdict's abstention is back.
        note: Why.
        annotator: Who.
        at: When, with its time zone.
        case: The case that the clip has from then on; None for none.
    """

    kind: Literal["corrected", "undone"]
    clip: str
    before: str | None
    after: str | None
    note: str = Field(default="", max_length=600)
    annotator: str = ""
    at: AwareDatetime = Field(default_factory=now)
    case: Case | None = None


def corrected(case: Case, before: str | None, note: str) -> Correction:
    """The entry that makes this the case of its clip."""
    return Correction(
        kind="corrected",
        clip=case.sha256,
        before=before,
        after=case.label,
        note=note,
        annotator=case.annotator,
        case=case,
    )


def undone(history: Sequence[Correction], note: str, annotator: str) -> Correction:
    """The entry that takes back the correction in force; the one before it returns.

    Raises:
        SettingError: If none is in force.
    """
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
