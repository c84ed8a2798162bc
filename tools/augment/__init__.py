"""Augmentation: perturbed voices and faces, and clips with machine-made labels."""

from affectgraph.tools.augment.face import FACE
from affectgraph.tools.augment.label_check import LabelCheck, check_label
from affectgraph.tools.augment.perturbation import Perturbation, Perturbed
from affectgraph.tools.augment.voice import VOICE

__all__ = ["FACE", "VOICE", "LabelCheck", "Perturbation", "Perturbed", "check_label"]
