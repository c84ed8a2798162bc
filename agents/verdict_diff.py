"""Two verdicts about one clip beside each other, and what was done for the second."""

from affectgraph.graphs.replay.what_if import WhatIf
from affectgraph.graphs.schema import Verdict


def differences(before: Verdict, after: Verdict) -> dict[str, tuple[str, str]]:
    """What to show of two verdicts, by name: as it was, and as it is.

    Label, confidence, prediction set and conflict always; the rest where it differs.
    """
    rows = {
        "label": (_label(before), _label(after)),
        "confidence": (f"{before.confidence:.2f}", f"{after.confidence:.2f}"),
        "likely one of": (
            ", ".join(before.prediction_set),
            ", ".join(after.prediction_set),
        ),
        "conflict": (_conflicts(before), _conflicts(after)),
    }
    for emotion, share in before.distribution.items():
        old, new = f"{share:.2f}", f"{after.distribution[emotion]:.2f}"
        if old != new:
            rows[emotion] = (old, new)
    was, now = _checks(before), _checks(after)
    for check in dict.fromkeys([*was, *now]):
        if was.get(check) != now.get(check):
            rows[check] = (was.get(check, "not made"), now.get(check, "not made"))
    return rows


def done(outcome: WhatIf) -> str:
    """What was done for a what-if, in one line."""
    same = f"; as recorded: {', '.join(outcome.unchanged)}" if outcome.unchanged else ""
    asked = f"{outcome.recorded} recorded, {outcome.asked} asked anew"
    missing = f", {outcome.unanswered} unanswered" if outcome.unanswered else ""
    changed = ", ".join(outcome.changed) or "nothing"
    return f"Changed: {changed}{same}. Model replies: {asked}{missing}."


def _label(verdict: Verdict) -> str:
    return verdict.label or f"abstains: {verdict.abstention_reason}"


def _conflicts(verdict: Verdict) -> str:
    return ", ".join(" and ".join(c.modalities) for c in verdict.conflict) or "none"


def _checks(verdict: Verdict) -> dict[str, str]:
    """How the last of each check ended."""
    return {f"{c.kind} of {c.hypothesis}": c.result for c in verdict.checks}
