"""The memory as a LangChain retriever, for other chains and agents."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import InstanceOf, SkipValidation

from affectgraph.memory.case import Case, Recalled, Vectors
from affectgraph.memory.clip_vectors import perceive_clip
from affectgraph.tools.clip import Clip
from affectgraph.tools.perception import PerceptionTool


class SearchableMemory(Protocol):
    """The methods of `Memory` that a retriever calls."""

    def search(self, words: str, *, limit: int) -> list[Case]:
        """Cases that match a text."""

    def like(self, vectors: Vectors, *, limit: int) -> list[Recalled]:
        """Cases similar to a clip."""


class CaseRetriever(BaseRetriever):
    """Finds annotated cases by a text or by a clip; made by `Memory.as_retriever`.

    If the query is the path of a file, the senses perceive the clip, and the retriever
    returns similar cases, including those of the seed, with their similarity in [0, 1].
    Any other query is a text; the retriever searches the user's own cases for it.
    """

    memory: SkipValidation[SearchableMemory]
    senses: Sequence[InstanceOf[PerceptionTool]]
    k: int

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        if not _is_file(query):
            return [_document(case) for case in self.memory.search(query, limit=self.k)]
        _, vectors = perceive_clip(Clip.open(Path(query)), self.senses)
        return [
            _document(hit.case, similarity=hit.similarity, modalities=[*hit.modalities])
            for hit in self.memory.like(vectors, limit=self.k)
        ]


def _is_file(query: str) -> bool:
    try:
        return Path(query).is_file()
    except (OSError, ValueError):  # too long for a name, or with a NUL in it
        return False


def _document(case: Case, **match: object) -> Document:
    fields = case.model_dump(mode="json", exclude={"id", "summary"})
    return Document(id=case.id, page_content=case.summary, metadata=fields | match)
