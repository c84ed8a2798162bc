"""Evaluation: labelled clips in, figures with their intervals out."""

from affectgraph.agents.evaluation.manifest import Row, read_manifest
from affectgraph.agents.evaluation.metrics import Answers, Figure, Figures, figures
from affectgraph.agents.evaluation.run import Evaluation, evaluate

__all__ = [
    "Answers",
    "Evaluation",
    "Figure",
    "Figures",
    "Row",
    "evaluate",
    "figures",
    "read_manifest",
]
