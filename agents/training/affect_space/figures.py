"""How well near vectors share a label, and how far modalities lie apart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from affectgraph.agents.training.affect_space.data import (
    SenseVectors,
    VectorSplit,
    sample_per_label,
)
from affectgraph.tools.emotions import BASIC_EMOTIONS

Floats = NDArray[np.float32]
Vectors = Callable[[dict[str, SenseVectors]], Floats]

NEAREST = 5
_CASES, _ASKED = 50, 100
_DRAWS = 1000


@dataclass(frozen=True)
class SpaceFigures:
    """Of one way to make vectors; precisions are means and 95% intervals.

    Attributes:
        precision: Label precision@5 by what is asked with and what is searched.
        gap: Mean distance of the modalities' centres (Liang et al. 2022), over the
            mean distance of two vectors.
        same: Share of the nearest that are of the modality asked with; a third where
            modalities lie as one.
    """

    precision: dict[str, tuple[float, float, float]]
    gap: float
    same: float


def measure_spaces(
    split: VectorSplit, ways: Mapping[str, Vectors]
) -> dict[str, SpaceFigures]:
    """Figures of ways to make vectors, all on the same clips.

    Cases are of one modality each, fifty an emotion, of what was learned from; asked
    with are clips to judge on, up to a hundred an emotion, alone or as pseudo-pairs.
    Every label counts the same.
    """
    chance = np.random.default_rng(0)
    cases = {n: m.some(_CASES, chance) for n, m in split.learned.items()}
    asked = {n: m.some(_ASKED, chance) for n, m in split.judged.items()}
    label = np.repeat(np.arange(len(BASIC_EMOTIONS)), _ASKED)
    takes = {n: m.take(_draw(m, label, chance)) for n, m in split.judged.items()}
    return {name: _figures(make, cases, asked, takes) for name, make in ways.items()}


def concatenated(split: VectorSplit) -> Vectors:
    """Unit vectors of the modalities side by side, zeros where absent."""
    sizes = {name: m.vectors.shape[1] for name, m in split.learned.items()}

    def make(parts: dict[str, SenseVectors]) -> Floats:
        (count,) = {len(part.label) for part in parts.values()}
        side = [
            unit_vectors(parts[name].vectors)
            if name in parts
            else np.zeros((count, size), np.float32)
            for name, size in sizes.items()
        ]
        return unit_vectors(np.concatenate(side, axis=1))

    return make


def unaligned(split: VectorSplit, dimension: int) -> Vectors:
    """Centred principal components of each modality, added up: nothing is aligned."""
    fitted = {}
    for name, material in split.learned.items():
        vectors = unit_vectors(material.vectors)
        mean = vectors.mean(axis=0)
        axes = np.linalg.svd(vectors - mean, full_matrices=False)[2][:dimension]
        fitted[name] = mean, axes.T

    def make(parts: dict[str, SenseVectors]) -> Floats:
        reduced = [
            unit_vectors(
                (unit_vectors(part.vectors) - fitted[name][0]) @ fitted[name][1]
            )
            for name, part in parts.items()
        ]
        return unit_vectors(np.sum(reduced, axis=0))

    return make


def distributions(parts: dict[str, SenseVectors]) -> Floats:
    """What the senses say, seven numbers: the root of their geometric mean."""
    logs = [np.log(np.maximum(part.shares, 0.01)) for part in parts.values()]
    return unit_vectors(np.exp(np.mean(logs, axis=0) / 2))


def figures_table(found: Mapping[str, SpaceFigures]) -> str:
    """The figures as a table of the card; chance is a seventh."""
    lines = [f"| label precision@{NEAREST} | chance | {' | '.join(found)} |"]
    lines.append("|---" * (len(found) + 2) + "|")
    first = next(iter(found.values()))
    for row in first.precision:
        told = [
            f"{mean:.3f} [{low:.3f}, {high:.3f}]"
            for mean, low, high in (one.precision[row] for one in found.values())
        ]
        lines.append(f"| {row} | {1 / len(BASIC_EMOTIONS):.3f} | {' | '.join(told)} |")
    gaps = " | ".join(f"{one.gap:.2f}" for one in found.values())
    same = " | ".join(f"{one.same:.2f}" for one in found.values())
    lines.append(f"| modality gap | | {gaps} |")
    lines.append(f"| nearest of the same modality | 0.33 | {same} |")
    return "\n".join(lines)


def unit_vectors(vectors: NDArray[np.floating]) -> Floats:
    """Of length one."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9), np.float32)


