"""Likely irony: words that say the opposite of what their context suggests.

Two signs. A marker (`/s`), or praise right after bad news, in one text. And, in a
conversation, a linear model over how the line reads with its context, without it, and
how the context reads alone; learned from scenes of MUStARD++ (Ray et al. 2022, "A
Multimodal Corpus for Emotion Recognition in Sarcasm").
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.clip import Turn
from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution, distribution
from affectgraph.tools.transcript.emotion import NETWORK, network_outputs
from affectgraph.tools.transcript.encoding import Context
from affectgraph.tools.transcript.spelling import SARCASM_MARK
from affectgraph.tools.weights import onnx

CONTEXT_TURNS = 2

_MARKED = 0.9
# Of MUStARD++ lines with more contrast than this, three in four are sarcastic.
_MIN_CONTRAST = 0.4
_CLAUSE_END = re.compile(r"[.!?,;]\s+")
_HAPPY = BASIC_EMOTIONS.index("happy")
_BAD = [BASIC_EMOTIONS.index(e) for e in ("sad", "angry", "fear", "disgust")]

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Irony:
    """How likely a text is meant otherwise than it says.

    Attributes:
        probability: In [0, 1].
        excess: How much of the vote it moves, in [0, 1]; zero at the usual rate.
        sign: What points at it.
    """

    probability: float
    excess: float
    sign: str


NO_IRONY = Irony(0.0, 0.0, "")


def read_irony(text: str, context: Context | None) -> Irony:
    """How likely an English text is ironic.

    Args:
        text: The words.
        context: The turns before it, oldest first; None for writing.
    """
    if SARCASM_MARK.search(text):
        return Irony(_MARKED, _MARKED, "the marker /s")
    contrast = _contrast(text)
    if contrast > _MIN_CONTRAST:
        return Irony(contrast, contrast, "praise right after bad news")
    if not context:
        return NO_IRONY
    contract = onnx.load(NETWORK).contract["irony"]
    probability = irony_probability(irony_features(text, context), contract)
    excess = (probability - contract["prior"]) / (1 - contract["prior"])
    return Irony(probability, max(0.0, excess), "the words against their context")


def shift_vote(vote: Distribution, irony: Irony) -> Distribution:
    """Move a vote towards what ironic words mean, mostly anger."""
    if not irony.excess:
        return vote
    meant = onnx.load(NETWORK).contract["irony"]["meant"]
    return distribution(
        {
            emotion: (1 - irony.excess) * vote[emotion] + irony.excess * share
            for emotion, share in zip(BASIC_EMOTIONS, meant, strict=True)
        }
    )


def irony_features(text: str, context: Sequence[Turn]) -> NDArray[np.float64]:
    """Log-probabilities of the line in context, of the line, of the context: [35]."""
    before = " ".join(turn.text for turn in context[-CONTEXT_TURNS:])
    spoken, written, *_ = network_outputs([(text, context), (text, ()), (before, ())])
    return np.concatenate(
        [
            log_softmax(logits)
            for logits in (spoken[0], spoken[1], written[1], spoken[2], written[2])
        ]
    )


def irony_probability(features: Floats, contract: Mapping[str, Any]) -> float:
    """Probability of irony at the usual rate of ordinary talk, from the features."""
    score = float(features @ np.asarray(contract["weights"])) + contract["bias"]
    score += np.log(contract["prior"] / (1 - contract["prior"]))
    return float(1 / (1 + np.exp(-score)))


def _contrast(text: str) -> float:
    """Probability that the last clause is happy and what is before it is bad news."""
    ends = [match.end() for match in _CLAUSE_END.finditer(text)]
    if not ends:
        return 0.0
    before, last = text[: ends[-1]].strip(" ,;"), text[ends[-1] :]
    spoken = network_outputs([(last, ()), (before, ())])[0]
    praise, news = np.exp(log_softmax(spoken))
    return float(praise[_HAPPY] * news[_BAD].sum())


def log_softmax(logits: Floats) -> NDArray[np.float64]:
    """Log-probabilities of logits `[..., 7]`."""
    shifted = logits.astype(float) - logits.max(axis=-1, keepdims=True)
    result: NDArray[np.float64] = shifted - np.log(
        np.exp(shifted).sum(axis=-1, keepdims=True)
    )
    return result
