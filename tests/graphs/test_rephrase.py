"""Rephrasing: what a language model writes is kept where it is right, and judged."""

import json
from typing import Any

from affectgraph.graphs.augment.rephrase import rephrased
from affectgraph.graphs.reasoner.reasoner import Reasoner

SAID = "I am so happy that you came!"


def rephrase_as(scripted: Any, text: str, how: Any = "paraphrase") -> Any:
    model = scripted(json.dumps({"text": text}))
    return rephrased(SAID, "happy", how, Reasoner(model, "scripted")), model


def test_a_paraphrase_is_kept_where_meaning_and_label_are(scripted: Any) -> None:
    found, model = rephrase_as(scripted, "It makes me really glad that you are here!")
    assert found.kept and found.judged.kept and found.likeness.change > 0.5
    assert SAID in str(model.history[0][-1].text)


def test_what_says_something_else_is_given_but_not_kept(scripted: Any) -> None:
    found, _ = rephrase_as(scripted, "I am so furious that you came!")
    assert not found.kept and not found.judged.kept
    found, _ = rephrase_as(scripted, SAID)
    assert not found.kept and found.judged.kept and found.likeness.change == 0


def test_a_continuation_follows_the_text(scripted: Any) -> None:
    more = "Come in and sit with us, this is great!"
    found, _ = rephrase_as(scripted, more, "continuation")
    assert found.text == f"{SAID} {more}"
    assert found.kept and found.how == "continuation"


def test_what_is_never_said_or_cannot_be_read_is_nothing(scripted: Any) -> None:
    for text in ("You are a psychopath.", "?!...", ""):
        assert rephrase_as(scripted, text)[0] is None
