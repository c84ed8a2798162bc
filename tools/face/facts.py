"""Readable facts about a face: what anyone who looks at the frames can confirm."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Measurement, Span
from affectgraph.tools.face.expression import Array, softmax
from affectgraph.tools.face.tracking import Look

# A pause in an episode that is bridged, in seconds.
_BRIDGE = 0.5


@dataclass(frozen=True)
class Fact:
    """One measured episode.

    Attributes:
        span: When.
        sentence: What, in one sentence.
        measurements: The numbers behind it.
        strength: Peak over threshold: the more, the plainer.
    """

    span: Span
    sentence: str
    measurements: dict[str, Measurement]
    strength: float


@dataclass(frozen=True)
class Rule:
    """When a measured series is worth a sentence.

    Attributes:
        name: Of the measurement.
        verb: What the sentence says.
        unit: Of the measurement.
        threshold: From here on it is stated.
        measure: From looks [n] to the series [n].
    """

    name: str
    verb: str
    unit: str
    threshold: float
    measure: Callable[[Sequence[Look]], Array]


def _expressed(emotion: str) -> Callable[[Sequence[Look]], Array]:
    column = BASIC_EMOTIONS.index(emotion)
    return lambda looks: softmax(np.stack([look.logits for look in looks]))[:, column]


def _viewed(name: str, sign: float) -> Callable[[Sequence[Look]], Array]:
    return lambda looks: np.array(
        [sign * getattr(look.view, name) for look in looks], dtype=np.float32
    )


_EXPRESSIONS = {
    "happy": "Smiles",
    "sad": "Shows a sad expression",
    "angry": "Shows an angry expression",
    "fear": "Shows a fearful expression",
    "disgust": "Shows a disgusted expression",
    "surprise": "Shows a surprised expression",
}

_POSES = (
    Rule(
        "head turn",
        "Head turned to the right of the picture",
        "eye distances",
        0.2,
        _viewed("turn", 1.0),
    ),
    Rule(
        "head turn",
        "Head turned to the left of the picture",
        "eye distances",
        0.2,
        _viewed("turn", -1.0),
    ),
    Rule(
        "head tilt",
        "Head tilted to the right of the picture",
        "degrees",
        12.0,
        _viewed("tilt", 1.0),
    ),
    Rule(
        "head tilt",
        "Head tilted to the left of the picture",
        "degrees",
        12.0,
        _viewed("tilt", -1.0),
    ),
)

RULES = (
    *(
        Rule(f"{emotion} expression", verb, "probability", 0.5, _expressed(emotion))
        for emotion, verb in _EXPRESSIONS.items()
    ),
    *_POSES,
)


def facts(looks: Sequence[Look]) -> list[Fact]:
    """Everything that the rules find in one face's looks, the plainest first."""
    found = [fact for rule in RULES for fact in _by_rule(rule, looks)]
    return sorted(found, key=lambda fact: -fact.strength)


def _by_rule(rule: Rule, looks: Sequence[Look]) -> list[Fact]:
    series = rule.measure(looks)
    times = [look.time for look in looks]
    return [
        _fact(rule, series, times, part)
        for part in episodes(times, (series >= rule.threshold).tolist())
        if part.stop - part.start > 1 or len(looks) == 1
    ]


def _fact(rule: Rule, series: Array, times: Sequence[float], part: slice) -> Fact:
    peak = part.start + int(np.argmax(series[part]))
    span = Span(start=times[part.start], end=times[part.stop - 1])
    when = ""
    if len(times) > 1:
        when = (
            f" from {span.start:.1f} s to {span.end:.1f} s,"
            f" strongest at {times[peak]:.1f} s"
        )
    low, high = usual(series)
    value = Measurement(
        value=round(float(series[peak]), 3),
        unit=rule.unit,
        low=low,
        high=high,
        baseline="" if low is None else "this face in this clip, middle half",
    )
    at = Measurement(value=round(times[peak], 2), unit="s")
    return Fact(
        span,
        f"{rule.verb}{when}.",
        {rule.name: value, "peak time": at},
        float(series[peak]) / rule.threshold,
    )


def episodes(times: Sequence[float], active: Iterable[bool]) -> list[slice]:
    """Runs of active moments; short pauses between two of them are bridged."""
    runs: list[slice] = []
    for index, on in enumerate(active):
        if not on:
            continue
        if runs and times[index] - times[runs[-1].stop - 1] <= _BRIDGE:
            runs[-1] = slice(runs[-1].start, index + 1)
        else:
            runs.append(slice(index, index + 1))
    return runs


def usual(series: Array) -> tuple[float | None, float | None]:
    """The middle half of a series, where it is long enough to have one."""
    if len(series) < 5:
        return None, None
    low, high = np.quantile(series, [0.25, 0.75])
    return round(float(low), 3), round(float(high), 3)
