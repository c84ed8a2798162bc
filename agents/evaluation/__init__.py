"""Evaluation: labelled clips in, figures with their intervals out."""

from affectgraph.agents.evaluation.manifest import ManifestRow, read_manifest
from affectgraph.agents.evaluation.metrics import (
    Answers,
    Figure,
    Figures,
    compute_figures,
)
from affectgraph.agents.evaluation.run import Evaluation, evaluate

__all__ = [
    "Answers",
    "Evaluation",
    "Figure",
    "Figures",
    "ManifestRow",
    "compute_figures",
    "evaluate",
    "read_manifest",
]
