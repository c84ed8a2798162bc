"""Takes as the graph sees them before it decides, and its decisions about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.agents.training.decision.composed_takes import (
    KINDS,
    ComposedTake,
    compose,
)
from affectgraph.agents.training.decision.composition import FOLDS, Piece
from affectgraph.agents.training.decision.figures import Decisions
from affectgraph.graphs.schema import Check, Fused
from affectgraph.graphs.verdict import calibration
from affectgraph.graphs.verdict.checks import code_checks
from affectgraph.graphs.verdict.nodes.hypothesize import propose_by_arithmetic
from affectgraph.graphs.verdict.nodes.verify import MAX_CHECKED, rank_hypotheses
from affectgraph.graphs.verdict.pooling import PoolParameters, pool
from affectgraph.tools.emotions import BASIC_EMOTIONS

_MIXED_TAKES, _OTHER_TAKES = 1500, 400


@dataclass(frozen=True)
class CheckedTake:
    """A take, fused and checked by the graph."""

    take: ComposedTake
    fused: Fused
    checks: tuple[Check, ...]

    @property
    def label(self) -> int:
        """Index of the label."""
        return BASIC_EMOTIONS.index(self.take.label)


TakesByKind = dict[str, list[list[CheckedTake]]]


def compose_and_check(
    pieces: Mapping[str, Sequence[Piece]], fusion: PoolParameters, *, seed: int
) -> TakesByKind:
    """Compose takes of every kind, by fold, and fuse and check them."""
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
    """Fuse one take, and check its leading hypotheses with the code of the graph."""
    evidence = take.evidence
    fused = pool(evidence, parameters=fusion)
    hypotheses = propose_by_arithmetic({"fused": fused, "evidence": evidence})
    leading = rank_hypotheses({"fused": fused, "hypotheses": hypotheses})[:MAX_CHECKED]
    return CheckedTake(take, fused, tuple(code_checks(leading, evidence, [], fusion)))


def decide_takes(
    takes: Sequence[CheckedTake], parameters: calibration.DecisionParameters | None
) -> Decisions:
    """Decide about takes; by fusion alone without parameters."""
    weights = parameters.slow if parameters else {}
    shares = [calibration.apply_checks(one.fused, one.checks, weights) for one in takes]
    confidence = [max(share.values()) for share in shares]
    if parameters:
        confidence = [
            calibration.confidence(
                calibration.confidence_features(one.fused, share, one.checks),
                parameters.confidence,
            )
            for one, share in zip(takes, shares, strict=True)
        ]
    return Decisions(
        label=[one.take.label for one in takes],
        group=[one.take.group for one in takes],
        shares=shares,
        confidence=np.array(confidence),
    )


def decide_folds(
    folds: Sequence[Sequence[CheckedTake]],
    parameters: Sequence[calibration.DecisionParameters] | None,
) -> Decisions:
    """Decide about each fold with its parameters, or by fusion alone."""
    parts = [
        decide_takes(fold, parameters[number] if parameters else None)
        for number, fold in enumerate(folds)
    ]
    return Decisions(
        label=[label for part in parts for label in part.label],
        group=[group for part in parts for group in part.group],
        shares=[share for part in parts for share in part.shares],
        confidence=np.concatenate([part.confidence for part in parts]),
    )


def prediction_sets(
    folds: Sequence[Sequence[CheckedTake]],
    parameters: Sequence[calibration.DecisionParameters],
    coverage: float,
) -> list[tuple[str, ...]]:
    """Return the prediction set of every take."""
    return [
        calibration.prediction_set(
            calibration.apply_checks(one.fused, one.checks, fitted.slow),
            calibration.situation(one.fused),
            coverage,
            fitted,
        )
        for fold, fitted in zip(folds, parameters, strict=True)
        for one in fold
    ]
