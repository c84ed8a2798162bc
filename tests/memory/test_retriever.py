"""The memory as a LangChain retriever."""

import asyncio

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda

from affectgraph.memory import Space
from affectgraph.tools.errors import NotMediaError, SettingError
from affectgraph.tools.evidence import Evidence, Provenance
from affectgraph.tools.perception import perception_tool

MODEL = "d" * 64


@pytest.fixture
def gesture(towards):
    """A sense that sees how long a clip is, as a direction."""

    @perception_tool(modality="gesture", prefix="G")
    def gesture(clip, span):
        key = clip.keep("gesture", towards(10 * clip.span.end))
        return [
            Evidence(
                span=span,
                observation="Hands rest.",
                quality=0.5,
                embedding=key,
                provenance=Provenance(model="test", sha256=MODEL),
            )
        ]

    return gesture


@pytest.fixture
def filled(memory, case, towards):
    space = Space(modality="gesture", model=MODEL)
    for number, label in enumerate(("happy", "sad", "fear"), 1):
        memory.add(
            case(
                number,
                label,
                summary=f"Hands rest, {label} all the same.",
                source="set A",
                licence="CC0",
                annotator="ann",
                label_source="acted",
            ),
            {space: towards(30 * number)},
        )
    return memory


def test_a_clip_finds_cases_like_it(filled, gesture, video):
    retriever = filled.as_retriever(k=2, senses=[gesture])
    assert isinstance(retriever, BaseRetriever)
    nearest, farthest = retriever.invoke(str(video(seconds=2.0)))
    assert nearest.page_content == "Hands rest, happy all the same."
    assert nearest.metadata["similarity"] > farthest.metadata["similarity"] > 0
    expected = {
        "label": "happy",
        "modalities": ["gesture"],
        "source": "set A",
        "licence": "CC0",
        "annotator": "ann",
        "label_source": "acted",
    }
    assert expected.items() <= nearest.metadata.items()
    assert nearest.id == filled.search("happy", limit=1)[0].id


def test_a_text_finds_cases_about_it(filled, gesture):
    (document, *_) = filled.as_retriever(senses=[gesture]).invoke("sad")
    assert document.metadata["label"] == "sad"
    assert "similarity" not in document.metadata
    assert filled.as_retriever(senses=[gesture]).invoke("x" * 5_000 + "\0") is not None


def test_it_is_part_of_a_chain_and_may_be_awaited(filled, gesture):
    chain = filled.as_retriever(k=1, senses=[gesture]) | RunnableLambda(
        lambda documents: [hit.metadata["label"] for hit in documents]
    )
    assert chain.invoke("fear") == ["fear"]
    assert asyncio.run(chain.ainvoke("fear")) == ["fear"]


def test_a_file_that_is_no_clip_is_told(filled, gesture, tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_bytes(b"no media at all")
    with pytest.raises(NotMediaError):
        filled.as_retriever(senses=[gesture]).invoke(str(path))


def test_none_at_all_cannot_be_asked_for(memory):
    with pytest.raises(SettingError, match="k is 0"):
        memory.as_retriever(k=0)
