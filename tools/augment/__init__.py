"""Augmentation: perturbed voices and faces, and clips with machine-made labels."""

from affectgraph.tools.augment.face import FACE
from affectgraph.tools.augment.judge import Judged, judged
from affectgraph.tools.augment.perturbation import Perturbation, Perturbed
from affectgraph.tools.augment.voice import VOICE

__all__ = ["FACE", "VOICE", "Judged", "Perturbation", "Perturbed", "judged"]
