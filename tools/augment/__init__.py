"""Perturbations that leave the expressed emotion as it was.

Of a voice, of a face, of words, and combinations of these.
"""

from affectgraph.tools.augment.combination import (
    Combined,
    conflict,
    judged_parts,
    missing,
)
from affectgraph.tools.augment.face import FACE
from affectgraph.tools.augment.judge import Judged, judged
from affectgraph.tools.augment.perturbation import Perturbation, Perturbed
from affectgraph.tools.augment.text import Likeness, likeness
from affectgraph.tools.augment.voice import VOICE

__all__ = [
    "FACE",
    "VOICE",
    "Combined",
    "Judged",
    "Likeness",
    "Perturbation",
    "Perturbed",
    "conflict",
    "judged",
    "judged_parts",
    "likeness",
    "missing",
]
