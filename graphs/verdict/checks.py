"""Checks that test a hypothesis; all but `blind_check` need no language model."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Literal

from pydantic import create_model

from affectgraph.graphs.claims.stance import measurement_votes
from affectgraph.graphs.reasoner.prompt_builder import (
    format_evidence,
    render_prompt,
    select_salient,
)
from affectgraph.graphs.reasoner.reasoner import Reasoner, ReasonerAnswer
from affectgraph.graphs.schema import Check, CheckResult, Fused, Hypothesis, ModelUsage
from affectgraph.graphs.verdict.pooling import (
    PoolParameters,
    pool,
    strongest_modality,
)
from affectgraph.memory import Recalled
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence

# The reasoner judges at most this many pieces of evidence, votes before facts.
_MAX_JUDGED = 3
# Similarities that differ by less count as equal.
_SIMILARITY_TOLERANCE = 0.02


def code_checks(
    hypotheses: Sequence[Hypothesis],
    evidence: list[Evidence],
    cases: list[Recalled],
    parameters: PoolParameters | None = None,
) -> list[Check]:
    """Run every check that needs no language model on each hypothesis.

    Args:
        hypotheses: The hypotheses to test.
        evidence: All evidence.
        cases: Recalled cases.
        parameters: Parameters of the pool; those that ship if None.
    """
    return [
        check
        for hypothesis in hypotheses
        for check in (
            counterfactual_check(hypothesis, evidence, parameters),
            physical_check(hypothesis, evidence),
            case_check(hypothesis, cases),
        )
    ]


def counterfactual_check(
    hypothesis: Hypothesis,
    evidence: list[Evidence],
    parameters: PoolParameters | None = None,
) -> Check:
    """Fuse again with every subset of the voting modalities.

    The hypothesis holds if it stays on top without any one modality.
    """
    label = hypothesis.label
    modalities = tuple(pool(evidence, parameters=parameters).by_modality)
    if len(modalities) < 2:
        return _check(
            hypothesis, "counterfactual", "inconclusive", "Only one sense votes."
        )
    survives = {}
    for size in range(1, len(modalities) + 1):
        for subset in combinations(modalities, size):
            left_out = set(modalities) - set(subset)
            fused = pool(evidence, left_out, parameters)
            survives[subset] = top_emotion(fused.distribution) == label
    if not survives[modalities]:
        reason = f"All senses together do not say {label}."
        return _check(hypothesis, "counterfactual", "fails", reason)
    necessary = [
        m for m in modalities if not survives[tuple(x for x in modalities if x != m)]
    ]
    sufficient = [m for m in modalities if survives[(m,)]]
    if necessary:
        reason = f"Without {_join_with_or(necessary)} it would not be {label}"
    else:
        reason = f"It stays {label} without any one sense"
    result: CheckResult = "fails" if necessary else "holds"
    alone = f"; {_join_with_or(sufficient)} alone would do" if sufficient else ""
    return _check(hypothesis, "counterfactual", result, f"{reason}{alone}.")


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
    kind: Literal["counterfactual", "blind", "physical", "cases"],
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


def _join_with_or(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
