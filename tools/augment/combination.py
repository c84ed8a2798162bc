"""Combinations: a face and a voice of different labels, and samples that lack parts.

A sample is its parts by modality: `face`, a picture or pictures, uint8 [h, w, 3] or
[n, h, w, 3]; `prosody`, a voice, float32 [n] at 16 kHz; `transcript`, its words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import dist
from typing import Any

from affectgraph.tools.augment.judge import Judged, judged
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import (
    BASIC_EMOTIONS,
    Distribution,
    distribution,
    valence_arousal,
)
from affectgraph.tools.errors import SettingError

Parts = Mapping[str, Any]


@dataclass(frozen=True)
class Combined:
    """A sample put together.

    Attributes:
        parts: By modality.
        labels: Of each part.
        strength: In [0, 1].
        statement: What was done.
    """

    parts: Parts
    labels: Mapping[str, str]
    strength: float
    statement: str

    def clip(self) -> Clip:
        """The sample as a clip."""
        return Clip.open(
            self.parts.get("face"),
            audio=self.parts.get("prosody"),
            text=self.parts.get("transcript"),
        )


def conflict(parts: Parts, labels: Mapping[str, str]) -> Combined:
    """Put parts of different labels together.

    Args:
        parts: Each of a sample of its own.
        labels: Of each part, a basic emotion.

    Returns:
        The sample; its strength is how far the labels lie apart in valence and arousal,
        beside the two of all that lie farthest apart.

    Raises:
        SettingError: If all labels are the same, or a part has none.
    """
    if set(parts) != set(labels) or len(set(labels.values())) < 2:
        raise SettingError("a conflict needs a label for each part, and two different")
    apart = max(map(_apart, combinations(labels.values(), 2)))
    farthest = max(map(_apart, combinations(BASIC_EMOTIONS, 2)))
    told = " against ".join(f"{label} {name}" for name, label in labels.items())
    return Combined(parts, labels, apart / farthest, told)


def missing(parts: Parts, labels: Mapping[str, str]) -> Iterator[Combined]:
    """A sample without each set of its parts that leaves one, fewest left out first.

    Strength is the share of the parts that was left out.
    """
    names = list(parts)
    for size in range(1, len(names)):
        for gone in combinations(names, size):
            left = [name for name in names if name not in gone]
            yield Combined(
                {name: parts[name] for name in left},
                {name: labels[name] for name in left},
                size / len(names),
                f"without {' and '.join(gone)}",
            )


def judged_parts(
    combined: Combined,
    before: Mapping[str, Distribution],
    after: Mapping[str, Distribution],
) -> dict[str, Judged]:
    """Judge each part by what its sense says of it alone and in the combination.

    Args:
        combined: The sample.
        before: What each sense says of the sample that the part is of.
        after: What each says of the combination; one that says nothing any more does
            not keep its label.
    """
    silent = distribution({})
    return {
        name: judged(label, before[name], after.get(name, silent))
        for name, label in combined.labels.items()
    }


def _apart(labels: tuple[str, str]) -> float:
    one, other = (valence_arousal(distribution({label: 1.0})) for label in labels)
    return dist(one, other)
