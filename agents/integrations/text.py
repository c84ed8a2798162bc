"""A verdict as plain lines, for other agents."""

from affectgraph.graphs.claims.stance import supporting_and_contradicting
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError


def verdict_text(verdict: Verdict) -> str:
    """Describe label, confidence, conflicts and explanation."""
    likely = ", ".join(verdict.prediction_set)
    if verdict.label is None:
        headline = f"No label: {verdict.abstention_reason}; likely one of {likely}."
    else:
        headline = (
            f"Expressed emotion: {verdict.label} (confidence "
            f"{verdict.confidence:.2f}; likely one of {likely})."
        )
    conflicts = [
        "Conflict: {0} says {2}, {1} says {3}.".format(
            *conflict.modalities, *conflict.labels
        )
        for conflict in verdict.conflict
    ]
    missing = [
        f"{modality}: {status.state}, {status.reason}."
        for modality, status in verdict.modalities.items()
        if status.state != "present"
    ]
    explanation = verdict.explanation or "No claim about it stands on the evidence."
    return "\n".join([headline, explanation, *conflicts, *missing, verdict.notice])


def label_text(verdict: Verdict, label: str | None = None) -> str:
    """List evidence for and against a label, with ids; by default the top label.

    Raises:
        SettingError: If the label is not a basic emotion.
    """
    chosen = label or max(verdict.distribution, key=verdict.distribution.__getitem__)
    if chosen not in BASIC_EMOTIONS:
        raise SettingError(f"label {chosen!r}: use one of {', '.join(BASIC_EMOTIONS)}")
    lines = [f"{chosen}: probability {verdict.distribution[chosen]:.2f}."]
    supporting, contradicting = supporting_and_contradicting(
        list(verdict.evidence), chosen
    )
    for side, ids in (("for", supporting), ("against", contradicting)):
        lines += [
            f"{side}: {piece.id} ({piece.modality}, {piece.span}) {piece.observation}"
            for piece in verdict.evidence
            if piece.id in ids
        ]
    lines += [
        f"check {check.kind}: {check.result}. {check.reason}"
        for check in verdict.checks
        if check.hypothesis == chosen and check.round == verdict.provenance.rounds
    ]
    return "\n".join(lines)
