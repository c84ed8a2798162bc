"""Scores of label lists, as MER-UniBench defines them."""

from affectgraph.agents.evaluation.scoring.report import Dropped, Report, WheelScore
from affectgraph.agents.evaluation.scoring.rows import (
    LabelRow,
    Task,
    parse_labels,
    read_label_rows,
)
from affectgraph.agents.evaluation.scoring.score import score
from affectgraph.agents.evaluation.scoring.wheels import (
    Wheels,
    read_wheels,
    shipped_wheels,
)

__all__ = [
    "Dropped",
    "LabelRow",
    "Report",
    "Task",
    "WheelScore",
    "Wheels",
    "parse_labels",
    "read_label_rows",
    "read_wheels",
    "score",
    "shipped_wheels",
]
