"""Takes as the graph sees them before it decides, and what it would decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.agents.training.decision.composed import KINDS, ComposedTake, compose
from affectgraph.agents.training.decision.figures import Decisions
from affectgraph.agents.training.decision.material import FOLDS, Piece
from affectgraph.graphs.schema import Check, Fused
from affectgraph.graphs.verdict import calibration as sure
from affectgraph.graphs.verdict.checks import code_checks
from affectgraph.graphs.verdict.nodes.fuse import PoolParameters, pool
from affectgraph.graphs.verdict.nodes.hypothesize import propose_by_arithmetic
from affectgraph.graphs.verdict.nodes.verify import CHECKED, rank_hypotheses
from affectgraph.tools.emotions import BASIC_EMOTIONS

_MIXED_TAKES, _OTHER_TAKES = 1500, 400


@dataclass(frozen=True)
class CheckedTake:
    """A take, and what the graph makes of it before it decides."""

    take: ComposedTake
    fused: Fused
    checks: tuple[Check, ...]

    @property
    def label(self) -> int:
        """Index of its label."""
        return BASIC_EMOTIONS.index(self.take.label)


TakesByKind = dict[str, list[list[CheckedTake]]]


def compose_and_check(
    pieces: Mapping[str, Sequence[Piece]], fusion: PoolParameters, *, seed: int
) -> TakesByKind:
    """Takes of every kind, by fold, fused and checked by the graph's own code."""
    return {
        kind: [
            [
                check_take(take, fusion)
                for take in compose(pieces, fold=fold, kind=kind, n=size, seed=seed)
            ]
            for fold in range(FOLDS)
        ]
        for kind in KINDS
        for size in [_MIXED_TAKES if kind == "mixed" else _OTHER_TAKES]
    }


def check_take(take: ComposedTake, fusion: PoolParameters) -> CheckedTake:
    """One take, fused, its leading hypotheses checked."""
    evidence = take.evidence
    fused = pool(evidence, learned=fusion)
    own = propose_by_arithmetic({"fused": fused, "evidence": evidence})
    leading = rank_hypotheses({"fused": fused, "hypotheses": own})[:CHECKED]
    return CheckedTake(take, fused, tuple(code_checks(leading, evidence, [], fusion)))


def decide_takes(
    takes: Sequence[CheckedTake], learned: sure.DecisionParameters | None
) -> Decisions:
    """What is decided about takes; by fusion alone without numbers of the decision."""
    weights = learned.slow if learned else {}
    shares = [sure.slow_answer(one.fused, one.checks, weights) for one in takes]
    certain = [max(share.values()) for share in shares]
    if learned:
        certain = [
            sure.confidence(
                sure.features(one.fused, share, one.checks), learned.confidence
            )
            for one, share in zip(takes, shares, strict=True)
        ]
    return Decisions(
        label=[one.take.label for one in takes],
        group=[one.take.group for one in takes],
        shares=shares,
        confidence=np.array(certain),
    )


def decide_folds(
    folds: Sequence[Sequence[CheckedTake]],
    numbers: Sequence[sure.DecisionParameters] | None,
) -> Decisions:
    """What is decided about each fold by its numbers, or by fusion alone."""
    each = [
        decide_takes(fold, numbers[number] if numbers else None)
        for number, fold in enumerate(folds)
    ]
    return Decisions(
        label=[label for part in each for label in part.label],
        group=[group for part in each for group in part.group],
        shares=[share for part in each for share in part.shares],
        confidence=np.concatenate([part.confidence for part in each]),
    )


def prediction_sets(
    folds: Sequence[Sequence[CheckedTake]],
    numbers: Sequence[sure.DecisionParameters],
    coverage: float,
) -> list[tuple[str, ...]]:
    """The prediction set of every take."""
    return [
        sure.prediction_set(
            sure.slow_answer(one.fused, one.checks, learned.slow),
            sure.situation(one.fused),
            coverage,
            learned,
        )
        for fold, learned in zip(folds, numbers, strict=True)
        for one in fold
    ]
