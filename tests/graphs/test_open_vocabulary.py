"""Open words of the verdict, from evidence that describes instead of measuring."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.open_vocabulary import most_named_emotions
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import Distribution, distribution
from affectgraph.tools.evidence import Evidence, Measurement, Provenance, Span
from affectgraph.tools.perception import PerceptionTool, perception_tool

Run = Callable[..., Verdict]


def described(observation: str, **fields: Any) -> Evidence:
    return Evidence(
        span=Span(start=0, end=4),
        observation=observation,
        quality=0.8,
        provenance=Provenance(model="a person"),
        **fields,
    )


def scene_sense(*pieces: Evidence) -> tuple[PerceptionTool, ...]:
    def scene(clip: Clip, span: Span) -> list[Evidence]:
        return list(pieces)

    return (perception_tool(modality="scene", prefix="S")(scene),)


def words(*pieces: Evidence, most: int = 4) -> tuple[str, ...]:
    return most_named_emotions(pieces, pool(pieces), most)


ANGRY: Distribution = distribution({"angry": 8, "sad": 1, "surprise": 1})


def test_the_most_frequent_word_comes_first_and_the_last_among_equals() -> None:
    first = described("She is worried and tense.")
    assert words(first, described("Worry again, and relief.")) == (
        "worried",
        "relief",
        "tense",
    )


def test_no_more_words_than_asked_for() -> None:
    assert len(words(described("Sad, angry, happy, surprised."), most=2)) == 2


def test_measurements_are_not_read_for_words() -> None:
    measured = {"pitch": Measurement(value=98, unit="Hz")}
    assert words(described("The pitch is that of fear.", measurements=measured)) == ()


def test_a_vote_outweighs_the_words_beside_it() -> None:
    piece = described("Furious, though once delighted.", distribution=ANGRY)
    assert words(piece) == ("furious",)


def test_descriptions_give_words_even_where_nothing_votes(run: Run) -> None:
    scene = scene_sense(described("He seems resentful, no longer proud."))
    verdict = run(tools=scene)
    assert verdict.abstained and verdict.label is None
    assert verdict.labels == ("resentful",)


def test_words_of_descriptions_stand_beside_the_label(run: Run) -> None:
    scene = scene_sense(
        described("The face looks angry.", distribution=ANGRY),
        described("He seems resentful and shocked."),
    )
    assert run(tools=scene).labels == ("shocked", "resentful", "angry")


def test_the_reasoner_is_not_asked_where_descriptions_name_emotions(
    run: Run, scripted: Any
) -> None:
    model = scripted(json.dumps({"expressed": ["happy"]}))
    verdict = run(
        model, tools=scene_sense(described("He seems resentful and shocked."))
    )
    assert verdict.labels == ("shocked", "resentful") and model.history == []


def test_the_reasoner_names_what_descriptions_only_show(
    run: Run, scripted: Any
) -> None:
    model = scripted(json.dumps({"expressed": ["furious", "clip-clop", "tense"]}))
    verdict = run(model, tools=scene_sense(described("He slams the door and shouts.")))
    assert verdict.labels == ("furious", "tense") and verdict.label is None
    assert len(model.history) == verdict.provenance.spent.calls == 1
    assert "slams the door" in str(model.history[0][0].content)


@pytest.mark.parametrize("reply", ["", "{}", '{"expressed": []}', "I refuse."])
def test_a_reply_that_names_nothing_costs_only_the_words(
    run: Run, scripted: Any, reply: str
) -> None:
    scene = scene_sense(described("He slams the door and shouts."))
    verdict = run(scripted(reply), tools=scene)
    assert verdict.labels == () and "proposed nothing" in verdict.provenance.notes[0]
