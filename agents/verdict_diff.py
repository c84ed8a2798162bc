"""Compare two verdicts about one clip."""

from affectgraph.graphs.replay.what_if import WhatIf
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.emotions import top_emotion


def diff_verdicts(before: Verdict, after: Verdict) -> dict[str, tuple[str, str]]:
    """Fields of two verdicts by name: value before, value after.

    Label, confidence, prediction set and conflicts always; other fields if they differ.
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
    for name in dict.fromkeys(
        p.expert for v in (before, after) for p in v.contributions
    ):
        old, new = _contribution(before, name), _contribution(after, name)
        if old != new:
            rows[f"{name} adds"] = (old, new)
    old_checks, new_checks = _checks(before), _checks(after)
    for name in dict.fromkeys([*old_checks, *new_checks]):
        pair = old_checks.get(name, "not made"), new_checks.get(name, "not made")
        if pair[0] != pair[1]:
            rows[name] = pair
    return rows


def summarize_what_if(outcome: WhatIf) -> str:
    """How a what-if was computed, in one line."""
    unchanged = (
        f"; as recorded: {', '.join(outcome.unchanged)}" if outcome.unchanged else ""
    )
    replies = f"{outcome.recorded} recorded, {outcome.asked} asked anew"
    replies += f", {outcome.unanswered} unanswered" if outcome.unanswered else ""
    changed = ", ".join(outcome.changed) or "nothing"
    return f"Changed: {changed}{unchanged}. Model replies: {replies}."


def _label(verdict: Verdict) -> str:
    return verdict.label or f"abstains: {verdict.abstention_reason}"


def _conflicts(verdict: Verdict) -> str:
    return ", ".join(" and ".join(c.modalities) for c in verdict.conflict) or "none"


def _contribution(verdict: Verdict, expert: str) -> str:
    """What an expert adds to the leading label against its runner-up."""
    label = top_emotion(verdict.distribution)
    parts = {part.expert: part.log_odds for part in verdict.contributions}
    if expert not in parts:
        return "nothing"
    return f"{parts[expert]:+.2f} for {label} against {verdict.runner_up}"


def _checks(verdict: Verdict) -> dict[str, str]:
    """Result of the last check of each kind and hypothesis."""
    return {f"{c.kind} of {c.hypothesis}": c.result for c in verdict.checks}
