"""Checks that test a hypothesis; all but `blind_check` need no language model."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import create_model

from affectgraph.graphs.claims.stance import measurement_votes
from affectgraph.graphs.reasoner.prompt_builder import (
    format_evidence,
    render_prompt,
    select_salient,
)
from affectgraph.graphs.reasoner.reasoner import Reasoner, ReasonerAnswer
from affectgraph.graphs.schema import (
    Check,
    CheckKind,
    CheckResult,
    Fused,
    Hypothesis,
    ModelUsage,
)
from affectgraph.graphs.verdict.calibration import leads_with_equal_weights
from affectgraph.graphs.verdict.pooling import equal_pool, strongest_modality
from affectgraph.memory import Recalled
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence

# The reasoner judges at most this many pieces of evidence, votes before facts.
_MAX_JUDGED = 3
# Similarities that differ by less count as equal.
_SIMILARITY_TOLERANCE = 0.02
_ONE_SENSE = "Only one sense votes."


def code_checks(
    hypotheses: Sequence[Hypothesis],
    fused: Fused,
    evidence: list[Evidence],
    cases: list[Recalled],
) -> list[Check]:
    """Run every check that needs no language model on each hypothesis.

    Args:
        hypotheses: The hypotheses to test.
        fused: The fused answer.
        evidence: All evidence.
        cases: Recalled cases.
    """
    return [
        check
        for hypothesis in hypotheses
        for check in (
            equal_weights_check(hypothesis, fused),
            physical_check(hypothesis, evidence),
            case_check(hypothesis, cases),
        )
    ]


def equal_weights_check(hypothesis: Hypothesis, fused: Fused) -> Check:
    """Whether the hypothesis would lead if every sense counted the same."""
    label = hypothesis.label
    if len(fused.by_modality) < 2:
        return _check(hypothesis, "equal weights", "inconclusive", _ONE_SENSE)
    if leads_with_equal_weights(fused, label):
        reason = f"It would be {label} if every sense counted the same."
        return _check(hypothesis, "equal weights", "holds", reason)
    other = top_emotion(equal_pool(fused.by_modality))
    reason = f"It would be {other} if every sense counted the same."
    return _check(hypothesis, "equal weights", "fails", reason)


def physical_check(hypothesis: Hypothesis, evidence: list[Evidence]) -> Check:
    """Count the measurements that deviate from baseline as the emotion predicts.

    A measurement that several pieces of evidence repeat counts once.
    """
    votes, counted = {}, set()
    for piece in evidence:
        new = {
            name: measurement
            for name, measurement in piece.measurements.items()
            if (piece.modality, name, measurement.value) not in counted
        }
        counted |= {(piece.modality, name, new[name].value) for name in new}
        votes[piece.id] = measurement_votes(new, hypothesis.label)
    cited = {evidence_id: count for evidence_id, count in votes.items() if any(count)}
    backed = sum(count[0] for count in cited.values())
    opposed = sum(count[1] for count in cited.values())
    if backed == opposed:
        result: CheckResult = "inconclusive"
    else:
        result = "holds" if backed > opposed else "fails"
    reason = (
        f"{backed} measurements point to {hypothesis.label}, {opposed} away from it."
    )
    return _check(hypothesis, "physical", result, reason, tuple(cited))


def case_check(hypothesis: Hypothesis, cases: list[Recalled]) -> Check:
    """Compare the nearest case of the hypothesis with the nearest of its rivals."""
    matching = [c.similarity for c in cases if c.case.label == hypothesis.label]
    rival = [c.similarity for c in cases if c.case.label != hypothesis.label]
    cites = tuple(f"C{number}" for number in range(1, len(cases) + 1))
    if not matching or not rival:
        reason = "There are no cases of both sides to compare."
        return _check(hypothesis, "cases", "inconclusive", reason)
    gap = max(matching) - max(rival)
    reason = (
        f"The nearest {hypothesis.label} case has similarity {max(matching):.2f}, "
        f"the nearest other {max(rival):.2f}."
    )
    if abs(gap) < _SIMILARITY_TOLERANCE:
        return _check(hypothesis, "cases", "inconclusive", reason, cites)
    return _check(hypothesis, "cases", "holds" if gap > 0 else "fails", reason, cites)


def blind_check(
    hypothesis: Hypothesis,
    rival: Hypothesis,
    fused: Fused,
    evidence: list[Evidence],
    reasoner: Reasoner,
) -> tuple[Check, ModelUsage]:
    """Let the reasoner choose between two emotions with the strongest sense hidden.

    The sense that speaks most for the hypothesis is hidden, so that the reasoner does
    not merely repeat it; scores are hidden, too. The reasoner says for each remaining
    piece which emotion it fits better. The same answer to several pieces says nothing.
    """
    hidden = strongest_modality(fused, hypothesis.label)
    shown = [p for p in select_salient(evidence, last=hidden) if p.modality != hidden]
    if not shown:
        reason = f"Without {hidden} there is nothing to judge by."
        return _check(hypothesis, "blind", "inconclusive", reason), ModelUsage()
    answer = _ask_for_choices(hypothesis, rival, shown, reasoner)
    if answer.reply is None:
        reason = f"The reasoner gave no readable answer ({answer.problem})."
        return _check(hypothesis, "blind", "inconclusive", reason), answer.spent
    choices = answer.reply.model_dump()
    matching = [name for name, choice in choices.items() if choice == "A"]
    rival_ids = [name for name, choice in choices.items() if choice == "B"]
    reason = (
        f"Blind to {hidden}, {len(matching)} pieces fit {hypothesis.label} better and "
        f"{len(rival_ids)} fit {rival.label}."
    )
    result: CheckResult = "inconclusive"
    informative = len(choices) == 1 or len(set(choices.values())) > 1
    if informative and len(matching) != len(rival_ids):
        result = "holds" if len(matching) > len(rival_ids) else "fails"
    cites = (*matching, *rival_ids)
    return _check(hypothesis, "blind", result, reason, cites), answer.spent


def _ask_for_choices(
    hypothesis: Hypothesis, rival: Hypothesis, shown: list[Evidence], reasoner: Reasoner
) -> ReasonerAnswer[Any]:
    choice: Any = (Literal["A", "B", "neither"], ...)
    judged = sorted(shown, key=lambda piece: piece.distribution is None)[:_MAX_JUDGED]
    schema = create_model("Choices", **{piece.id: choice for piece in judged})
    return reasoner.ask(
        render_prompt("context", evidence=format_evidence(shown)),
        render_prompt("blind", a=hypothesis.label, b=rival.label),
        schema,
    )


def _check(
    hypothesis: Hypothesis,
    kind: CheckKind,
    result: CheckResult,
    reason: str,
    cites: tuple[str, ...] = (),
) -> Check:
    return Check(
        hypothesis=hypothesis.label,
        kind=kind,
        result=result,
        reason=reason,
        cites=cites,
    )
