"""No health, no trait and no deception comes out, whatever goes in."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.schema import Claim, Verdict
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Evidence, Provenance, Span
from affectgraph.tools.language.forbidden_terms import (
    forbidden_topic,
    replace_forbidden,
)
from affectgraph.tools.language.vocabulary import words_of
from affectgraph.tools.perception import PerceptionTool, perception_tool


def describing_sense(observation: str) -> tuple[PerceptionTool, ...]:
    """A sense that describes, as a plug-in may, in these words."""

    @perception_tool(modality="scene", prefix="S")
    def scene(clip: Clip, span: Span) -> list[Evidence]:
        by = Provenance(model="observer")
        return [
            Evidence(span=span, observation=observation, quality=0.8, provenance=by)
        ]

    return (scene,)


def statements(verdict: Verdict) -> list[str]:
    """Every word and claim of a verdict that speaks of a person."""
    words = [word for hypothesis in verdict.hypotheses for word in hypothesis.words]
    return [*verdict.labels, *words, *map(str, verdict.claims)]


@pytest.mark.parametrize(
    "observation",
    [
        "The man looks depressed and hopeless.",
        "Paranoid and hysterical, plainly a psychopath.",
        "She is a liar, insincere and cowardly, but amused.",
        "Signs of depression and of a phobia.",
    ],
)
def test_a_description_may_say_it_and_the_verdict_does_not(
    run: Callable[..., Verdict], observation: str
) -> None:
    verdict = run(tools=describing_sense(observation))
    assert verdict.labels and not any(map(forbidden_topic, statements(verdict)))


def test_a_language_model_may_say_it_and_the_verdict_does_not(
    run: Callable[..., Verdict], scripted: Any
) -> None:
    words = {emotion: ["psychopath"] for emotion in BASIC_EMOTIONS}
    proposal = json.dumps({**words, "sad": ["depressed"], "also": "none"})
    sentence = "The voice sounds sad, clinically depressed and insincere."
    pieces = {f"{letter}{n}": sentence for letter in "FPT" for n in range(1, 5)}

    def reply(messages: Any, options: Any) -> str:
        asked = str(messages) + str(options)
        return proposal if "also" in asked else json.dumps(pieces)

    verdict = run(scripted(reply))
    assert verdict.labels and not any(map(forbidden_topic, statements(verdict)))


@pytest.mark.parametrize("emotion", BASIC_EMOTIONS)
def test_every_word_of_the_vocabulary_comes_out_as_one_that_may(emotion: str) -> None:
    for word in words_of(emotion):
        (said,) = replace_forbidden([word])
        assert not forbidden_topic(said) and said in (word, emotion)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The person is lying.", "deception"),
        ("The voice sounds insincere.", "deception"),
        ("The words read as depressed.", "health"),
        ("A depressive disorder shows in the voice.", "health"),
        ("The face is that of a psychopath.", "a trait"),
        ("An ill-tempered voice.", "a trait"),
    ],
)
def test_the_checker_lets_no_such_claim_stand(
    evidence: list[Evidence], text: str, kind: str
) -> None:
    known = {piece.id: piece for piece in evidence}
    claim = Claim(text=text, cites=("T1",))
    assert f"it speaks of {kind};" in claim_problem(claim, Facts(evidence=known))


def test_a_measurement_that_lies_somewhere_and_a_quotation_may_stand() -> None:
    assert not forbidden_topic(
        "The pitch is low, lying below what is typical; sadness, gloom."
    )
