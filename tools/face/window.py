"""What a face expresses over a window of looks at it; a photograph is a window of one.

A small network reads statistics of the looks: what the picture network voted and saw,
and what the parts of the face did. It learned on faces that were made to speak, so that
it knows what of a mouth is speech.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.weights import onnx

WINDOW = "face-window.onnx"

# Share of the looks that counts as the apex.
_APEX = 0.25

# A head turned this far, in degrees, is read as well as a straight one: nearly all that
# the networks learned from is. At the second figure the far half of the face is hidden
# and a tenth of the quality is left: by convention, for it could not be fitted.
_TURN_EASY, _TURN_HIDDEN = 35.0, 75.0

# Whether the terms of the quality, in the order of `terms`, can raise or lower it.
SIGNS = (1, -1, 1, 1, -1, -1, -1, 1)

# Classes of the votes: the basic emotions, then contempt.
VOTES = 8

Array = NDArray[np.float32]
Moving = NDArray[np.bool_]


@dataclass(frozen=True)
class WindowReading:
    """What n windows express.

    Attributes:
        logits: float32 [n, 7], calibrated to the votes of people, in the order of the
            basic emotions.
        contempt: float32 [n], share of people who would call it contempt, which is
            none of the seven.
        told: float32 [n], log-odds of the top emotion: what the quality is told by.
    """

    logits: Array
    contempt: Array
    told: Array

    @classmethod
    def of(cls, logits: Array) -> "WindowReading":
        """From calibrated logits of the votes, [n, 8]."""
        seven = logits[:, :7]
        top = softmax(seven).max(axis=1)
        return cls(seven, softmax(logits)[:, 7], log_odds(top))

    @property
    def probabilities(self) -> Array:
        """float32 [n, 7], each row a distribution."""
        return softmax(self.logits)


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


def statistics(votes: Array, movements: Array, embeddings: Array) -> Array:
    """One window as the network reads it: float32 [d].

    Args:
        votes: float32 [n, 8], logits of the picture network for n looks, n > 0.
        movements: float32 [n, m].
        embeddings: float32 [n, e], or [1, e], their mean.
    """
    result: Array = gathered(votes[None], movements[None], embeddings[None])[0]
    return result


def gathered(votes: Array, movements: Array, embeddings: Array) -> Array:
    """The same of w windows of n looks each: [w, n, 8], [w, n, m], [w, n, e]."""
    looks = votes.shape[1]
    neutral = softmax(votes)[..., 0]
    apex = np.argsort(neutral, axis=1)[:, : max(1, round(looks * _APEX))]
    low, high = np.quantile(movements, [0.1, 0.9], axis=1)
    parts = [
        votes.mean(axis=1),
        np.take_along_axis(votes, apex[..., None], axis=1).mean(axis=1),
        movements.mean(axis=1),
        np.take_along_axis(movements, apex[..., None], axis=1).mean(axis=1),
        high - low,
        embeddings.mean(axis=1),
        np.full((len(votes), 1), np.log(looks)),
    ]
    result: Array = np.concatenate(parts, axis=1).astype(np.float32)
    return result


@dataclass(frozen=True)
class Usual:
    """What a face shows on average.

    Attributes:
        votes: float32 [8].
        movements: float32 [m].
        embedding: float32 [e].
    """

    votes: Array
    movements: Array
    embedding: Array

    @classmethod
    def of(cls, window: Array, movements: int) -> "Usual":
        """That of one window [d] with so many movements."""
        start = 2 * VOTES
        after = start + 3 * movements
        return cls(window[:VOTES], window[start : start + movements], window[after:-1])

    def beyond(self, other: "Usual", share: float) -> "Usual":
        """So much of how it differs from another; votes by more or less than others."""
        votes = self.votes - other.votes
        return Usual(
            share * (votes - votes.mean()),
            share * (self.movements - other.movements),
            share * (self.embedding - other.embedding),
        )


def shifted(windows: Array, usual: Usual) -> Array:
    """Windows [w, d] of a face whose average is so far from everybody's."""
    still = np.zeros_like(usual.movements)
    parts = [usual.votes] * 2 + [usual.movements] * 2 + [still, usual.embedding]
    result = windows.copy()
    result[:, :-1] -= np.concatenate(parts)
    return result


