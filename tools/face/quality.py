"""How far the reading of a window may be trusted: the chance that most people agree.

Logistic regression, fitted on photographs that were spoiled and on faces that were made
to speak; a face that most people would call contempt, or no face, counts as wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.tools.face.window import WINDOW, Array, WindowReading
from affectgraph.tools.weights import onnx

# A head turned this far, in degrees, is read as well as a straight one: nearly all that
# the networks learned from is. At the second figure the far half of the face is hidden
# and a tenth of the quality is left: by convention, for it could not be fitted.
_TURN_EASY, _TURN_HIDDEN = 35.0, 75.0

# Real speech is harder to read than simulated: a release that was right on 0.69 of the
# simulated takes was right on 0.37 of 52 real ones of an actor it did not know. So much
# of the lead over chance was left.
REAL_SHARE = 0.42
_CHANCE = 1.0 / 7.0

# Whether the inputs of the quality, in the order of `quality_terms`, raise or lower it.
SIGNS = (1, -1, 1, 1, -1, -1, -1, 1)


@dataclass(frozen=True)
class Conditions:
    """How a face is seen in a window, as far as the quality depends on it.

    Attributes:
        sharpness: Mean over the looks; see `alignment.View`.
        contrast: Likewise.
        turned: Mean of the angle by which the head is turned aside, in degrees.
        moving: There are several looks, of a face that may move.
        mouth: Deviation of the jaw's opening over the looks, 0 to 1.
        known: How well the face is known from earlier clips, 0 to 1.
    """

    sharpness: float
    contrast: float
    turned: float
    moving: bool
    mouth: float
    known: float = 0.0

    @classmethod
    def of(
        cls,
        clearness: Sequence[tuple[float, float]],
        pose: Array,
        jaw: Array | None = None,
        known: float = 0.0,
    ) -> "Conditions":
        """From sharpness and contrast, the pose [n, 3], and the jaw [n] of n looks."""
        sharpness, contrast = np.mean(clearness, axis=0)
        mouth = 0.0 if jaw is None else float(np.std(jaw))
        turned = float(np.abs(pose[:, 1]).mean())
        moving = len(pose) > 1
        return cls(float(sharpness), float(contrast), turned, moving, mouth, known)

    @property
    def terms(self) -> tuple[float, ...]:
        """What is measured beside the answer; beyond some degree more is no better."""
        return (
            min(self.sharpness, 0.6),
            min(self.contrast, 0.25),
            max(self.turned - 15.0, 0.0) / 10.0,
            float(self.moving),
            min(self.mouth, 0.3),
            self.known,
        )


def quality(reading: WindowReading, number: int, conditions: Conditions) -> float:
    """Chance that most people see the emotion that is on top.

    Args:
        reading: Of windows.
        number: Which of them.
        conditions: How the face is seen in it.
    """
    fitted = onnx.load(WINDOW).contract["quality"]
    score = np.dot(fitted["slopes"], quality_terms(reading, number, conditions))
    beyond = (conditions.turned - _TURN_EASY) / (_TURN_HIDDEN - _TURN_EASY)
    hidden = 0.9 * float(np.clip(beyond, 0.0, 1.0))
    probability = (1.0 - hidden) / (1.0 + float(np.exp(-score - fitted["offset"])))
    if conditions.moving and probability > _CHANCE:
        probability = _CHANCE + REAL_SHARE * (probability - _CHANCE)
    return probability


def quality_if_known(quality_of_stranger: float, known: float) -> float:
    """The quality of a window if the face were known so well, 0 to 1."""
    slope = onnx.load(WINDOW).contract["quality"]["slopes"][-1]
    odds = quality_of_stranger / max(1.0 - quality_of_stranger, 1e-6)
    odds *= float(np.exp(slope * known))
    return odds / (1.0 + odds)


def quality_terms(
    reading: WindowReading, number: int, conditions: Conditions
) -> list[float]:
    """The inputs of the regression for one of the windows, in the order of `SIGNS`."""
    certainty, contempt = reading.top_log_odds[number], reading.contempt[number]
    return [float(certainty), float(contempt), *conditions.terms]
