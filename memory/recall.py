"""Recall cases that support, confuse or counter a hypothesis about a clip."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from affectgraph.memory.case import Case, Kind, Recalled, Space, Vectors
from affectgraph.memory.case_store import CaseStore
from affectgraph.memory.similarity import (
    DUPLICATE_AFFECT_COSINE,
    DUPLICATE_COSINE,
    WORDING,
    copy_cosine,
    cosine,
    is_near_copy,
    is_of_sense,
    similarity,
    surplus,
)


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
    """A case, its cosine to the clip in every shared space, and its similarity.

    Attributes:
        own: Whether it is one of the user's own cases.
        surplus: See `Recalled`.
        near_copy: Whether the clip is nearly the same.
    """

    case: Case
    cosines: dict[Space, float]
    similarity: float
    own: bool
    surplus: float
    near_copy: bool

    def recalled(self, kind: Kind) -> Recalled:
        """The case as one of the kinds."""
        modalities = sorted({space.modality for space in self.cosines})
        return Recalled(
            case=self.case,
            similarity=self.similarity,
            modalities=tuple(modalities),
            kind=kind,
            own=self.own,
            surplus=self.surplus,
            near_copy=self.near_copy,
        )


def recall(
    own: CaseStore, seeds: Sequence[CaseStore], query: RecallQuery
) -> list[Recalled]:
    """Recall supporting, then confusing, then counter cases.

    The nearest own case of each label, and an own case that is nearly the same, follow
    if they are not among these.
    """
    own_cases = _candidates([own], query, own=True)
    ids = {candidate.case.id for candidate in own_cases}
    shipped = _candidates(seeds, query, own=False)
    candidates = [*own_cases, *(c for c in shipped if c.case.id not in ids)]
    candidates.sort(key=lambda c: (-c.similarity, c.case.id))
    selected = _select(candidates, query)
    selected_ids = {recalled.case.id for recalled in selected}
    return selected + [
        candidate.recalled(
            "supporting" if candidate.case.label == query.leading else "counter"
        )
        for candidate in _decisive(c for c in candidates if c.own)
        if candidate.case.id not in selected_ids
    ]


def _decisive(ranked: Iterable[Candidate]) -> list[Candidate]:
    """The nearest case of each label, and corrections of nearly the same clip."""
    chosen, labels = [], set()
    for candidate in ranked:
        corrected = candidate.near_copy and candidate.case.correction
        if corrected or candidate.case.label not in labels:
            chosen.append(candidate)
        labels.add(candidate.case.label)
    return chosen


def _candidates(
    stores: Sequence[CaseStore], query: RecallQuery, *, own: bool
) -> list[Candidate]:
    """Cases of some stores that may be recalled, most similar first."""
    candidates: list[Candidate] = []
    # Duplicates of the clip may take all places, and a case that is near in no single
    # space may be near in all of them together: then search further.
    for reach in (4 * query.k, 64 * query.k):
        results = [_search(store, query, reach, own=own) for store in stores]
        by_id = {c.case.id: c for found, _ in results for c in found}
        candidates = [c for c in by_id.values() if not _is_same_clip(c, query)]
        candidates.sort(key=lambda c: (-c.similarity, c.case.id))
        if all(_is_complete(candidates, query, bounds) for _, bounds in results):
            break
    return candidates


def _search(
    store: CaseStore, query: RecallQuery, reach: int, *, own: bool
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
            if space == WORDING:
                continue
            hits = store.nearest(space, vector, reach, label=label)
            keys |= {hit.key for hit in hits}
            farthest[space] = hits[-1].cosine if len(hits) == reach else -1.0
        bounds[label] = similarity(farthest, query.backgrounds, max)
    cases = store.tables.of_vectors(keys)
    vectors = store.tables.vectors.of_cases(list(cases))
    counts = store.label_counts() if cases else {}
    candidates = (
        _candidate(case, vectors[id_], query, own=own, labelled=counts[case.label])
        for id_, case in cases.items()
        if case.label in counts
    )
    # A case that another process has just forgotten has no vectors any more.
    return [candidate for candidate in candidates if candidate.cosines], bounds


def _candidate(
    case: Case, vectors: Vectors, query: RecallQuery, *, own: bool, labelled: int
) -> Candidate:
    """Compare a case with the clip; `labelled` cases of its store have its label."""
    cosines = {
        space: cosine(vector, vectors[space])
        for space, vector in query.vectors.items()
        if space in vectors and space != WORDING
    }
    similar = similarity(cosines, query.backgrounds)
    return Candidate(
        case,
        cosines,
        similar,
        own,
        surplus=float(surplus(np.array(similar), np.array(labelled))),
        near_copy=is_near_copy(query.vectors, vectors, cosines),
    )


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


def _is_same_clip(candidate: Candidate, query: RecallQuery) -> bool:
    if candidate.case.sha256 in query.excluded:
        return True
    # A person wants copies of a corrected clip to follow the correction.
    if candidate.case.correction:
        return False
    cosines = candidate.cosines
    by_sense = {s.modality: c for s, c in cosines.items() if is_of_sense(s)}
    if not by_sense:
        return min(cosines.values()) > DUPLICATE_AFFECT_COSINE
    if min(by_sense.values()) > DUPLICATE_COSINE:
        return True
    copies = (c > copy_cosine(modality) for modality, c in by_sense.items())
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