def mirrored(windows: Array, sides: Sequence[int]) -> Array:
    """Windows [w, d] of the mirror images.

    Args:
        windows: Of `statistics`.
        sides: For each movement, which one it is on the other side.
    """
    m, result = len(sides), windows.copy()
    for start in range(2 * VOTES, 2 * VOTES + 3 * m, m):
        result[:, start : start + m] = windows[:, [start + side for side in sides]]
    return result


def moves(windows: Array) -> Moving:
    """Which windows [w, d] are of several looks."""
    several: Moving = windows[:, -1] > 0
    return several


def read(windows: Array) -> WindowReading:
    """Read windows, float32 [w, d].

    Raises:
        WeightsError: If the network's weights cannot be used.
    """
    network = onnx.load(WINDOW)
    sides = [windows, mirrored(windows, network.contract["mirrored"])]
    votes = np.mean([network(windows=side)[0] for side in sides], axis=0)
    return WindowReading.of(calibrated(votes, moves(windows), network.contract))


def calibrated(votes: Array, moving: Moving, contract: Mapping[str, Any]) -> Array:
    """Logits [n, 8] of the network as logits of the votes of people.

    Args:
        votes: float32 [n, 8].
        moving: bool [n], where a window has several looks. Half of how often each
            emotion occurs among photographs, in log-odds, is taken out there: a clip is
            not drawn as photographs are.
        contract: Of the network.
    """
    still, moved = (
        np.array(contract[name], dtype=np.float32) for name in ("bias", "moving_bias")
    )
    bias = np.where(moving[:, None], moved, still)
    result: Array = (votes + bias) / np.float32(contract["temperature"])
    return result


def log_odds(probability: Array) -> Array:
    """Logarithm of the odds, of probabilities kept within 0.001 of 0 and 1."""
    bounded = np.clip(probability, 1e-3, 1.0 - 1e-3)
    result: Array = np.log(bounded / (1.0 - bounded))
    return result


def softmax(logits: Array) -> Array:
    """Probabilities along the last axis."""
    odds = np.exp(logits - logits.max(-1, keepdims=True))
    result: Array = odds / odds.sum(-1, keepdims=True)
    return result


def quality(read: WindowReading, number: int, seen: Conditions) -> float:
    """Chance that most people see the emotion that is on top.

    Logistic regression, fitted on photographs that were spoiled and on faces that were
    made to speak; a face that most people would call contempt, or no face, is wrong.

    Args:
        read: Windows that were read.
        number: Which of them.
        seen: How the face was seen in it.
    """
    fitted = onnx.load(WINDOW).contract["quality"]
    score = float(np.dot(fitted["slopes"], terms(read, number, seen)))
    beyond = (seen.turned - _TURN_EASY) / (_TURN_HIDDEN - _TURN_EASY)
    hidden = 0.9 * float(np.clip(beyond, 0.0, 1.0))
    return (1.0 - hidden) / (1.0 + float(np.exp(-score - fitted["offset"])))


def known_better(sure: float, known: float) -> float:
    """The quality of a window of a stranger's face if the face is known so well."""
    slope = onnx.load(WINDOW).contract["quality"]["slopes"][-1]
    odds = sure / max(1.0 - sure, 1e-6) * float(np.exp(slope * known))
    return odds / (1.0 + odds)


def terms(read: WindowReading, number: int, seen: Conditions) -> list[float]:
    """What the quality of a window is told by."""
    told = float(read.told[number]), float(read.contempt[number])
    return [*told, *seen.terms]
