"""Augmentation: unlabelled clips are labelled, filtered, reviewed and exported."""

from affectgraph.agents.augment.batch import AugmentationResult, augment
from affectgraph.agents.augment.export import Format, write_rows
from affectgraph.agents.augment.review_queue import ReviewItem, ReviewQueue
from affectgraph.agents.augment.rows import AugmentationRow, read_rows
from affectgraph.agents.augment.statistics import (
    GoldLabel,
    YieldReport,
    compute_yields,
    read_gold_labels,
)

__all__ = [
    "AugmentationResult",
    "AugmentationRow",
    "Format",
    "GoldLabel",
    "ReviewItem",
    "ReviewQueue",
    "YieldReport",
    "augment",
    "compute_yields",
    "read_gold_labels",
    "read_rows",
    "write_rows",
]
