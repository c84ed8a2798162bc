"""Searches of a memory: the methods that find cases."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from sys import maxsize
from typing import TYPE_CHECKING

from affectgraph.memory.case import Case, Recalled, Vectors
from affectgraph.memory.case_store import CaseStore
from affectgraph.memory.clip_vectors import SENSES
from affectgraph.memory.recall import RecallQuery, recall
from affectgraph.memory.representation import add_affect_vector
from affectgraph.memory.seed import seed_background_cosines
from affectgraph.memory.text_search import rank_cases
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.arguments import checked_texts
from affectgraph.tools.perception import PerceptionTool

if TYPE_CHECKING:
    from affectgraph.memory.retriever import CaseRetriever


class SearchMethods:
    """The part of a memory that finds cases."""

    _cases: CaseStore
    _seed_stores: Sequence[CaseStore]

    def recall(
        self,
        vectors: Vectors,
        *,
        leading: str,
        rivals: Sequence[str] = (),
        exclude: Iterable[str] = (),
        k: int = 5,
    ) -> list[Recalled]:
        """Cases near a clip that support, confuse or counter a hypothesis.

        A case is compared with the clip in the affect space, whichever senses
        perceived them, and in the spaces that they share. The clip itself is never
        returned, nor a duplicate: the same hash, or the same direction in every shared
        space.

        Args:
            vectors: The clip's vectors, float32 [d] by space; no vectors, no cases.
            leading: Label of the leading hypothesis.
            rivals: Labels of the other hypotheses; each gets its nearest case.
            exclude: SHA-256 of clips to leave out, such as the clip's own.
            k: Maximum number of supporting cases; a confusing case must be among the k
                nearest.

        Returns:
            Supporting, then confusing, then counter cases, each with the most similar
            first; then what is missing of the user's own nearest case of each label.

        Raises:
            MemoryStoreError: If a vector has the wrong dimension, or a store fails.
            SettingError: If a label is not a basic emotion, or k is below one.
        """
        rivals = checked_texts("rivals", rivals)
        for label in (leading, *rivals):
            if label not in BASIC_EMOTIONS:
                raise SettingError(
                    f"label {label!r} is none of {', '.join(BASIC_EMOTIONS)}"
                )
        _check_k(k)
        return recall(
            self._cases,
            self._seed_stores,
            RecallQuery(
                add_affect_vector(vectors),
                leading,
                tuple(rival for rival in rivals if rival != leading),
                frozenset(checked_texts("exclude", exclude)),
                k,
                seed_background_cosines(),
            ),
        )

    def like(
        self, vectors: Vectors, *, exclude: Iterable[str] = (), limit: int = 10
    ) -> list[Recalled]:
        """The cases most similar to a clip, of any label; most similar first.

        Arguments and errors are those of `recall`.
        """
        leading, *rivals = BASIC_EMOTIONS
        cases = self.recall(
            vectors, leading=leading, rivals=rivals, exclude=exclude, k=limit
        )
        return sorted(cases, key=lambda case: -case.similarity)[:limit]

    def as_retriever(
        self,
        *,
        k: int = 5,
        senses: Sequence[PerceptionTool] | PerceptionTool = SENSES,
    ) -> "CaseRetriever":
        """The memory as a LangChain retriever, for other chains and agents.

        Args:
            k: Maximum number of cases returned.
            senses: Perception tools for a clip whose path is the query.

        Raises:
            SettingError: If k is below one.
        """
        # LangChain takes a second to import, and few programs need a retriever.
        from affectgraph.memory.retriever import CaseRetriever

        _check_k(k)
        if isinstance(senses, PerceptionTool):
            senses = [senses]
        if not all(isinstance(sense, PerceptionTool) for sense in senses):
            raise SettingError("senses: pass perception tools, not their names")
        return CaseRetriever(memory=self, senses=senses, k=k)

    def search(
        self,
        words: str = "",
        *,
        label: str | None = None,
        source: str | None = None,
        annotator: str | None = None,
        sha256: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
    ) -> list[Case]:
        """The user's own cases that match every filter, in the order of their ids.

        Args:
            words: A text that the cases should match in meaning; the best match comes
                first, instead of the order of ids.
            label: The basic emotion.
            source: Data set or place of the clip.
            annotator: Who labelled it.
            sha256: Hash of the clip.
            since: Only cases created then or later.
            until: Only cases created before.
            limit: Maximum number of cases.
        """
        filters = {
            "label": label,
            "source": source,
            "annotator": annotator,
            "sha256": sha256,
        }
        where = {c: value for c, value in filters.items() if value is not None}
        find = partial(self._cases.tables.find, where, since=since, until=until)
        if not words:
            return find(limit=limit)
        return rank_cases(words, find(limit=maxsize))[:limit]


def _check_k(k: int) -> None:
    if k < 1:
        raise SettingError(f"k is {k}; ask for at least one case")
