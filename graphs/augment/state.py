"""State of the augmentation graph."""

from typing import TypedDict

from affectgraph.graphs.augment.agreement_filter import AgreementResult
from affectgraph.graphs.augment.quality_filter import DescriptionLengths, QualityResult
from affectgraph.graphs.augment.schema import (
    AugmentationOutcome,
    AutoLabel,
    Description,
)
from affectgraph.graphs.verdict.state import VerdictState
from affectgraph.tools.clip import ClipInfo


class AugmentationState(VerdictState, total=False):
    """State of one clip, with the perception of the verdict graph.

    Checkpoints name the result of the quality filter `low`, and that of the agreement
    filter `crowd`.
    """

    description: Description
    labelled: AutoLabel
    lengths: DescriptionLengths
    low: QualityResult
    crowd: AgreementResult
    outcome: AugmentationOutcome


class AugmentationInput(TypedDict):
    """Input of the augmentation graph."""

    clip: ClipInfo
