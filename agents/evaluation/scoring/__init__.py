"""Scoring: label lists in, figures that other people's papers report out."""

from affectgraph.agents.evaluation.scoring.report import Dropped, Report, WheelScore
from affectgraph.agents.evaluation.scoring.rows import Row, Task, labels_of, read_rows
from affectgraph.agents.evaluation.scoring.score import score
from affectgraph.agents.evaluation.scoring.wheels import Wheels, own_wheels, read_wheels

__all__ = [
    "Dropped",
    "Report",
    "Row",
    "Task",
    "WheelScore",
    "Wheels",
    "labels_of",
    "own_wheels",
    "read_rows",
    "read_wheels",
    "score",
]
