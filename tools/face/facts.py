"""Readable facts about a face: what anyone who looks at the frames can confirm.

A fact is a measurement that leaves its usual range, with the time it stays outside.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Measurement, Span
from affectgraph.tools.face.detection import DETECTOR
from affectgraph.tools.face.expression import EXPRESSION, Array, softmax
from affectgraph.tools.face.geometry import GEOMETRY, MEASURES, population
from affectgraph.tools.face.tracking import Look

# A pause in an episode that is bridged, in seconds.
_BRIDGE = 0.5

# A face's own median counts as its baseline, drawn to the population's as if so many
# looks of an average face had been seen too.
_BORROWED_LOOKS = 5


@dataclass(frozen=True)
class Series:
    """One measurement over the looks at a face.

    Attributes:
        values: float32 [n].
        low: Lower end of the usual range.
        high: Upper end of the usual range.
        baseline: Where the range comes from.
    """

    values: Array
    low: float
    high: float
    baseline: str


@dataclass(frozen=True)
class Rule:
    """What to say when a measurement is above or below its usual range.

    Attributes:
        name: Of the measurement.
        unit: Of the measurement.
        series: From looks to the measured series.
        above: Words for a value above the range.
        below: Words for a value below the range, where that says anything.
        model: Weights that measured it.
    """

    name: str
    unit: str
    series: Callable[[Sequence[Look]], Series]
    above: str = ""
    below: str = ""
    model: str = EXPRESSION


@dataclass(frozen=True)
class Fact:
    """One measured episode.

    Attributes:
        span: When.
        sentence: What, in one sentence.
        measurements: The numbers behind it.
        strength: How far outside the usual range, in half ranges.
        model: Weights that measured it.
    """

    span: Span
    sentence: str
    measurements: dict[str, Measurement]
    strength: float
    model: str


def _expression(emotion: str) -> Callable[[Sequence[Look]], Series]:
    column = BASIC_EMOTIONS.index(emotion)

    def series(looks: Sequence[Look]) -> Series:
        likely = softmax(np.stack([look.logits for look in looks]))
        return Series(likely[:, column], 0.0, 0.5, "even odds")

    return series


def _pose(name: str, limit: float) -> Callable[[Sequence[Look]], Series]:
    def series(looks: Sequence[Look]) -> Series:
        values = np.array([getattr(look.view, name) for look in looks], np.float32)
        return Series(values, -limit, limit, "a head held straight")

    return series


def _part(name: str) -> Callable[[Sequence[Look]], Series]:
    column = MEASURES.index(name)

    def series(looks: Sequence[Look]) -> Series:
        values = np.array([look.geometry[column] for look in looks])
        usual = population()[name]
        own = float(np.median(values)) * len(values)
        middle = own + usual["middle"] * _BORROWED_LOOKS
        middle /= len(values) + _BORROWED_LOOKS
        spread = usual["spread"]
        baseline = "this face's median, drawn to that of FER2013 photographs"
        return Series(values, middle - spread, middle + spread, baseline)

    return series


def _part_rule(name: str, above: str, below: str = "") -> Rule:
    return Rule(name, "eye distances", _part(name), above, below, GEOMETRY)


RULES = (
    Rule("happy expression", "probability", _expression("happy"), "Smiles"),
    *(
        Rule(
            f"{emotion} expression",
            "probability",
            _expression(emotion),
            f"Expression close to that of {words} photographs",
        )
        for emotion, words in (
            ("sad", "sad"),
            ("angry", "angry"),
            ("fear", "fearful"),
            ("disgust", "disgusted"),
            ("surprise", "surprised"),
        )
    ),
    _part_rule("brow height", "Brows raised", "Brows lowered"),
    _part_rule("brow gap", "", "Brows drawn together"),
    _part_rule("eye opening", "Eyes wide", "Eyes narrowed"),
    _part_rule("mouth opening", "Mouth open"),
    _part_rule("lip corners", "Lip corners up", "Lip corners down"),
    Rule(
        "head turn",
        "eye distances",
        _pose("turn", 0.2),
        "Head turned to the right of the picture",
        "Head turned to the left of the picture",
        DETECTOR,
    ),
    Rule(
        "head tilt",
        "degrees",
        _pose("tilt", 12.0),
        "Head tilted to the right of the picture",
        "Head tilted to the left of the picture",
        DETECTOR,
    ),
)


def facts(looks: Sequence[Look]) -> list[Fact]:
    """Everything that the rules find in one face's looks, the plainest first."""
    times = [look.time for look in looks]
    found = []
    for rule in RULES:
        series = rule.series(looks)
        above, below = series.values - series.high, series.low - series.values
        for words, beyond in ((rule.above, above), (rule.below, below)):
            for part in episodes(times, (beyond > 0).tolist()) if words else []:
                peak = part.start + int(np.argmax(beyond[part]))
                found.append(
                    Fact(
                        Span(start=times[part.start], end=times[part.stop - 1]),
                        _sentence(words, times, part, peak),
                        _measured(rule, series, times, peak),
                        float(2.0 * beyond[peak] / (series.high - series.low)),
                        rule.model,
                    )
                )
    lasting = [fact for fact in found if fact.span.seconds > 0 or len(times) == 1]
    return sorted(lasting, key=lambda fact: -fact.strength)


def _sentence(words: str, times: Sequence[float], part: slice, peak: int) -> str:
    if len(times) == 1:
        return f"{words}."
    start, end = times[part.start], times[part.stop - 1]
    return (
        f"{words} from {start:.1f} s to {end:.1f} s, strongest at {times[peak]:.1f} s."
    )


def _measured(
    rule: Rule, series: Series, times: Sequence[float], peak: int
) -> dict[str, Measurement]:
    value = Measurement(
        value=round(float(series.values[peak]), 3),
        unit=rule.unit,
        low=round(series.low, 3),
        high=round(series.high, 3),
        baseline=series.baseline,
    )
    return {
        rule.name: value,
        "peak": Measurement(value=round(times[peak], 2), unit="s"),
    }


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
