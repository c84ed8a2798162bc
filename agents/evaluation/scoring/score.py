"""Figures of MER-UniBench for sets of open labels, basic emotions and sentiment.

Lian et al. (2025), "AffectGPT: A New Dataset, Model, and Benchmark for Emotion
Understanding with Multimodal Large Language Models". Labels are mapped to groups on
emotion wheels. A clip whose gold is on no wheel is left out; one whose prediction is on
no wheel scores zero. F is computed from mean precision and mean recall; figures are
means over wheels.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.evaluation.bootstrap import (
    bootstrap_counts,
    percentile_interval,
)
from affectgraph.agents.evaluation.metrics import Floats
from affectgraph.agents.evaluation.scoring.report import Dropped, Report, WheelScore
from affectgraph.agents.evaluation.scoring.rows import LabelRow, Task
from affectgraph.agents.evaluation.scoring.sentiment import score_sentiment
from affectgraph.agents.evaluation.scoring.wheels import Level, Wheels
from affectgraph.tools.errors import SettingError

_Pair = tuple[LabelRow, LabelRow]


def score(
    gold: Mapping[str, LabelRow],
    predicted: Mapping[str, LabelRow],
    task: Task,
    wheels: Wheels,
) -> Report:
    """Score predictions against gold.

    Args:
        gold: Rows by name; for `sentiment`, with numbers.
        predicted: Rows by name; one for every gold row.
        task: `ov`, `basic` or `sentiment`.
        wheels: Emotion wheels; not used for `sentiment`.
    """
    for name, row in gold.items():
        if name not in predicted:
            raise SettingError(f"row {row.number}: {name!r} has no prediction")
    pairs = [(row, predicted[name]) for name, row in gold.items()]
    unmatched = [name for name in predicted if name not in gold]
    if task == "sentiment":
        return score_sentiment(pairs, unmatched)
    return _on_wheels(pairs, unmatched, task, wheels)


def _on_wheels(
    pairs: Sequence[_Pair], unmatched: list[str], task: Task, wheels: Wheels
) -> Report:
    sizes = _GroupSizes.of(pairs, wheels)
    measure = _f_precision_recall if task == "ov" else _hit_rate
    counts = bootstrap_counts(len(pairs)).astype(np.float64)
    overall, drawn = measure(sizes, np.ones((1, len(pairs)))), measure(sizes, counts)
    return Report(
        task=task,
        n=len(pairs),
        n_scored=int(sizes.scored.any(axis=0).sum()),
        figures={
            name: percentile_interval(float(values.mean()), drawn[name].mean(axis=1))
            for name, values in overall.items()
        },
        per_wheel=tuple(
            WheelScore(
                wheel=wheel,
                n_scored=int(sizes.scored[place].sum()),
                figures={name: float(overall[name][0, place]) for name in overall},
            )
            for place, wheel in enumerate(wheels.names)
        ),
        level2=_level2_means(measure, pairs, wheels) if task == "ov" else {},
        neutral_aware=_means(measure, _GroupSizes.of(pairs, wheels, neutral=True)),
        sizes={
            "gold_labels": _mean_size(gold for gold, _ in pairs),
            "predicted_labels": _mean_size(predicted for _, predicted in pairs),
            "gold_groups": float(sizes.gold.mean()),
            "predicted_groups": float(sizes.predicted.mean()),
        },
        dropped=_dropped(pairs, unmatched, wheels, sizes),
    )


@dataclass(frozen=True)
class _GroupSizes:
    """Sizes of sets of groups, [wheel, clip]: gold, predicted, and in common."""

    gold: Floats
    predicted: Floats
    common: Floats

    @classmethod
    def of(
        cls,
        pairs: Sequence[_Pair],
        wheels: Wheels,
        level: Level = "level1",
        *,
        neutral: bool = False,
    ) -> "_GroupSizes":
        def groups(labels: Sequence[str], wheel: str) -> set[str]:
            named = {wheels.group(x, wheel, level, neutral=neutral) for x in labels}
            return {group for group in named if group is not None}

        sets = [
            [(groups(g.labels, wheel), groups(p.labels, wheel)) for g, p in pairs]
            for wheel in wheels.names
        ]
        sizes = [[(len(g), len(p), len(g & p)) for g, p in row] for row in sets]
        gold, predicted, common = np.moveaxis(np.array(sizes, dtype=float), 2, 0)
        return cls(gold, predicted, common)

    @property
    def scored(self) -> NDArray[np.bool_]:
        return self.gold > 0

    def mean(self, values: Floats, counts: Floats) -> Floats:
        """Mean over clips with gold, weighted by counts [draw, clip]: [draw, wheel]."""
        total = counts @ (values * self.scored).T
        result: Floats = total / np.maximum(counts @ self.scored.T, 1)
        return result


_Measure = Callable[[_GroupSizes, Floats], dict[str, Floats]]


def _f_precision_recall(sizes: _GroupSizes, counts: Floats) -> dict[str, Floats]:
    precision = sizes.mean(sizes.common / np.maximum(sizes.predicted, 1), counts)
    recall = sizes.mean(sizes.common / np.maximum(sizes.gold, 1), counts)
    both = precision + recall
    f = 2 * precision * recall / np.where(both > 0, both, 1)
    return {"f": f, "precision": precision, "recall": recall}


def _hit_rate(sizes: _GroupSizes, counts: Floats) -> dict[str, Floats]:
    """Predicted gold groups per clip; above one only if a clip has several."""
    return {"hit_rate": sizes.mean(sizes.common, counts)}


def _means(measure: _Measure, sizes: _GroupSizes) -> dict[str, float]:
    overall = measure(sizes, np.ones((1, sizes.gold.shape[1])))
    return {name: float(values.mean()) for name, values in overall.items()}


def _level2_means(
    measure: _Measure, pairs: Sequence[_Pair], wheels: Wheels
) -> dict[str, float]:
    """The means on the middle rings; empty if a wheel has none."""
    if not all("level2" in ring for ring in wheels.rings.values()):
        return {}
    return _means(measure, _GroupSizes.of(pairs, wheels, "level2"))


def _mean_size(rows: Iterable[LabelRow]) -> float:
    return float(np.mean([len(row.labels) for row in rows]))


def _dropped(
    pairs: Sequence[_Pair], unmatched: list[str], wheels: Wheels, sizes: _GroupSizes
) -> Dropped:
    gold = [label for row, _ in pairs for label in row.labels]
    predicted = [label for _, row in pairs for label in row.labels]

    def unknown(labels: Iterable[str]) -> dict[str, list[str]]:
        missing = {
            label: [w for w in wheels.names if wheels.group(label, w) is None]
            for label in sorted(set(labels))
        }
        return {label: names for label, names in missing.items() if names}

    unknown_labels = unknown([*gold, *predicted])
    names = {
        row.name: [w for w, on in zip(wheels.names, scored, strict=True) if not on]
        for (row, _), scored in zip(pairs, sizes.scored.T, strict=True)
    }
    names = {name: on for name, on in names.items() if on}
    return Dropped(
        labels=sum(len(unknown_labels.get(label, ())) for label in gold + predicted),
        samples=len(names),
        gold=unknown(gold),
        predicted=unknown(predicted),
        names=names,
        unmatched=unmatched,
    )
