"""What is measured of a face over time, and the words for what is unusual in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.face.detection import DETECTOR
from affectgraph.tools.face.expression import EXPRESSION, Array
from affectgraph.tools.face.facs import ACTION_UNITS, ActionUnit
from affectgraph.tools.face.movements import MOVEMENTS, names, population
from affectgraph.tools.face.track import Look
from affectgraph.tools.face.window import softmax

# A movement weaker than this is not reported.
_LEAST = 0.2

# The baseline of a face is the median of its looks, shrunk towards the population's as
# if so many looks at an average face had been seen too.
_BORROWED_LOOKS = 5


# Pitch in degrees of a face that looks straight ahead: median of FER2013 photographs.
_LEVEL = -7.0


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
        action: The action unit that it measures, if it does.
    """

    name: str
    unit: str
    series: Callable[[Sequence[Look]], Series]
    above: str = ""
    below: str = ""
    model: str = EXPRESSION
    action: ActionUnit | None = None


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


def _turned(axis: int, middle: float, limit: float) -> Callable[..., Series]:
    def series(looks: Sequence[Look]) -> Series:
        values = np.array([look.pose[axis] for look in looks], np.float32)
        return Series(values, middle - limit, middle + limit, "a head held straight")

    return series


def _moved(unit: ActionUnit) -> Callable[[Sequence[Look]], Series]:
    def series(looks: Sequence[Look]) -> Series:
        values = unit.values(np.stack([look.movements for look in looks]), names())
        typical = [population()[name] for name in unit.movements]
        middle, spread = (
            float(np.mean([figures[key] for figures in typical]))
            for key in ("middle", "spread")
        )
        total = float(np.median(values)) * len(values)
        middle = (total + middle * _BORROWED_LOOKS) / (len(values) + _BORROWED_LOOKS)
        baseline = "this face's median, drawn to that of FER2013 photographs"
        high = max(middle + spread, _LEAST)
        return Series(values, middle - spread, high, baseline)

    return series


def _unit_rule(unit: ActionUnit) -> Rule:
    return Rule(unit.label, "", _moved(unit), unit.wording, "", MOVEMENTS, unit)


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
    *map(_unit_rule, ACTION_UNITS),
    Rule(
        "head turn",
        "degrees",
        _turned(1, 0.0, 20.0),
        "Head turned to the right of the picture",
        "Head turned to the left of the picture",
        MOVEMENTS,
    ),
    Rule(
        "head nod",
        "degrees",
        _turned(0, _LEVEL, 15.0),
        "Head raised",
        "Head lowered",
        MOVEMENTS,
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
