"""The augmentation graph: its shape, its two filters, and where it waits."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.types import Command

from affectgraph.graphs.augment.agreement_filter import (
    check_agreement,
    collect_judges,
    sentiment_of,
)
from affectgraph.graphs.augment.describe import describe_from_evidence
from affectgraph.graphs.augment.nodes import builder, graph
from affectgraph.graphs.augment.quality_filter import (
    ClipTraits,
    DescriptionLengths,
    check_quality,
)
from affectgraph.graphs.persistence.checkpoints import open_saver
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.graphs.verdict.state import Context
from affectgraph.memory import Case, Recalled
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution, top_emotion
from affectgraph.tools.evidence import Evidence

NO_LIMITS = DescriptionLengths()
shares = st.lists(st.floats(0.01, 1), min_size=7, max_size=7).map(distribution)


def mostly(label: str, share: float = 0.9) -> dict[str, float]:
    rest = (1 - share) / 6
    return {e: share if e == label else rest for e in BASIC_EMOTIONS}


def case(label: str, similarity: float, source: str = "acted") -> Recalled:
    one = Case(sha256="a" * 64, label=label, label_source=source)
    return Recalled(
        case=one, similarity=similarity, modalities=("affect",), kind="supporting"
    )


def test_the_graph_has_these_nodes_and_edges_and_no_others() -> None:
    edges = {(e.source, e.target) for e in graph.get_graph().edges}
    assert edges == {
        ("__start__", "perceive"),
        ("perceive", "fuse"),
        ("fuse", "recall"),
        ("recall", "describe"),
        ("describe", "label"),
        ("label", "gather"),
        ("gather", "low"),
        ("low", "high"),
        ("low", "__end__"),
        ("high", "review"),
        ("high", "__end__"),
        ("review", "__end__"),
    }


@pytest.mark.parametrize(
    ("clip", "fails"),
    [
        (ClipTraits(kind="prosody", words=20, voice=True), ""),
        (ClipTraits(kind="", words=5), "coverage: no sense could tell"),
        (ClipTraits(kind="face", words=20, decoded=0.5), "coverage: only 50%"),
        (
            ClipTraits(kind="face", words=20, seen=0.2),
            "coverage: the face is seen in only",
        ),
        (
            ClipTraits(kind="prosody", words=20, voice=True, pictures=True),
            "voice on screen: somebody speaks, and no face",
        ),
        (
            ClipTraits(
                kind="face+prosody", words=9, voice=True, pictures=True, mouth=0.0
            ),
            "voice on screen: somebody speaks, and no mouth moves",
        ),
        (
            ClipTraits(
                kind="face+prosody", words=9, voice=True, pictures=True, mouth=0.1
            ),
            "",
        ),
        (
            ClipTraits(
                kind="face+prosody",
                words=9,
                voice=True,
                pictures=True,
                mouth=0.05,
                others=0.1,
            ),
            "speaker: another mouth moves more",
        ),
    ],
)
def test_the_low_filter_tells_what_is_unfit_and_why(
    clip: ClipTraits, fails: str
) -> None:
    result = check_quality(clip, NO_LIMITS)
    assert result.passed == (not fails) and result.reason.startswith(fails)


def test_the_usual_length_is_learned_from_the_batch_by_kind() -> None:
    batch = [("prosody", 20 + n % 5) for n in range(40)] + [("face", 8)] * 3
    lengths = DescriptionLengths.fit([*batch, ("prosody", 200)])
    assert set(lengths.usual) == {"prosody"}
    for words, passed in ((22, True), (2, False), (200, False)):
        assert (
            check_quality(ClipTraits(kind="prosody", words=words), lengths).passed
            == passed
        )
    assert check_quality(ClipTraits(kind="face", words=200), lengths).passed


@pytest.mark.parametrize(
    ("said", "decision"),
    [
        (["sad", "sad"], "keep"),
        (["sad", "sad", "happy"], "keep"),
        (["sad", "happy"], "doubtful"),
        (["sad", "sad", "happy", "happy"], "doubtful"),
        (["sad"], "doubtful"),
        ([], "doubtful"),
        (["sad", "happy", "angry"], "drop"),
        (["happy", "happy"], "drop"),
    ],
)
def test_the_crowd_has_to_agree_on_the_emotion(said: list[str], decision: str) -> None:
    told = check_agreement("sad", {f"judge {n}": mostly(e) for n, e in enumerate(said)})
    assert told.decision == decision and told.reason


def test_the_crowd_has_to_agree_on_the_sentiment_too() -> None:
    unhappy = distribution([0.3, 0.05, 0.25, 0.2, 0.1, 0.1, 0.0])
    assert top_emotion(unhappy) == "neutral" and sentiment_of(unhappy) == "negative"
    told = check_agreement("neutral", {"one": unhappy, "other": unhappy})
    assert (told.emotion, told.sentiment, told.decision) == (1.0, 0.0, "doubtful")


def test_a_label_that_is_not_likely_is_in_doubt_whoever_agrees() -> None:
    told = check_agreement("sad", {"one": mostly("sad"), "other": mostly("sad")}, 0.4)
    assert told.decision == "doubtful" and "not even likely (0.40)" in told.reason


@given(st.sampled_from(BASIC_EMOTIONS), st.lists(shares, max_size=5))
def test_whoever_joins_a_crowd_with_the_label_never_speaks_against_it(
    label: str, others: list[dict[str, float]]
) -> None:
    judging = {str(n): one for n, one in enumerate(others)}
    before, after = (
        check_agreement(label, judging),
        check_agreement(label, judging | {"x": mostly(label)}),
    )
    assert after.emotion >= before.emotion and 0 <= after.sentiment <= 1
    assert not (before.decision == "keep" and after.decision == "drop")


def test_judges_are_who_has_something_to_say(evidence: list[Evidence]) -> None:
    assert set(collect_judges(evidence, [])) == {"face", "prosody", "transcript"}
    plain = evidence[-1].model_copy(update={"distribution": mostly("neutral", 0.8)})
    assert set(collect_judges([*evidence[:-1], plain], [])) == {"face", "prosody"}


def test_the_graph_s_own_cases_do_not_vote(evidence: list[Evidence]) -> None:
    ours = [case("happy", 0.9, "affectgraph")] * 3
    assert "memory" not in collect_judges(evidence, ours)
    votes = collect_judges(evidence, [*ours, case("sad", 0.5), case("fear", 0.2)])
    assert top_emotion(votes["memory"]) == "sad"


def test_a_description_says_what_each_part_tells_and_what_they_come_to(
    evidence: list[Evidence],
) -> None:
    told = describe_from_evidence(evidence, pool(evidence))
    assert [clue.infers for clue in told.clues] == ["happy", "sad", "sad"]
    assert told.clues[1].cites == ("P1", "P2")
    assert told.text.endswith(
        ": prosody and transcript for it, face (happy) against it."
    )


class Run:
    """One clip in the graph, with those senses."""

    def __init__(self, senses: Any, model: Any = None) -> None:
        self.clip = Clip.open(np.zeros(64_000, np.float32))
        self.graph = builder.compile(checkpointer=open_saver(None))
        self.config: Any = {"configurable": {"thread_id": "one"}}
        reasoner = Reasoner(model, "scripted") if model else None
        self.context = Context(clip=self.clip, tools=senses, reasoner=reasoner)

    def go(self, start: Any) -> Any:
        self.graph.invoke(start, self.config, context=self.context, durability="exit")
        return self.graph.get_state(self.config)

    def sifted(self) -> Any:
        self.go({"clip": self.clip.info})
        return self.go(Command(resume=NO_LIMITS.model_dump()))


def test_it_waits_for_the_batch_and_then_for_a_person(senses: Any) -> None:
    run = Run(senses)
    state = run.go({"clip": run.clip.info})
    assert state.next == ("gather",) and state.values["labelled"].label == "sad"
    assert state.interrupts[0].value["kind"] == "face+prosody+transcript"
    state = run.go(Command(resume=NO_LIMITS.model_dump()))
    assert state.values["low"].passed
    assert state.values["crowd"].decision == "keep"
    assert state.values["outcome"].stage == "kept" and not state.next


def test_what_a_person_says_is_the_outcome(senses: Any) -> None:
    run = Run(senses[:2])
    state = run.sifted()
    assert state.next == ("review",) and "outcome" not in state.values
    state = run.go(Command(resume={"label": "fear", "annotator": "ann"}))
    outcome = state.values["outcome"]
    assert (outcome.stage, outcome.source) == ("kept", "human")
    assert outcome.reason == "ann labelled it fear" and not state.next


def test_the_reasoner_words_the_clues_and_is_a_judge(
    senses: Any, scripted: Any
) -> None:
    clues = {
        "face": "The face looks happy (0.90).",
        "prosody": "Pitch is high, 400 Hz on average.",
        "transcript": "The words read as sad (0.95).",
        "together": "The words read as sad (0.95).",
        "expressed": ["grieving", "depressed", "table"],
    }
    model = scripted(json.dumps(clues), json.dumps({"label": "sad"}))
    state = Run(senses, model).sifted()
    description = state.values["description"]
    assert description.written_by == "scripted"
    assert description.clues[2].why == clues["transcript"]
    assert description.clues[1].why.startswith("The voice sounds sad (0.60).")
    assert any("400" in note for note in state.values["notes"])
    assert state.values["labelled"].labels == ("grieving", "sad")
    votes = {vote.judge: vote.label for vote in state.values["crowd"].votes}
    assert votes["reasoner"] == "sad"
    # The judge is not told what it judges.
    asked = " ".join(str(m.text) for m in model.history[1])
    assert "labelled" not in asked and "come to" not in asked


def test_what_the_reasoner_garbles_is_rendered_from_facts(
    senses: Any, scripted: Any
) -> None:
    state = Run(senses, scripted("no idea")).sifted()
    assert state.values["description"].written_by == "facts"
    assert {vote.judge for vote in state.values["crowd"].votes} == {
        "face",
        "prosody",
        "transcript",
    }
    assert len(state.values["notes"]) == 2
