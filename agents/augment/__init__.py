"""Augmentation: many unlabelled clips labelled, sifted, reviewed and written down."""

from affectgraph.agents.augment.batch import Augmented, augment
from affectgraph.agents.augment.export import Format, write
from affectgraph.agents.augment.gold_labels import Truth, truths_of
from affectgraph.agents.augment.review_queue import Doubt, Queue
from affectgraph.agents.augment.rows import Row, read_rows
from affectgraph.agents.augment.statistics import Yields, yields

__all__ = [
    "Augmented",
    "Doubt",
    "Format",
    "Queue",
    "Row",
    "Truth",
    "Yields",
    "augment",
    "read_rows",
    "truths_of",
    "write",
    "yields",
]
