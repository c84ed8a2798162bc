"""What the other cases of a memory say about each of its cases."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from affectgraph.memory.case import Case, Space, Vectors
from affectgraph.memory.representation import AFFECT
from affectgraph.memory.similarity import (
    DUPLICATE_AFFECT_COSINE,
    above_background,
    combine,
    copy_cosine,
    is_of_sense,
    surplus,
)
from affectgraph.memory.trust import Floats, JudgedCases
from affectgraph.tools.emotions import BASIC_EMOTIONS

Mask = NDArray[np.bool_]
_LOWEST_PROBABILITY = 1e-6


class LeaveOneOut:
    """Cases of a memory, each compared with all the others; cases may be added.

    The nearest other case of each label is kept for every case, so that a new case is
    compared with the others only once. The same footage, and nearly the same, does not
    count: it would vouch for itself.

    Attributes:
        cases: By id, in the order in which they were added.
    """

    def __init__(self, backgrounds: Mapping[Space, float]) -> None:
        """Start without cases.

        Args:
            backgrounds: Cosine of two unrelated cases, by space.
        """
        self.cases: dict[str, Case] = {}
        self._backgrounds = backgrounds
        self._vectors: list[Vectors] = []
        self._nearest: Floats = np.empty((0, len(BASIC_EMOTIONS)))
        self._counts: Floats = np.empty((0, len(BASIC_EMOTIONS)))

    def add(self, cases: Sequence[tuple[Case, Vectors]]) -> None:
        """Add cases that are not there yet."""
        if not cases:
            return
        first = len(self._vectors)
        self.cases |= {case.id: case for case, _ in cases}
        self._vectors += [_unit_vectors(vectors) for _, vectors in cases]
        more = np.full((len(cases), len(BASIC_EMOTIONS)), -np.inf)
        self._nearest = np.concatenate([self._nearest, more])
        self._counts = np.concatenate([self._counts, np.zeros_like(more)])
        similar = self._compare(first)
        for number in range(len(BASIC_EMOTIONS)):
            labelled = self._labels == number
            new = slice(first, None)
            self._update(new, number, similar[:, labelled])
            self._update(slice(first), number, similar[labelled[new], :first].T)

    @property
    def _labels(self) -> NDArray[np.int64]:
        labels = [BASIC_EMOTIONS.index(case.label) for case in self.cases.values()]
        return np.array(labels, np.int64)

    def _update(self, rows: slice, label: int, similar: Floats) -> None:
        """Take further cases with a label into account.

        Args:
            rows: Cases that they are compared with.
            label: Index of the label.
            similar: Their similarity, [rows, cases]; -inf where it does not count.
        """
        nearest = similar.max(axis=1, initial=-np.inf)
        self._nearest[rows, label] = np.maximum(self._nearest[rows, label], nearest)
        self._counts[rows, label] += np.isfinite(similar).sum(axis=1)

    def _compare(self, first: int) -> Floats:
        """Similarity of the cases from `first` on with all cases.

        Returns:
            [new, all]; -inf for a case and itself, a near copy of it, or a case that
            no sense saw as well.
        """
        size = (len(self._vectors) - first, len(self._vectors))
        affect, senses = _MeanSimilarity(size), _MeanSimilarity(size)
        copies, affect_copies = np.ones(size, bool), np.zeros(size, bool)
        for space in {space for vectors in self._vectors for space in vectors}:
            cosines, shared = self._cosines(space, first)
            background = self._backgrounds.get(space, 0.0)
            above = above_background(cosines, background)
            if space.modality == AFFECT:
                affect.add(above, shared)
                affect_copies |= shared & (cosines > DUPLICATE_AFFECT_COSINE)
            elif is_of_sense(space):
                senses.add(above, shared)
                copies &= ~shared | (cosines > copy_cosine(space.modality))
        copies = np.where(senses.count > 0, copies, affect_copies)
        footage = np.array([case.sha256 for case in self.cases.values()])
        copies |= footage[first:, None] == footage
        comparable = (senses.count + affect.count > 0) & ~copies
        return np.where(comparable, combine(affect.mean, senses.mean), -np.inf)

    def _cosines(self, space: Space, first: int) -> tuple[Floats, Mask]:
        """Cosines in one space, and where both cases have a vector: [new, all]."""
        known = np.array([space in vectors for vectors in self._vectors])
        dimension = next(v[space].size for v in self._vectors if space in v)
        units = np.zeros((len(known), dimension), np.float32)
        units[known] = [v[space] for v in self._vectors if space in v]
        cosines = (units[first:] @ units.T).astype(np.float64)
        return cosines, known[first:, None] & known

    def judged(self) -> JudgedCases:
        """The cases whose labels can be predicted with and without the others."""
        cases = list(self.cases.values())
        known = np.array([case.pooled is not None for case in cases], bool)
        rows = np.flatnonzero(known)
        pooled = [case.pooled or () for case in cases]
        senses = np.array([pooled[row] for row in rows]).reshape(
            -1, len(BASIC_EMOTIONS)
        )
        return JudgedCases(
            senses=np.log(np.maximum(senses, _LOWEST_PROBABILITY)),
            evidence=self._evidence()[rows],
            label=self._labels[rows],
            weight=_weights([cases[row] for row in rows], senses),
        )

    def _evidence(self) -> Floats:
        """What the nearest other case of each label says of each case, [n, 7]."""
        present = np.isfinite(self._nearest)
        values = surplus(np.where(present, self._nearest, 0.0), self._counts)
        mean = values.sum(axis=1) / np.maximum(present.sum(axis=1), 1)
        return np.where(present, values - mean[:, None], 0.0)


class _MeanSimilarity:
    """Mean over the spaces that two cases share; 0 where there is none."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.count = np.zeros(size)
        self._sum = np.zeros(size)

    def add(self, similarity: Floats, shared: Mask) -> None:
        self._sum += np.where(shared, similarity, 0.0)
        self.count += shared

    @property
    def mean(self) -> Floats:
        result: Floats = self._sum / np.maximum(self.count, 1.0)
        return result


def _unit_vectors(vectors: Vectors) -> Vectors:
    doubles = {s: np.asarray(v, np.float64) for s, v in vectors.items()}
    return {s: (v / np.linalg.norm(v)).astype(np.float32) for s, v in doubles.items()}


def _weights(cases: Sequence[Case], senses: Floats) -> Floats:
    """Weight of each case in the measurement of trust, [n].

    People correct what was wrong. So that the senses do not look worse than they are,
    corrected errors count no more, all together, than the other cases.
    """
    top = senses.argmax(axis=1) if len(senses) else np.empty(0, np.int64)
    wrong = np.array(
        [
            case.correction and BASIC_EMOTIONS[number] != case.label
            for case, number in zip(cases, top, strict=True)
        ],
        bool,
    )
    others = (~wrong).sum()
    return np.where(wrong, min(1.0, others / max(wrong.sum(), 1)), 1.0)
