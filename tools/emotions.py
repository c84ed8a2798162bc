"""The basic emotions, distributions over them, their valence and arousal."""

from collections.abc import Iterable, Mapping, Sequence
from math import log, sqrt

BASIC_EMOTIONS: tuple[str, ...] = (
    "neutral",
    "happy",
    "sad",
    "angry",
    "fear",
    "disgust",
    "surprise",
)

NOTICE = (
    "This estimates the affect a person expresses in the clip, not what the person "
    "feels. Not for use in workplaces or education (EU AI Act Art. 5(1)(f))."
)

# Mean pleasure and arousal ratings of the terms "happy", "sad", "angry", "fearful",
# "disgusted" and "surprised": Russell & Mehrabian (1977), "Evidence for a three-factor
# theory of emotions", Journal of Research in Personality 11, table 1.
_VALENCE_AROUSAL: dict[str, tuple[float, float]] = {
    "neutral": (0.0, 0.0),
    "happy": (0.81, 0.51),
    "sad": (-0.63, -0.27),
    "angry": (-0.51, 0.59),
    "fear": (-0.64, 0.60),
    "disgust": (-0.60, 0.35),
    "surprise": (0.40, 0.67),
}

Distribution = dict[str, float]


def distribution(weights: Mapping[str, float] | Sequence[float]) -> Distribution:
    """Normalise non-negative weights into a distribution over the basic emotions.

    Args:
        weights: Weight of each emotion by name (missing ones count zero), or seven
            weights in the order of `BASIC_EMOTIONS`.

    Returns:
        Probabilities in the order of `BASIC_EMOTIONS` that sum to one. All-zero weights
        give the uniform distribution.

    Raises:
        ValueError: If an emotion is unknown, a weight is negative or not finite, or a
            sequence does not have seven weights.
    """
    if not isinstance(weights, Mapping):
        weights = dict(zip(BASIC_EMOTIONS, weights, strict=True))
    unknown = set(weights) - set(BASIC_EMOTIONS)
    if unknown:
        raise ValueError(f"unknown emotion {sorted(unknown)[0]!r}")
    values = [float(weights.get(emotion, 0.0)) for emotion in BASIC_EMOTIONS]
    total = sum(values)
    if not all(value >= 0.0 for value in values) or not total < float("inf"):
        raise ValueError("weights of a distribution must be finite and not negative")
    if total == 0.0:
        return dict.fromkeys(BASIC_EMOTIONS, 1.0 / len(BASIC_EMOTIONS))
    return {e: v / total for e, v in zip(BASIC_EMOTIONS, values, strict=True)}


def mean_distribution(
    parts: Iterable[tuple[Mapping[str, float], float]],
) -> Distribution:
    """Weighted mean of distributions, given as (distribution, weight) pairs."""
    totals = dict.fromkeys(BASIC_EMOTIONS, 0.0)
    for part, weight in parts:
        for emotion in BASIC_EMOTIONS:
            totals[emotion] += weight * part[emotion]
    return distribution(totals)


def top_emotion(probabilities: Mapping[str, float]) -> str:
    """The most probable emotion; ties go to the first in `BASIC_EMOTIONS`."""
    return max(BASIC_EMOTIONS, key=lambda emotion: probabilities[emotion])


def js_distance(first: Distribution, second: Distribution) -> float:
    """Jensen-Shannon distance, base 2, in [0, 1] (Endres & Schindelin 2003)."""
    divergence = 0.0
    for emotion in BASIC_EMOTIONS:
        p, q = first[emotion], second[emotion]
        middle = (p + q) / 2
        divergence += sum(v / 2 * log(v / middle, 2) for v in (p, q) if v > 0)
    return min(1.0, sqrt(max(0.0, divergence)))


def valence_arousal(probabilities: Mapping[str, float]) -> tuple[float, float]:
    """Expected valence and arousal of a distribution, each in [-1, 1].

    Source: mean ratings of Russell & Mehrabian (1977), table 1.
    """
    pairs = [(probabilities[e], _VALENCE_AROUSAL[e]) for e in BASIC_EMOTIONS]
    valence = sum(p * va[0] for p, va in pairs)
    arousal = sum(p * va[1] for p, va in pairs)
    return valence, arousal
