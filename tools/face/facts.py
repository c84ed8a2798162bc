"""Readable facts about a face: what anyone who looks at the frames can confirm.

A fact is a measurement that leaves its usual range, with the time it stays outside.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.tools.evidence import Measurement, Span
from affectgraph.tools.face.facs import ASYMMETRY, ActionUnit
from affectgraph.tools.face.movements import names, population
from affectgraph.tools.face.rules import RULES, Rule, Series
from affectgraph.tools.face.track import Look

# A pause in an episode that is bridged, in seconds.
_BRIDGE = 0.5

# A movement that agrees with the teacher less than this, on faces that were not learned
# from, is no evidence.
_AGREEMENT = 0.7


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


def facts(looks: Sequence[Look]) -> list[Fact]:
    """Everything that the rules find in one face's looks, the strongest first."""
    times = [look.time for look in looks]
    all_facts = []
    for rule in filter(_trusted, RULES):
        series = rule.series(looks)
        above, below = series.values - series.high, series.low - series.values
        for words, beyond in ((rule.above, above), (rule.below, below)):
            for part in episodes(times, (beyond > 0).tolist()) if words else []:
                peak = part.start + int(np.argmax(beyond[part]))
                strength = float(2.0 * beyond[peak] / (series.high - series.low))
                description = _describe(rule, words, series, looks[peak], peak)
                all_facts.append(
                    Fact(
                        Span(start=times[part.start], end=times[part.stop - 1]),
                        _sentence(description, times, part, peak),
                        _measured(rule, series, looks[peak], peak),
                        strength,
                        rule.model,
                    )
                )
    lasting = [fact for fact in all_facts if fact.span.seconds > 0 or len(times) == 1]
    return sorted(lasting, key=lambda fact: -fact.strength)


def _trusted(rule: Rule) -> bool:
    """Whether the network agrees with its teacher about what the rule measures."""
    if rule.action is None:
        return True
    typical = population()
    return all(
        typical[name]["agreement"] >= _AGREEMENT for name in rule.action.movements
    )


def _describe(rule: Rule, words: str, series: Series, look: Look, peak: int) -> str:
    """The words with the strength of a movement: `Lip corners up (0.7, asymmetric)`."""
    if rule.action is None:
        return words
    uneven = abs(_asymmetry(rule.action, look)) > ASYMMETRY
    aside = ", asymmetric" if uneven else ""
    return f"{words} ({series.values[peak]:.1f}{aside})"


def _asymmetry(unit: ActionUnit, look: Look) -> float:
    return float(unit.asymmetry(look.movements[None], names())[0])


def _sentence(words: str, times: Sequence[float], part: slice, peak: int) -> str:
    if len(times) == 1:
        return f"{words}."
    start, end = times[part.start], times[part.stop - 1]
    return (
        f"{words} from {start:.1f} s to {end:.1f} s, strongest at {times[peak]:.1f} s."
    )


def _measured(
    rule: Rule, series: Series, look: Look, peak: int
) -> dict[str, Measurement]:
    measured = {
        rule.name: Measurement(
            value=round(float(series.values[peak]), 3),
            unit=rule.unit,
            low=round(series.low, 3),
            high=round(series.high, 3),
            baseline=series.baseline,
        ),
        "peak": Measurement(value=round(look.time, 2), unit="s"),
    }
    if rule.action is not None and len(rule.action.movements) == 2:
        uneven = round(_asymmetry(rule.action, look), 3)
        measured["left over right"] = Measurement(value=uneven)
    return measured


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
