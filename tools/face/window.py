"""What a face expresses over a window of looks at it.

A small network reads statistics of the looks: votes and vector of the picture network,
and movements of the parts of the face. It learned on faces that were made to speak, so
that it knows what of a mouth is speech.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.weights import onnx

WINDOW = "face-window.onnx"

# Share of the looks that counts as the apex.
_APEX = 0.25

# Classes of the votes: the basic emotions, then contempt.
VOTES = 8

# Share of people whose answer to a moving face does not depend on it: the lapse rate of
# psychophysics. By convention; real motion is harder than what was learned from.
_LAPSE = 0.02

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
        top_log_odds: float32 [n], log-odds of the top emotion.
    """

    logits: Array
    contempt: Array
    top_log_odds: Array

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


def statistics(votes: Array, movements: Array, embeddings: Array) -> Array:
    """One window as the network reads it: float32 [d].

    Args:
        votes: float32 [n, 8], logits of the picture network for n looks, n > 0.
        movements: float32 [n, m].
        embeddings: float32 [n, e], or [1, e], their mean.
    """
    result: Array = batch_statistics(votes[None], movements[None], embeddings[None])[0]
    return result


def batch_statistics(votes: Array, movements: Array, embeddings: Array) -> Array:
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
class AverageFace:
    """What a face shows on average over a window, or how far that is from another.

    Attributes:
        votes: float32 [8].
        movements: float32 [m].
        embedding: float32 [e].
    """

    votes: Array
    movements: Array
    embedding: Array

    @classmethod
    def of(cls, window: Array, movements: int) -> "AverageFace":
        """That of one window [d] with so many movements."""
        start = 2 * VOTES
        after = start + 3 * movements
        return cls(window[:VOTES], window[start : start + movements], window[after:-1])

    def difference(self, other: "AverageFace", share: float) -> "AverageFace":
        """So large a share of the difference from another; votes with mean zero."""
        votes = self.votes - other.votes
        return AverageFace(
            share * (votes - votes.mean()),
            share * (self.movements - other.movements),
            share * (self.embedding - other.embedding),
        )


def without(windows: Array, average: AverageFace) -> Array:
    """Windows [w, d] less the difference of a face from the average of all."""
    still = np.zeros_like(average.movements)
    parts = [average.votes] * 2 + [average.movements] * 2 + [still, average.embedding]
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


def is_moving(windows: Array) -> Moving:
    """Which windows [w, d] are of several looks."""
    several: Moving = windows[:, -1] > 0
    return several


def read(windows: Array) -> WindowReading:
    """Read windows, float32 [w, d].

    Raises:
        WeightsError: If the network's weights cannot be used.
    """
    network = onnx.load(WINDOW)
    contract = network.contract
    votes = vote_logits(
        windows, lambda rows: network(windows=rows)[0], contract["mirrored"]
    )
    return WindowReading.of(calibrated(votes, is_moving(windows), contract))


def vote_logits(
    windows: Array, network: Callable[[Array], Array], sides: Sequence[int]
) -> Array:
    """Logits [w, 8] of the votes, before calibration.

    Several looks are read by the window network, as they are and mirrored. One look is
    a photograph, which the picture network reads better alone.

    Args:
        windows: Of `statistics`.
        network: From windows [n, d] to logits [n, 8].
        sides: Of `mirrored`.
    """
    votes, moving = windows[:, :VOTES].copy(), is_moving(windows)
    if moving.any():
        rows = windows[moving]
        both = [network(rows), network(mirrored(rows, sides))]
        votes[moving] = np.mean(both, axis=0)
    return votes


def calibrated(votes: Array, moving: Moving, contract: Mapping[str, Any]) -> Array:
    """Logits [n, 8] of the networks as logits of the votes of people.

    Args:
        votes: float32 [n, 8].
        moving: bool [n], where a window has several looks.
        contract: Of the window network; its parts `still` and `moving` have a `bias`
            [8] in favour of what is rare among photographs, and a `temperature`.
    """
    result = np.empty_like(votes)
    for rows, part in ((~moving, contract["still"]), (moving, contract["moving"])):
        bias, temperature = np.array(part["bias"], np.float32), part["temperature"]
        result[rows] = (votes[rows] + bias) / np.float32(temperature)
    likely = (1.0 - _LAPSE) * softmax(result[moving]) + _LAPSE / VOTES
    result[moving] = np.log(likely)
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
