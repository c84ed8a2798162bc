"""Memories as experts: what recalled cases add to the answer.

The user's own cases are one expert, those that ship another. An expert adds its trust
times what the nearest case of each emotion says (see `case_terms`). Trust in one's own
cases is measured on themselves (`affectgraph.memory.trust`). A clip that is nearly the
same as one that the user corrected follows the correction before any trust is measured.
"""

from collections.abc import Mapping, Sequence
from math import log

from affectgraph.graphs.schema import CaseInfluence, Decision, Fused, MeasuredTrust
from affectgraph.graphs.verdict.parameters import decision_parameters
from affectgraph.graphs.verdict.pooling import Terms, add_up, with_terms
from affectgraph.memory import MemoryTrust, Recalled
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion

OWN, SEED = "memory", "seed"
# A label that was corrected in a near copy of the clip is this probable at least.
_FOLLOWED = 0.9
_FOLLOWED_TRUST = MeasuredTrust(
    value=1.0, n=1, measured_on="a correction of nearly the same clip"
)

CaseTerms = dict[str, Terms]


def add_memories(
    fused: Fused, cases: Sequence[Recalled], trust: MemoryTrust | None
) -> tuple[Fused, CaseTerms]:
    """Add what the memories say to the answer of the senses.

    Args:
        fused: The answer of the senses.
        cases: Recalled cases.
        trust: In the user's own cases; None if there are none.

    Returns:
        The answer, and what each case adds to the log-odds of every emotion, by `C1`,
        `C2`, ...; the cases of an expert sum to its term.
    """
    numbered = {f"C{number}": case for number, case in enumerate(cases, 1)}
    own = {name: case for name, case in numbered.items() if case.own}
    shipped = {name: case for name, case in numbered.items() if not case.own}
    by_case: CaseTerms = {}
    if trust is not None and fused.by_modality:
        terms, measured = _followed_terms(fused, own), _FOLLOWED_TRUST
        if not terms:
            terms, measured = case_terms(own, trust.value), measured_trust(trust)
        fused = with_terms(fused, {OWN: _sum(terms)}, {OWN: measured})
        by_case |= terms
    seed = decision_parameters().seed
    if seed.value and fused.by_modality:
        terms = case_terms(shipped, seed.value)
        fused = with_terms(fused, {SEED: _sum(terms)}, {SEED: seed})
        by_case |= terms
    return fused, by_case


def case_terms(cases: Mapping[str, Recalled], trust: float) -> CaseTerms:
    """What the nearest case of each emotion adds to the log-odds of every emotion.

    It adds the trust times its surplus similarity to its own emotion, and takes the
    same in equal parts from the emotions that have a case. Of others nothing is said.

    Args:
        cases: Cases of one expert, by name.
        trust: In the expert.
    """
    nearest: dict[str, str] = {}
    for name, recalled in sorted(cases.items(), key=lambda pair: -pair[1].similarity):
        nearest.setdefault(recalled.case.label, name)
    terms = {}
    for label, name in nearest.items():
        weight = trust * cases[name].surplus
        share = weight / len(nearest)
        if weight:
            terms[name] = {
                e: (weight if e == label else 0.0) - (share if e in nearest else 0.0)
                for e in BASIC_EMOTIONS
            }
    return terms


def measured_trust(trust: MemoryTrust) -> MeasuredTrust:
    """Trust in the user's own cases, as a contribution shows it."""
    return MeasuredTrust(
        value=trust.value,
        low=trust.low,
        high=trust.high,
        n=trust.judged,
        measured_on=str(trust),
    )


def case_influences(
    decision: Decision, by_case: CaseTerms
) -> tuple[CaseInfluence, ...]:
    """What each case adds to the leading label against its runner-up."""
    return tuple(
        CaseInfluence(
            case=name, log_odds=terms[decision.leading] - terms[decision.runner_up]
        )
        for name, terms in by_case.items()
    )


def decisive_cases(fused: Fused, by_case: CaseTerms) -> tuple[str, ...]:
    """The cases without whose contribution another label would lead."""
    leading = top_emotion(fused.distribution)
    return tuple(
        name
        for name, terms in by_case.items()
        if top_emotion(add_up([*fused.terms.values(), _negative(terms)])) != leading
    )


def _followed_terms(fused: Fused, cases: Mapping[str, Recalled]) -> CaseTerms:
    """The term of the nearest case of nearly the same clip that the user corrected."""
    followed = [
        name for name, each in cases.items() if each.near_copy and each.case.correction
    ]
    if not followed:
        return {}
    name = max(followed, key=lambda name: cases[name].similarity)
    label = cases[name].case.label
    missing = _log_odds(_FOLLOWED) - _log_odds(fused.distribution[label])
    return {name: dict.fromkeys(BASIC_EMOTIONS, 0.0) | {label: max(0.0, missing)}}


def _log_odds(probability: float) -> float:
    return log(probability / (1.0 - probability)) if probability < 1.0 else float("inf")


def _sum(terms: CaseTerms) -> Terms:
    return {e: sum(term[e] for term in terms.values()) for e in BASIC_EMOTIONS}


def _negative(terms: Terms) -> Terms:
    return {emotion: -value for emotion, value in terms.items()}
