"""False claims of every kind are caught and true ones kept, however worded."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
from typed_claims import WordedClaim, check

KINDS = (
    "reading", "level", "change", "comparison", "quotation", "agreement", "precedent",
    "counterfactual", "contribution",
)  # fmt: skip


@pytest.fixture(scope="module")
def claims() -> list[WordedClaim]:
    return list(check())


@pytest.mark.parametrize("kind", KINDS)
def test_false_claims_are_caught_and_true_ones_kept(
    claims: list[WordedClaim], kind: str
) -> None:
    for true, limit in ((False, 0.95), (True, 0.10)):
        dropped = [bool(c.problem) for c in claims if (c.kind, c.true) == (kind, true)]
        assert len(dropped) >= 13
        share = sum(dropped) / len(dropped)
        assert share <= limit if true else share >= limit


def test_there_are_enough_claims(claims: list[WordedClaim]) -> None:
    assert sum(claim.true for claim in claims) >= 120
    assert sum(not claim.true for claim in claims) >= 120