def _figures(
    make: Vectors,
    cases: dict[str, SenseVectors],
    asked: dict[str, SenseVectors],
    takes: dict[str, SenseVectors],
) -> SpaceFigures:
    held = {name: make({name: material}) for name, material in cases.items()}
    every = np.concatenate(list(held.values()))
    labels = np.concatenate([material.label for material in cases.values()])
    questions = {name: make({name: one}) for name, one in asked.items()}
    rows: dict[str, list[tuple[Floats, SenseVectors, Floats, NDArray[np.int64]]]] = {}
    for one in cases:
        rows[f"{one} finds {one}"] = [
            (questions[one], asked[one], held[one], cases[one].label)
        ]
    for one, other in permutations(cases, 2):
        rows[f"{one} finds {other}"] = [
            (questions[one], asked[one], held[other], cases[other].label)
        ]
    for name, size in (("two", 1), ("one", 2), ("none", 3)):
        rows[f"{name} missing, all cases"] = [
            (make(part), next(iter(part.values())), every, labels)
            for chosen in combinations(takes, size)
            for part in [{modality: takes[modality] for modality in chosen}]
        ]
    precision = {row: _precision(several) for row, several in rows.items()}
    return SpaceFigures(precision, _gap(list(held.values())), _same(questions, held))


def _precision(
    several: list[tuple[Floats, SenseVectors, Floats, NDArray[np.int64]]],
) -> tuple[float, float, float]:
    right, of = [], []
    for vectors, material, held, labels in several:
        near = np.argsort(-(vectors @ held.T), axis=1)[:, :NEAREST]
        right.append((labels[near] == material.label[:, None]).mean(axis=1))
        of.append(material.label)
    share, label = np.concatenate(right), np.concatenate(of)
    chance = np.random.default_rng(0)
    draws = []
    for rows in (np.flatnonzero(label == emotion) for emotion in np.unique(label)):
        again = share[chance.choice(rows, (_DRAWS, len(rows)))].mean(axis=1)
        draws.append(np.append(again, share[rows].mean()))
    means = np.mean(draws, axis=0)
    low, high = np.percentile(means[:-1], [2.5, 97.5])
    return float(means[-1]), float(low), float(high)


def _gap(held: list[Floats]) -> float:
    every = np.concatenate(held)
    spread = np.sqrt(np.maximum(0.0, 2.0 - 2.0 * every @ every.T)).mean()
    centres = [vectors.mean(axis=0) for vectors in held]
    apart = [np.linalg.norm(a - b) for a, b in combinations(centres, 2)]
    return float(np.mean(apart) / spread)


def _same(questions: dict[str, Floats], held: dict[str, Floats]) -> float:
    every = np.concatenate(list(held.values()))
    of = np.repeat(np.arange(len(held)), [len(vectors) for vectors in held.values()])
    shares = []
    for number, vectors in enumerate(questions.values()):
        near = np.argsort(-(vectors @ every.T), axis=1)[:, :NEAREST]
        shares.append((of[near] == number).mean())
    return float(np.mean(shares))


def _draw(
    material: SenseVectors, label: NDArray[np.int64], chance: np.random.Generator
) -> NDArray[np.int64]:
    order = sample_per_label(material.label, len(material.label), chance)
    counts = np.bincount(material.label, minlength=len(BASIC_EMOTIONS))
    starts = np.cumsum(counts) - counts
    places = chance.integers(0, counts[label])
    drawn: NDArray[np.int64] = order[starts[label] + places]
    return drawn
