"""Perturbations that leave the expressed emotion as it was: of a voice, of a face."""

from affectgraph.tools.augment.face import FACE
from affectgraph.tools.augment.judge import Judged, judged
from affectgraph.tools.augment.perturbation import Perturbation, Perturbed
from affectgraph.tools.augment.voice import VOICE

__all__ = ["FACE", "VOICE", "Judged", "Perturbation", "Perturbed", "judged"]
