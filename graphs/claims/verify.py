"""Verification: every field of a statement is compared with the facts.

Numbers are right if they are the measured ones, rounded to the decimals that are
written.
"""

from collections.abc import Callable, Sequence
from typing import Any

from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.claims.verify_change import verify_change
from affectgraph.graphs.claims.verify_decision import (
    verify_conclusion,
    verify_contribution,
    verify_counterfactual,
    verify_precedent,
)
from affectgraph.graphs.claims.verify_evidence import (
    verify_agreement,
    verify_comparison,
    verify_level,
    verify_observation,
    verify_quotation,
    verify_reading,
)
from affectgraph.graphs.schema.statements import Statement
from affectgraph.tools.evidence import Evidence


def statement_problem(statement: Statement, cites: Sequence[str], facts: Facts) -> str:
    """Why a statement must be rejected; empty if every field is right.

    Args:
        statement: The statement.
        cites: Ids of the evidence and cases that its sentence cites.
        facts: What it is compared with.
    """
    cited = [facts.evidence[name] for name in cites if name in facts.evidence]
    return _VERIFIERS[statement.kind](statement, cited, facts, cites)


_Verifier = Callable[[Any, list[Evidence], Facts, Sequence[str]], str]
_VERIFIERS: dict[str, _Verifier] = {
    "reading": verify_reading,
    "level": verify_level,
    "change": verify_change,
    "comparison": verify_comparison,
    "quotation": verify_quotation,
    "agreement": verify_agreement,
    "precedent": verify_precedent,
    "counterfactual": verify_counterfactual,
    "contribution": verify_contribution,
    "conclusion": verify_conclusion,
    "observation": verify_observation,
}
