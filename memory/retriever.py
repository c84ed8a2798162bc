"""The memory as a LangChain retriever, for chains and agents that are not ours."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import InstanceOf, SkipValidation

from affectgraph.memory.case import Case, Recalled, Vectors
from affectgraph.memory.clip_vectors import perceive
from affectgraph.tools.clip import Clip
from affectgraph.tools.perception import PerceptionTool


class Searched(Protocol):
    """What is asked of the memory."""

    def search(self, words: str, *, limit: int) -> list[Case]:
        """Cases that fit some words."""

    def like(self, vectors: Vectors, *, limit: int) -> list[Recalled]:
        """Cases that are like a clip."""


class CaseRetriever(BaseRetriever):
    """Finds annotated cases by a text or by a clip; made by `Memory.as_retriever`.

    A query that is the path of a file is perceived, and cases like it come back, the
    seed memory's among them, with their similarity in [0, 1]. Any other query is a
    text that the user's own cases are searched for.

    Attributes:
        memory: Where cases are.
        senses: What perceives a clip.
        k: How many cases come back.
    """

    memory: SkipValidation[Searched]
    senses: Sequence[InstanceOf[PerceptionTool]]
    k: int

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        if not _is_file(query):
            return [_document(case) for case in self.memory.search(query, limit=self.k)]
        _, vectors = perceive(Clip.open(Path(query)), self.senses)
        return [
            _document(one.case, similarity=one.similarity, modalities=[*one.modalities])
            for one in self.memory.like(vectors, limit=self.k)
        ]


def _is_file(query: str) -> bool:
    try:
        return Path(query).is_file()
    except (OSError, ValueError):  # too long for a name, or with a NUL in it
        return False


def _document(case: Case, **found: object) -> Document:
    fields = case.model_dump(mode="json", exclude={"id", "summary"})
    return Document(id=case.id, page_content=case.summary, metadata=fields | found)
