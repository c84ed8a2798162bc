"""Movements as the Facial Action Coding System names them.

Numbers and names: Ekman, Friesen & Hager (2002), "Facial Action Coding System".
Which ARKit blendshape is which action unit: Apple's descriptions of
`ARFaceAnchor.BlendShapeLocation`, and Ozel (2021), "ARKit to FACS". The teacher moves
neither the cheeks nor the nose, so that AU6 and AU9 cannot be measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

# Sides that differ by more than this are called asymmetric.
ASYMMETRY = 0.2


@dataclass(frozen=True)
class ActionUnit:
    """One action unit, measured by the movements that make it.

    Attributes:
        number: In FACS.
        name: In FACS.
        wording: How a sentence says that it is there.
        movements: Blendshapes: of the left and the right side, or of the middle.
    """

    number: int
    name: str
    wording: str
    movements: tuple[str, ...]

    @property
    def label(self) -> str:
        """As measurements call it: `AU4 brow lowerer`."""
        return f"AU{self.number} {self.name}"

    def values(self, movements: Array, names: Sequence[str]) -> Array:
        """Its strength, [n], from movements [n, m]: the mean over the sides."""
        columns = [names.index(name) for name in self.movements]
        result: Array = movements[:, columns].mean(axis=1)
        return result

    def asymmetry(self, movements: Array, names: Sequence[str]) -> Array:
        """How much stronger the person's left side is, [n]; 0 without sides."""
        if len(self.movements) != 2 or not self.movements[0].endswith("Left"):
            return np.zeros(len(movements), np.float32)
        left, right = (movements[:, names.index(name)] for name in self.movements)
        result: Array = left - right
        return result


def _both(stem: str) -> tuple[str, str]:
    return f"{stem}Left", f"{stem}Right"


ACTION_UNITS = (
    ActionUnit(1, "inner brow raiser", "Inner brows raised", ("browInnerUp",)),
    ActionUnit(2, "outer brow raiser", "Outer brows raised", _both("browOuterUp")),
    ActionUnit(4, "brow lowerer", "Brows lowered", _both("browDown")),
    ActionUnit(5, "upper lid raiser", "Eyes wide", _both("eyeWide")),
    ActionUnit(7, "lid tightener", "Eyes narrowed", _both("eyeSquint")),
    ActionUnit(10, "upper lip raiser", "Upper lip raised", _both("mouthUpperUp")),
    ActionUnit(12, "lip corner puller", "Lip corners up", _both("mouthSmile")),
    ActionUnit(14, "dimpler", "Lip corners tightened", _both("mouthDimple")),
    ActionUnit(15, "lip corner depressor", "Lip corners down", _both("mouthFrown")),
    ActionUnit(16, "lower lip depressor", "Lower lip down", _both("mouthLowerDown")),
    ActionUnit(17, "chin raiser", "Chin raised", ("mouthShrugLower",)),
    ActionUnit(18, "lip pucker", "Lips puckered", ("mouthPucker",)),
    ActionUnit(20, "lip stretcher", "Lips stretched", _both("mouthStretch")),
    ActionUnit(22, "lip funneler", "Lips funnelled", ("mouthFunnel",)),
    ActionUnit(24, "lip pressor", "Lips pressed", _both("mouthPress")),
    ActionUnit(26, "jaw drop", "Mouth open", ("jawOpen",)),
    ActionUnit(28, "lip suck", "Lips sucked in", ("mouthRollLower", "mouthRollUpper")),
    ActionUnit(43, "eye closure", "Eyes closed", _both("eyeBlink")),
    ActionUnit(
        61, "eyes turn left", "Looks left", ("eyeLookOutLeft", "eyeLookInRight")
    ),
    ActionUnit(
        62, "eyes turn right", "Looks right", ("eyeLookInLeft", "eyeLookOutRight")
    ),
    ActionUnit(63, "eyes up", "Looks up", _both("eyeLookUp")),
    ActionUnit(64, "eyes down", "Looks down", _both("eyeLookDown")),
)
