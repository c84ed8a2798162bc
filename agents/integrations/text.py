"""A verdict in plain lines, for another agent to read."""

from affectgraph.graphs.claims.stance import supporting_and_contradicting
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError


def verdict_text(verdict: Verdict) -> str:
    """What the verdict says, how surely, and why."""
    likely = ", ".join(verdict.prediction_set)
    if verdict.label is None:
        first = f"No label: {verdict.abstention_reason}; likely one of {likely}."
    else:
        first = (
            f"Expressed emotion: {verdict.label} (confidence "
            f"{verdict.confidence:.2f}; likely one of {likely})."
        )
    conflicts = [
        f"Conflict: {one} says {this}, {other} says {that}."
        for conflict in verdict.conflict
        for (one, other), (this, that) in [(conflict.modalities, conflict.labels)]
    ]
    lacking = [
        f"{modality}: {sensed.state}, {sensed.reason}."
        for modality, sensed in verdict.modalities.items()
        if sensed.state != "present"
    ]
    label_text = verdict.explanation or "No claim about it stands on the evidence."
    return "\n".join([first, label_text, *conflicts, *lacking, verdict.notice])


def label_text(verdict: Verdict, label: str | None = None) -> str:
    """What speaks for and against a label, with ids; the verdict's own by default.

    Raises:
        SettingError: If the label is no basic emotion.
    """
    asked = label or max(verdict.distribution, key=verdict.distribution.__getitem__)
    if asked not in BASIC_EMOTIONS:
        raise SettingError(f"label {asked!r}: use one of {', '.join(BASIC_EMOTIONS)}")
    lines = [f"{asked}: probability {verdict.distribution[asked]:.2f}."]
    backing, opposing = supporting_and_contradicting(list(verdict.evidence), asked)
    for side, names in (("for", backing), ("against", opposing)):
        lines += [
            f"{side}: {piece.id} ({piece.modality}, {piece.span}) {piece.observation}"
            for piece in verdict.evidence
            if piece.id in names
        ]
    lines += [
        f"check {check.kind}: {check.result}. {check.reason}"
        for check in verdict.checks
        if check.hypothesis == asked and check.round == verdict.provenance.rounds
    ]
    return "\n".join(lines)
