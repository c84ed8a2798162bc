"""Which cases speak to a clip: for its leading hypothesis, against it, or neither."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from affectgraph.memory.case import Array, Case, Kind, Recalled, Space, Vectors
from affectgraph.memory.representation import AFFECT
from affectgraph.memory.shelf import Shelf

# Above this in every space they share, two clips count as the same clip. Where only
# the affect space is shared it takes more: many clips feel nearly the same.
DUPLICATE_COSINE = 0.999
_DUPLICATE_AFFECT = 0.9999


@dataclass(frozen=True)
class Question:
    """What is asked of the memory.

    Attributes:
        vectors: The clip's vectors, by space.
        leading: The label of the leading hypothesis.
        rivals: The labels of the others.
        excluded: Hashes of clips that must not come back.
        k: How many supporting cases are wanted.
        backgrounds: By space, the cosine of any two unrelated cases; 0 where unknown.
    """

    vectors: Vectors
    leading: str
    rivals: tuple[str, ...]
    excluded: Collection[str]
    k: int
    backgrounds: Mapping[Space, float]


@dataclass(frozen=True)
class Candidate:
    """A case, its cosine to the clip in every space they share, and its similarity."""

    case: Case
    cosines: dict[Space, float]
    similarity: float

    def recalled(self, kind: Kind) -> Recalled:
        """Present it as one of the kinds."""
        modalities = sorted({space.modality for space in self.cosines})
        return Recalled(
            case=self.case,
            similarity=self.similarity,
            modalities=tuple(modalities),
            kind=kind,
        )


def recall(shelves: Sequence[Shelf], question: Question) -> list[Recalled]:
    """Cases that speak to the question: supporting, then confusing, then counter.

    Raises:
        MemoryStoreError: If a vector is of the wrong dimension, or a store fails.
    """
    # Duplicates of the clip may crowd out everything else: then look further.
    for reach in (4 * question.k, 64 * question.k):
        near = {
            one.case.id: one
            for shelf in shelves
            for one in _near(shelf, question, reach)
        }
        others = [one for one in near.values() if not _is_same_clip(one, question)]
        if len(near) - len(others) < reach // 2:
            break
    others.sort(key=lambda one: (-one.similarity, one.case.id))
    return _kinds(others, question)


def _near(shelf: Shelf, question: Question, reach: int) -> list[Candidate]:
    """The nearest of all and of each label asked about, in every space."""
    keys = {
        hit.key
        for space, vector in question.vectors.items()
        for label in (None, question.leading, *question.rivals)
        for hit in shelf.nearest(space, vector, reach, label=label)
    }
    cases = shelf.store.cases_of(keys)
    vectors = shelf.store.vectors_of(list(cases))
    found = (_candidate(case, vectors[name], question) for name, case in cases.items())
    # A case that another process has just forgotten has no vectors any more.
    return [one for one in found if one.cosines]


def _candidate(case: Case, vectors: Vectors, question: Question) -> Candidate:
    cosines = {
        space: _cosine(vector, vectors[space])
        for space, vector in question.vectors.items()
        if space in vectors
    }
    # Some spaces are narrow cones, where all cosines are high: what two unrelated
    # cases have in common does not count, so that spaces can be compared.
    above = {
        space: min(1.0, max(0.0, (cosine - background) / (1.0 - background)))
        for space, cosine in cosines.items()
        for background in [question.backgrounds.get(space, 0.0)]
    }
    # Alike is what feels alike, or what a sense finds nearly the same, and most of all
    # what is both: a remark heard before counts more than one in the same mood.
    felt = [one for space, one in above.items() if space.modality == AFFECT]
    sensed = [one for space, one in above.items() if space.modality != AFFECT]
    unlike = [1.0 - sum(each) / len(each) for each in (felt, sensed) if each]
    return Candidate(case, cosines, 1.0 - prod(unlike))


def _cosine(one: Array, other: Array) -> float:
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def _is_same_clip(one: Candidate, question: Question) -> bool:
    if one.case.sha256 in question.excluded:
        return True
    seen = [cosine for s, cosine in one.cosines.items() if s.modality != AFFECT]
    if not seen:
        return min(one.cosines.values()) > _DUPLICATE_AFFECT
    return min(seen) > DUPLICATE_COSINE


def _kinds(ranked: Sequence[Candidate], question: Question) -> list[Recalled]:
    supporting = [one for one in ranked if one.case.label == question.leading]
    others = [one for one in ranked if one.case.label != question.leading]
    nearest = {one.case.label: one for one in reversed(others)}
    counter = [nearest[rival] for rival in question.rivals if rival in nearest]
    taken = {one.case.id for one in counter}
    confusing = [
        one
        for one in ranked[: question.k]
        if one.case.label != question.leading and one.case.id not in taken
    ]
    return [
        *(one.recalled("supporting") for one in supporting[: question.k]),
        *(one.recalled("confusing") for one in confusing),
        *(one.recalled("counter") for one in counter),
    ]
