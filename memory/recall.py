"""Recall cases that support, confuse or counter a hypothesis about a clip."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from statistics import fmean

import numpy as np

from affectgraph.memory.case import Array, Case, Kind, Recalled, Space, Vectors
from affectgraph.memory.case_store import CaseStore
from affectgraph.memory.representation import AFFECT

# Two clips whose cosine is higher in every space they share are the same clip. The
# affect space alone needs a higher one: many clips feel nearly the same.
DUPLICATE_COSINE = 0.999
_DUPLICATE_AFFECT_COSINE = 0.9999
# A re-encoded clip looks and sounds slightly different: it is the same clip if at least
# two senses agree. Two takes of one actor with the same words reach 0.96 by voice.
_COPY_COSINES = {"face": 0.97, "prosody": 0.95, "transcript": 0.97}


@dataclass(frozen=True)
class RecallQuery:
    """What to recall.

    Attributes:
        vectors: The clip's vectors, by space.
        leading: Label of the leading hypothesis.
        rivals: Labels of the other hypotheses.
        excluded: Hashes of clips to leave out.
        k: Number of supporting cases wanted.
        backgrounds: Cosine of two unrelated cases, by space; 0 where unknown.
    """

    vectors: Vectors
    leading: str
    rivals: tuple[str, ...]
    excluded: Collection[str]
    k: int
    backgrounds: Mapping[Space, float]


@dataclass(frozen=True)
class Candidate:
    """A case, its cosine to the clip in every shared space, and its similarity."""

    case: Case
    cosines: dict[Space, float]
    similarity: float

    def recalled(self, kind: Kind) -> Recalled:
        """The case as one of the kinds."""
        modalities = sorted({space.modality for space in self.cosines})
        return Recalled(
            case=self.case,
            similarity=self.similarity,
            modalities=tuple(modalities),
            kind=kind,
        )


def recall(stores: Sequence[CaseStore], query: RecallQuery) -> list[Recalled]:
    """Recall supporting, then confusing, then counter cases."""
    # Duplicates of the clip may take all places, and a case that is near in no single
    # space may be near in all of them together: then search further.
    for reach in (4 * query.k, 64 * query.k):
        results = [_search(store, query, reach) for store in stores]
        by_id = {c.case.id: c for candidates, _ in results for c in candidates}
        candidates = [c for c in by_id.values() if not _is_same_clip(c, query)]
        candidates.sort(key=lambda c: (-c.similarity, c.case.id))
        if all(_is_complete(candidates, query, bounds) for _, bounds in results):
            break
    return _select(candidates, query)


def _search(
    store: CaseStore, query: RecallQuery, reach: int
) -> tuple[list[Candidate], dict[str | None, float]]:
    """The nearest cases of all labels and of each label in the query, in every space.

    Returns:
        The candidates, and for each label an upper bound of the similarity of every
        case that is not among them.
    """
    keys: set[int] = set()
    bounds: dict[str | None, float] = {}
    for label in (None, query.leading, *query.rivals):
        farthest = {}
        for space, vector in query.vectors.items():
            hits = store.nearest(space, vector, reach, label=label)
            keys |= {hit.key for hit in hits}
            farthest[space] = hits[-1].cosine if len(hits) == reach else -1.0
        bounds[label] = _similarity(farthest, query, max)
    cases = store.tables.of_vectors(keys)
    vectors = store.tables.vectors.of_cases(list(cases))
    candidates = (_candidate(case, vectors[id_], query) for id_, case in cases.items())
    # A case that another process has just forgotten has no vectors any more.
    return [candidate for candidate in candidates if candidate.cosines], bounds


def _candidate(case: Case, vectors: Vectors, query: RecallQuery) -> Candidate:
    cosines = {
        space: _cosine(vector, vectors[space])
        for space, vector in query.vectors.items()
        if space in vectors
    }
    return Candidate(case, cosines, _similarity(cosines, query, fmean))


def _similarity(
    cosines: Mapping[Space, float],
    query: RecallQuery,
    combine: Callable[[Sequence[float]], float],
) -> float:
    # In some spaces all cosines are high. Subtracting the cosine of two unrelated cases
    # makes spaces comparable.
    above = {
        space: min(1.0, max(0.0, (cosine - background) / (1.0 - background)))
        for space, cosine in cosines.items()
        for background in [query.backgrounds.get(space, 0.0)]
    }
    # A case is similar if it feels alike, or if a sense perceives nearly the same, and
    # most of all if both hold: a remark heard before counts more than one in the same
    # mood.
    affect = [s for space, s in above.items() if space.modality == AFFECT]
    senses = [s for space, s in above.items() if space.modality != AFFECT]
    return 1.0 - prod(1.0 - combine(group) for group in (affect, senses) if group)


def _is_complete(
    candidates: Sequence[Candidate],
    query: RecallQuery,
    bounds: Mapping[str | None, float],
) -> bool:
    """Whether no case outside the candidates could be among those recalled."""
    for label, bound in bounds.items():
        wanted = 1 if label in query.rivals else query.k
        labelled = [c for c in candidates if label in (None, c.case.label)]
        if bound > 0.0 and (
            len(labelled) < wanted or labelled[wanted - 1].similarity < bound
        ):
            return False
    return True


def _cosine(a: Array, b: Array) -> float:
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def _is_same_clip(candidate: Candidate, query: RecallQuery) -> bool:
    if candidate.case.sha256 in query.excluded:
        return True
    cosines = candidate.cosines
    by_sense = {s.modality: c for s, c in cosines.items() if s.modality != AFFECT}
    if not by_sense:
        return min(cosines.values()) > _DUPLICATE_AFFECT_COSINE
    if min(by_sense.values()) > DUPLICATE_COSINE:
        return True
    copies = (
        c > _COPY_COSINES.get(modality, DUPLICATE_COSINE)
        for modality, c in by_sense.items()
    )
    return len(by_sense) > 1 and all(copies)


def _select(ranked: Sequence[Candidate], query: RecallQuery) -> list[Recalled]:
    supporting = [c for c in ranked if c.case.label == query.leading]
    others = [c for c in ranked if c.case.label != query.leading]
    nearest = {c.case.label: c for c in reversed(others)}
    counter = [nearest[rival] for rival in query.rivals if rival in nearest]
    counter_ids = {c.case.id for c in counter}
    confusing = [
        c
        for c in ranked[: query.k]
        if c.case.label != query.leading and c.case.id not in counter_ids
    ]
    return [
        *(c.recalled("supporting") for c in supporting[: query.k]),
        *(c.recalled("confusing") for c in confusing),
        *(c.recalled("counter") for c in counter),
    ]
