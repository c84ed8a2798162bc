"""Vocal bursts: laughs, sobs, sighs, screams and other sounds of a voice, no words."""

from dataclasses import dataclass

import numpy as np

from affectgraph.tools.emotions import Distribution, distribution
from affectgraph.tools.evidence import Span
from affectgraph.tools.prosody.pitch import Array
from affectgraph.tools.weights import onnx

BURSTS = "vocal-bursts.onnx"


@dataclass(frozen=True)
class BurstReading:
    """What a vocal burst expresses.

    Attributes:
        words: Probability of each of 30 emotion words, the most probable first.
        distribution: Calibrated, over the basic emotions.
        verb: What the person does, such as "Laughs"; empty if that is not clear.
        quality: Probability that the top of the distribution is right, in [0, 1].
    """

    words: dict[str, float]
    distribution: Distribution
    verb: str
    quality: float


def classify_burst(features: Array) -> BurstReading:
    """Classify a vocal burst by its features, float32 [f].

    Raises:
        WeightsError: If the network's file is missing or altered.
    """
    network = onnx.load(BURSTS)
    probabilities, emotions = network(features=features[None].astype(np.float32))
    names, row = network.contract["words"], probabilities[0]
    words = {names[i]: float(row[i]) for i in np.argsort(-row)}
    basic = distribution([float(p) for p in emotions[0]])
    return BurstReading(words, basic, _verb(words), max(basic.values()))


def _verb(words: dict[str, float]) -> str:
    """The verb whose words are probable enough to be right four times in five."""
    for verb, rule in onnx.load(BURSTS).contract["verbs"].items():
        if sum(words[word] for word in rule["words"]) >= rule["least"]:
            return str(verb)
    return ""


def describe_burst(reading: BurstReading, span: Span) -> str:
    """One sentence: what is heard, when, and the two most probable words."""
    (first, p), (second, q), *_ = reading.words.items()
    return (
        f"{reading.verb or 'A vocal burst'} from {span.start:.1f} s to {span.end:.1f} s"
        f"; most like {first} ({p:.2f}), then {second} ({q:.2f})."
    )
