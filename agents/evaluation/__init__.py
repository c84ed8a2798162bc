"""Evaluation: labelled clips in, figures with intervals out."""

from affectgraph.agents.evaluation.bootstrap import Figure
from affectgraph.agents.evaluation.figures import Answers, Figures, compute_figures
from affectgraph.agents.evaluation.manifest import ManifestRow, read_manifest
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
