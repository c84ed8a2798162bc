"""Takes as the graph sees them before it decides, and what it would decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.agents.training.decision.composed import KINDS, Take, compose
from affectgraph.agents.training.decision.figures import Answered
from affectgraph.agents.training.decision.material import FOLDS, Piece
from affectgraph.graphs.schema import Check, Fused
from affectgraph.graphs.verdict import calibration as sure
from affectgraph.graphs.verdict.checks import code_checks
from affectgraph.graphs.verdict.nodes.fuse import PoolParameters, pool
from affectgraph.graphs.verdict.nodes.hypothesize import propose_by_arithmetic
from affectgraph.graphs.verdict.nodes.verify import MAX_CHECKED, rank_hypotheses
from affectgraph.tools.emotions import BASIC_EMOTIONS

_MIXED_TAKES, _OTHER_TAKES = 1500, 400


@dataclass(frozen=True)
class Judged:
    """A take, and what the graph makes of it before it decides."""

    take: Take
    fused: Fused
    checks: tuple[Check, ...]

    @property
    def label(self) -> int:
        """Index of its label."""
        return BASIC_EMOTIONS.index(self.take.label)


Stock = dict[str, list[list[Judged]]]


def observe(
    pieces: Mapping[str, Sequence[Piece]], fusion: PoolParameters, *, seed: int
) -> Stock:
    """Takes of every kind, by fold, fused and checked by the graph's own code."""
    return {
        kind: [
            [
                examined(take, fusion)
                for take in compose(pieces, fold=fold, kind=kind, n=size, seed=seed)
            ]
            for fold in range(FOLDS)
        ]
        for kind in KINDS
        for size in [_MIXED_TAKES if kind == "mixed" else _OTHER_TAKES]
    }


def examined(take: Take, fusion: PoolParameters) -> Judged:
    """One take, fused, its leading hypotheses checked."""
    evidence = take.evidence
    fused = pool(evidence, parameters=fusion)
    own = propose_by_arithmetic({"fused": fused, "evidence": evidence})
    leading = rank_hypotheses({"fused": fused, "hypotheses": own})[:MAX_CHECKED]
    return Judged(take, fused, tuple(code_checks(leading, evidence, [], fusion)))


def answered(
    takes: Sequence[Judged], learned: sure.DecisionParameters | None
) -> Answered:
    """What is decided about takes; by fusion alone without numbers of the decision."""
    weights = learned.slow if learned else {}
    shares = [sure.apply_checks(one.fused, one.checks, weights) for one in takes]
    certain = [max(share.values()) for share in shares]
    if learned:
        certain = [
            sure.confidence(
                sure.confidence_features(one.fused, share, one.checks),
                learned.confidence,
            )
            for one, share in zip(takes, shares, strict=True)
        ]
    return Answered(
        label=[one.take.label for one in takes],
        group=[one.take.group for one in takes],
        shares=shares,
        confidence=np.array(certain),
    )


def joined(
    folds: Sequence[Sequence[Judged]], numbers: Sequence[sure.DecisionParameters] | None
) -> Answered:
    """What is decided about each fold by its numbers, or by fusion alone."""
    each = [
        answered(fold, numbers[number] if numbers else None)
        for number, fold in enumerate(folds)
    ]
    return Answered(
        label=[label for part in each for label in part.label],
        group=[group for part in each for group in part.group],
        shares=[share for part in each for share in part.shares],
        confidence=np.concatenate([part.confidence for part in each]),
    )


def sets_of(
    folds: Sequence[Sequence[Judged]],
    numbers: Sequence[sure.DecisionParameters],
    coverage: float,
) -> list[tuple[str, ...]]:
    """The prediction set of every take."""
    return [
        sure.prediction_set(
            sure.apply_checks(one.fused, one.checks, learned.slow),
            sure.situation(one.fused),
            coverage,
            learned,
        )
        for fold, learned in zip(folds, numbers, strict=True)
        for one in fold
    ]
