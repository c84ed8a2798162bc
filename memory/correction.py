"""Corrections of labels: who changed which label, when and why."""

from collections.abc import Sequence
from typing import Literal

from pydantic import AwareDatetime, Field

from affectgraph.memory.case import Case, now
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen


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
    """The correction that undoes the one in force and restores the one before it.

    Raises:
        SettingError: If no correction is in force.
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
