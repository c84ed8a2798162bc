"""The facts that the claims of a verdict, or of a run, are verified against."""

from collections.abc import Sequence

from affectgraph.graphs.claims.facts import Facts, number_cases
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.parameters import decision_parameters
from affectgraph.graphs.verdict.pooling import Terms, pool
from affectgraph.graphs.verdict.state import VerdictState
from affectgraph.graphs.verdict.votes import novel_modalities
from affectgraph.tools.emotions import Distribution, top_emotion
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.sense_votes import vote_by_modality


def facts_of(verdict: Verdict) -> Facts:
    """The facts of a verdict."""
    votes = _votes(verdict.evidence)
    return Facts(
        evidence={piece.id: piece for piece in verdict.evidence},
        cases=number_cases(verdict.cases),
        terms=verdict.terms or pool(verdict.evidence).terms,
        votes=votes,
        alone=_alone(verdict.evidence, votes),
        contributions=verdict.contributions,
        leading=top_emotion(verdict.distribution),
        runner_up=verdict.runner_up,
        confidence=verdict.confidence,
        abstains=verdict.abstained,
        conflicts=verdict.conflict,
        unfamiliar=_is_unfamiliar(verdict.evidence, votes),
    )


def facts_of_state(state: VerdictState) -> Facts:
    """The facts of a run that has decided."""
    decision, fused = state["decision"], state["fused"]
    evidence = state.get("evidence", [])
    votes = _votes(evidence)
    return Facts(
        evidence={piece.id: piece for piece in evidence},
        cases=number_cases(state.get("cases", [])),
        terms=fused.terms,
        votes=votes,
        alone=_alone(evidence, votes),
        contributions=decision.contributions,
        leading=decision.leading,
        runner_up=decision.runner_up,
        confidence=decision.confidence,
        abstains=decision.label is None,
        conflicts=fused.conflicts,
        unfamiliar=_is_unfamiliar(evidence, votes),
    )


def _votes(evidence: Sequence[Evidence]) -> dict[str, Distribution]:
    return {m: vote.distribution for m, vote in vote_by_modality(evidence).items()}


def _alone(
    evidence: Sequence[Evidence], votes: dict[str, Distribution]
) -> dict[str, Terms]:
    """The term of each modality if the others are left out."""
    return {
        name: pool(evidence, without=[m for m in votes if m != name]).terms[name]
        for name in votes
    }


def _is_unfamiliar(
    evidence: Sequence[Evidence], votes: dict[str, Distribution]
) -> bool:
    novel = novel_modalities(evidence, decision_parameters())
    return bool(novel) and novel >= votes.keys()
