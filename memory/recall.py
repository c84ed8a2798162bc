"""Which cases speak to a clip: for its leading hypothesis, against it, or neither."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from statistics import fmean

import numpy as np

from affectgraph.memory.case import Array, Case, Kind, Recalled, Space, Vectors
from affectgraph.memory.case_store import Shelf
from affectgraph.memory.representation import AFFECT

# Above this in every space they share, two clips count as the same clip. Where only
# the affect space is shared it takes more: many clips feel nearly the same.
DUPLICATE_COSINE = 0.999
_DUPLICATE_AFFECT = 0.9999
# What was encoded anew is heard and seen a little otherwise: two senses that know it
# again are enough. Two takes of one actor saying the same reach 0.96 by voice.
_COPY_COSINES = {"face": 0.97, "prosody": 0.95, "transcript": 0.97}


@dataclass(frozen=True)
class RecallQuery:
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


def recall(shelves: Sequence[Shelf], question: RecallQuery) -> list[Recalled]:
    """Cases that speak to the question: supporting, then confusing, then counter.

    Raises:
        MemoryStoreError: If a vector is of the wrong dimension, or a store fails.
    """
    # Duplicates of the clip may crowd out everything else, and what is near in no one
    # space may be near in all of them: then look further.
    for reach in (4 * question.k, 64 * question.k):
        found = [_near(shelf, question, reach) for shelf in shelves]
        near = {one.case.id: one for some, _ in found for one in some}
        others = [one for one in near.values() if not _is_same_clip(one, question)]
        others.sort(key=lambda one: (-one.similarity, one.case.id))
        if all(_settled(others, question, beyond) for _, beyond in found):
            break
    return _kinds(others, question)


def _near(
    shelf: Shelf, question: RecallQuery, reach: int
) -> tuple[list[Candidate], dict[str | None, float]]:
    """The nearest of all and of each label asked about, in every space.

    Returns:
        Them, and by label the greatest similarity that any other case may have.
    """
    keys: set[int] = set()
    beyond: dict[str | None, float] = {}
    for label in (None, question.leading, *question.rivals):
        farthest = {}
        for space, vector in question.vectors.items():
            hits = shelf.nearest(space, vector, reach, label=label)
            keys |= {hit.key for hit in hits}
            farthest[space] = hits[-1].cosine if len(hits) == reach else -1.0
        beyond[label] = _similarity(farthest, question, max)
    cases = shelf.store.cases_of(keys)
    vectors = shelf.store.vectors_of(list(cases))
    found = (_candidate(case, vectors[name], question) for name, case in cases.items())
    # A case that another process has just forgotten has no vectors any more.
    return [one for one in found if one.cosines], beyond


def _candidate(case: Case, vectors: Vectors, question: RecallQuery) -> Candidate:
    cosines = {
        space: _cosine(vector, vectors[space])
        for space, vector in question.vectors.items()
        if space in vectors
    }
    return Candidate(case, cosines, _similarity(cosines, question, fmean))


def _similarity(
    cosines: Mapping[Space, float],
    question: RecallQuery,
    together: Callable[[Sequence[float]], float],
) -> float:
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
    return 1.0 - prod(1.0 - together(each) for each in (felt, sensed) if each)


def _settled(
    others: Sequence[Candidate],
    question: RecallQuery,
    beyond: Mapping[str | None, float],
) -> bool:
    """No case that was not looked at could be one of those that come back."""
    for label, most in beyond.items():
        wanted = 1 if label in question.rivals else question.k
        found = [one for one in others if label in (None, one.case.label)]
        if most > 0.0 and (len(found) < wanted or found[wanted - 1].similarity < most):
            return False
    return True


def _cosine(one: Array, other: Array) -> float:
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def _is_same_clip(one: Candidate, question: RecallQuery) -> bool:
    if one.case.sha256 in question.excluded:
        return True
    seen = {s.modality: c for s, c in one.cosines.items() if s.modality != AFFECT}
    if not seen:
        return min(one.cosines.values()) > _DUPLICATE_AFFECT
    if min(seen.values()) > DUPLICATE_COSINE:
        return True
    copied = (c > _COPY_COSINES.get(m, DUPLICATE_COSINE) for m, c in seen.items())
    return len(seen) > 1 and all(copied)


def _kinds(ranked: Sequence[Candidate], question: RecallQuery) -> list[Recalled]:
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
