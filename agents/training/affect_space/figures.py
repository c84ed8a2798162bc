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
# Query vectors, their clips, case vectors, labels of these.
_Search = tuple[Floats, SenseVectors, Floats, NDArray[np.int64]]
Vectors = Callable[[dict[str, SenseVectors]], Floats]

NEAREST = 5
_CASES_PER_LABEL, _QUERIES_PER_LABEL = 50, 100
_RESAMPLES = 1000


@dataclass(frozen=True)
class SpaceFigures:
    """Figures of one kind of vectors; precisions are means and 95% intervals.

    Attributes:
        precision: Label precision@5 by query and searched cases.
        gap: Mean distance of the modalities' centres (Liang et al. 2022), divided by
            the mean distance of two vectors.
        same: Share of the nearest cases that have the modality of the query; a third
            if modalities are not separated.
    """

    precision: dict[str, tuple[float, float, float]]
    gap: float
    same: float


def measure_spaces(
    split: VectorSplit, kinds: Mapping[str, Vectors]
) -> dict[str, SpaceFigures]:
    """Measure kinds of vectors on the same clips.

    Cases have one modality each, fifty per emotion, from the training part. Queries are
    test clips, up to a hundred per emotion, alone or as pseudo-pairs. All labels have
    the same weight.
    """
    rng = np.random.default_rng(0)
    cases = {
        n: m.sample_per_label(_CASES_PER_LABEL, rng) for n, m in split.train.items()
    }
    queries = {
        n: m.sample_per_label(_QUERIES_PER_LABEL, rng) for n, m in split.test.items()
    }
    label = np.repeat(np.arange(len(BASIC_EMOTIONS)), _QUERIES_PER_LABEL)
    takes = {n: m.take(_draw_rows(m, label, rng)) for n, m in split.test.items()}
    return {name: _measure(make, cases, queries, takes) for name, make in kinds.items()}


def concatenated(split: VectorSplit) -> Vectors:
    """Make vectors by concatenation of unit vectors, zeros if absent (a baseline)."""
    sizes = {name: m.vectors.shape[1] for name, m in split.train.items()}

    def make(parts: dict[str, SenseVectors]) -> Floats:
        (count,) = {len(part.label) for part in parts.values()}
        parts_or_zeros = [
            unit_vectors(parts[name].vectors)
            if name in parts
            else np.zeros((count, size), np.float32)
            for name, size in sizes.items()
        ]
        return unit_vectors(np.concatenate(parts_or_zeros, axis=1))

    return make


def unaligned(split: VectorSplit, dimension: int) -> Vectors:
    """Make vectors by adding principal components, unaligned (a baseline)."""
    fitted = {}
    for name, material in split.train.items():
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
    """Make vectors of the root of the mean distribution (a baseline)."""
    logs = [np.log(np.maximum(part.shares, 0.01)) for part in parts.values()]
    return unit_vectors(np.exp(np.mean(logs, axis=0) / 2))


def figures_table(figures: Mapping[str, SpaceFigures]) -> str:
    """Format the figures as a table of the model card; chance is a seventh."""
    lines = [f"| label precision@{NEAREST} | chance | {' | '.join(figures)} |"]
    lines.append("|---" * (len(figures) + 2) + "|")
    first = next(iter(figures.values()))
    for row in first.precision:
        cells = [
            f"{mean:.3f} [{low:.3f}, {high:.3f}]"
            for mean, low, high in (
                column.precision[row] for column in figures.values()
            )
        ]
        lines.append(f"| {row} | {1 / len(BASIC_EMOTIONS):.3f} | {' | '.join(cells)} |")
    gaps = " | ".join(f"{column.gap:.2f}" for column in figures.values())
    same = " | ".join(f"{column.same:.2f}" for column in figures.values())
    lines.append(f"| modality gap | | {gaps} |")
    lines.append(f"| nearest of the same modality | 0.33 | {same} |")
    return "\n".join(lines)


def unit_vectors(vectors: NDArray[np.floating]) -> Floats:
    """Scale vectors to length one."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9), np.float32)


def _measure(
    make: Vectors,
    cases: dict[str, SenseVectors],
    queries: dict[str, SenseVectors],
    takes: dict[str, SenseVectors],
) -> SpaceFigures:
    stored = {name: make({name: material}) for name, material in cases.items()}
    every = np.concatenate(list(stored.values()))
    labels = np.concatenate([material.label for material in cases.values()])
    query_vectors = {name: make({name: one}) for name, one in queries.items()}
    rows: dict[str, list[_Search]] = {}
    pairs = [*((name, name) for name in cases), *permutations(cases, 2)]
    for query, case in pairs:
        rows[f"{query} finds {case}"] = [
            (query_vectors[query], queries[query], stored[case], cases[case].label)
        ]
    for name, size in (("two", 1), ("one", 2), ("none", 3)):
        rows[f"{name} missing, all cases"] = [
            (make(part), next(iter(part.values())), every, labels)
            for chosen in combinations(takes, size)
            for part in [{modality: takes[modality] for modality in chosen}]
        ]
    precision = {row: _precision(searches) for row, searches in rows.items()}
    return SpaceFigures(
        precision, _gap(list(stored.values())), _same(query_vectors, stored)
    )


def _precision(
    searches: list[_Search],
) -> tuple[float, float, float]:
    right, true_labels = [], []
    for vectors, material, stored, labels in searches:
        near = np.argsort(-(vectors @ stored.T), axis=1)[:, :NEAREST]
        right.append((labels[near] == material.label[:, None]).mean(axis=1))
        true_labels.append(material.label)
    share, label = np.concatenate(right), np.concatenate(true_labels)
    rng = np.random.default_rng(0)
    draws = []
    for rows in (np.flatnonzero(label == emotion) for emotion in np.unique(label)):
        resampled = share[rng.choice(rows, (_RESAMPLES, len(rows)))].mean(axis=1)
        draws.append(np.append(resampled, share[rows].mean()))
    means = np.mean(draws, axis=0)
    low, high = np.percentile(means[:-1], [2.5, 97.5])
    return float(means[-1]), float(low), float(high)


def _gap(stored: list[Floats]) -> float:
    every = np.concatenate(stored)
    spread = np.sqrt(np.maximum(0.0, 2.0 - 2.0 * every @ every.T)).mean()
    centres = [vectors.mean(axis=0) for vectors in stored]
    apart = [np.linalg.norm(a - b) for a, b in combinations(centres, 2)]
    return float(np.mean(apart) / spread)


def _same(queries: dict[str, Floats], stored: dict[str, Floats]) -> float:
    every = np.concatenate(list(stored.values()))
    modality = np.repeat(
        np.arange(len(stored)), [len(vectors) for vectors in stored.values()]
    )
    shares = []
    for number, vectors in enumerate(queries.values()):
        near = np.argsort(-(vectors @ every.T), axis=1)[:, :NEAREST]
        shares.append((modality[near] == number).mean())
    return float(np.mean(shares))


def _draw_rows(
    material: SenseVectors, label: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    order = sample_per_label(material.label, len(material.label), rng)
    counts = np.bincount(material.label, minlength=len(BASIC_EMOTIONS))
    starts = np.cumsum(counts) - counts
    places = rng.integers(0, counts[label])
    drawn: NDArray[np.int64] = order[starts[label] + places]
    return drawn
