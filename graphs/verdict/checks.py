"""Checks that try to refute a hypothesis, in code where code can do it."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Literal

from pydantic import create_model

from affectgraph.graphs.claims.stance import measurement_votes
from affectgraph.graphs.reasoner.reasoner import (
    Reasoner,
    ReasonerAnswer,
    evidence_lines,
    prompt,
    salient,
)
from affectgraph.graphs.schema import Check, CheckResult, Fused, Hypothesis, ModelUsage
from affectgraph.graphs.verdict.nodes.fuse import (
    PoolParameters,
    pool,
    strongest_modality,
)
from affectgraph.memory import Recalled
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence

# The reasoner judges at most so many pieces, votes before facts.
_JUDGED = 3

# Similarities nearer than this are called equal.
_SAME_SIMILARITY = 0.02


def code_checks(
    hypotheses: Sequence[Hypothesis],
    evidence: list[Evidence],
    recalled: list[Recalled],
    learned: PoolParameters | None = None,
) -> list[Check]:
    """Every check that needs no language model, on each hypothesis.

    Args:
        hypotheses: What to try to refute.
        evidence: All that was perceived.
        recalled: Cases of the memory.
        learned: Numbers of the pool; those that ship if None.
    """
    return [
        check
        for hypothesis in hypotheses
        for check in (
            counterfactual(hypothesis, evidence, learned),
            physical(hypothesis, evidence),
            cases(hypothesis, recalled),
        )
    ]


def counterfactual(
    hypothesis: Hypothesis,
    evidence: list[Evidence],
    learned: PoolParameters | None = None,
) -> Check:
    """Recompute the fused answer for every subset of the modalities that vote."""
    label = hypothesis.label
    modalities = tuple(pool(evidence, learned=learned).by_modality)
    if len(modalities) < 2:
        return _check(
            hypothesis, "counterfactual", "inconclusive", "Only one sense votes."
        )
    survives = {
        kept: top_emotion(
            pool(evidence, set(modalities) - set(kept), learned).distribution
        )
        == label
        for size in range(1, len(modalities) + 1)
        for kept in combinations(modalities, size)
    }
    necessary = [
        m for m in modalities if not survives[tuple(x for x in modalities if x != m)]
    ]
    sufficient = [m for m in modalities if survives[(m,)]]
    if not survives[modalities]:
        reason = f"All senses together do not say {label}."
        return _check(hypothesis, "counterfactual", "fails", reason)
    if necessary:
        reason = f"Without {_listed(necessary)} it would not be {label}"
        result: CheckResult = "fails"
    else:
        reason = f"It stays {label} without any one sense"
        result = "holds"
    alone = f"; {_listed(sufficient)} alone would do" if sufficient else ""
    return _check(hypothesis, "counterfactual", result, f"{reason}{alone}.")


def physical(hypothesis: Hypothesis, evidence: list[Evidence]) -> Check:
    """Compare every measurement with its baseline, as the emotion would have it.

    What several pieces state, such as a summary and a fact, counts once.
    """
    counts, stated = {}, set()
    for piece in evidence:
        own = {
            name: measured
            for name, measured in piece.measurements.items()
            if (piece.modality, name, measured.value) not in stated
        }
        stated |= {(piece.modality, name, own[name].value) for name in own}
        counts[piece.id] = measurement_votes(own, hypothesis.label)
    told = {name: count for name, count in counts.items() if any(count)}
    backed = sum(count[0] for count in told.values())
    opposed = sum(count[1] for count in told.values())
    if backed == opposed:
        result: CheckResult = "inconclusive"
    else:
        result = "holds" if backed > opposed else "fails"
    reason = (
        f"{backed} measurements point to {hypothesis.label}, {opposed} away from it."
    )
    return _check(hypothesis, "physical", result, reason, tuple(told))


def cases(hypothesis: Hypothesis, recalled: list[Recalled]) -> Check:
    """Ask whether the nearest case of a rival fits better than one of its own."""
    own = [c.similarity for c in recalled if c.case.label == hypothesis.label]
    rival = [c.similarity for c in recalled if c.case.label != hypothesis.label]
    cites = tuple(f"C{number}" for number in range(1, len(recalled) + 1))
    if not own or not rival:
        reason = "There are no cases of both sides to compare."
        return _check(hypothesis, "cases", "inconclusive", reason)
    gap = max(own) - max(rival)
    reason = (
        f"The nearest {hypothesis.label} case has similarity {max(own):.2f}, "
        f"the nearest other {max(rival):.2f}."
    )
    if abs(gap) < _SAME_SIMILARITY:
        return _check(hypothesis, "cases", "inconclusive", reason, cites)
    return _check(hypothesis, "cases", "holds" if gap > 0 else "fails", reason, cites)


def blind(
    hypothesis: Hypothesis,
    rival: Hypothesis,
    fused: Fused,
    evidence: list[Evidence],
    reasoner: Reasoner,
) -> tuple[Check, ModelUsage]:
    """Have the reasoner choose between two emotions, one sense and all scores hidden.

    The sense that speaks loudest for the hypothesis is hidden, so its word is not
    simply repeated. The reasoner says of each remaining piece which emotion it fits
    better; a reasoner that gives the same answer to everything has told nothing.
    """
    hidden = strongest_modality(fused, hypothesis.label)
    shown = [p for p in salient(evidence, last=hidden) if p.modality != hidden]
    if not shown:
        reason = f"Without {hidden} there is nothing to judge by."
        return _check(hypothesis, "blind", "inconclusive", reason), ModelUsage()
    answer = _choices(hypothesis, rival, shown, reasoner)
    if answer.reply is None:
        reason = f"The reasoner gave no readable answer ({answer.problem})."
        return _check(hypothesis, "blind", "inconclusive", reason), answer.spent
    choices = answer.reply.model_dump()
    for_it = [name for name, choice in choices.items() if choice == "A"]
    for_rival = [name for name, choice in choices.items() if choice == "B"]
    reason = (
        f"Blind to {hidden}, {len(for_it)} pieces fit {hypothesis.label} better and "
        f"{len(for_rival)} fit {rival.label}."
    )
    result: CheckResult = "inconclusive"
    if len(set(choices.values())) > 1 or len(choices) == 1:
        if len(for_it) > len(for_rival):
            result = "holds"
        elif len(for_rival) > len(for_it):
            result = "fails"
    cites = tuple(for_it + for_rival)
    return _check(hypothesis, "blind", result, reason, cites), answer.spent


def _choices(
    hypothesis: Hypothesis, rival: Hypothesis, shown: list[Evidence], reasoner: Reasoner
) -> ReasonerAnswer[Any]:
    choice: Any = (Literal["A", "B", "neither"], ...)
    judged = sorted(shown, key=lambda piece: piece.distribution is None)[:_JUDGED]
    schema = create_model("Choices", **{piece.id: choice for piece in judged})
    return reasoner.ask(
        prompt("context", evidence=evidence_lines(shown)),
        prompt("blind", a=hypothesis.label, b=rival.label),
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


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
